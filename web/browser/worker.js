// The engine in a worker, one set each. Takes {id, method, params}, answers {id, result}, {id, error} or, while it runs, {id, progress}.
import { compareSets } from '../engine/compare.js';
import { openSet } from '../engine/engine.js';
import { BertPreflightError } from '../engine/error.js';
import { compileEngine } from '../engine/load.js';
import { BlobSource } from './blob_source.js';

let set = null;

const state = () => ({ files: set.files, tensors: set.tensors, abilities: set.abilities, memory: set.memory });

const sourcesOf = (files) => files.map(({ path, blob }) => new BlobSource(path, blob));

async function run(method, params, onProgress) {
  switch (method) {
    case 'open': {
      const { files, engine, options } = params;
      set = await openSet(await compileEngine(engine), sourcesOf(files), { ...options, onProgress });
      return { state: state() };
    }
    case 'compare': {
      const compiled = await compileEngine(params.engine);
      const sets = [await openSet(compiled, sourcesOf(params.a)), await openSet(compiled, sourcesOf(params.b))];
      return { value: await compareSets(...sets, { ...params.options, onProgress }) };
    }
    case 'check': return { value: await set.check({ ...params.options, onProgress }), state: state() };
    case 'tokenize': return { value: await set.tokenize(params.text, params.pair, params.options) };
    case 'encode': return { value: await set.encode(params.input, params.pair, { ...params.options, onProgress }), state: state() };
    case 'excerpt': return { value: await set.excerpt(params.place) };
    default: throw new BertPreflightError('bad-input', `no method ${method}`);
  }
}

// Arrays go over without a copy.
function buffersIn(value, found = new Set()) {
  if (ArrayBuffer.isView(value)) found.add(value.buffer);
  else if (value && typeof value === 'object') for (const inner of Object.values(value)) buffersIn(inner, found);
  return found;
}

self.onmessage = async ({ data: { id, method, params } }) => {
  try {
    const result = await run(method, params, (progress) => self.postMessage({ id, progress }));
    self.postMessage({ id, result }, method === 'encode' || method === 'excerpt' ? [...buffersIn(result.value)] : []);
  } catch (error) {
    self.postMessage({ id, error: BertPreflightError.from(error).toMessage() });
  }
};
