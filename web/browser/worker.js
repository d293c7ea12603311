// The engine in a worker, one set each. Takes {id, method, params}, answers {id, result}, {id, error} or, while it runs, {id, progress}.
import { openSet } from '../engine/engine.js';
import { BertPreflightError } from '../engine/error.js';
import { compileEngine } from '../engine/load.js';
import { BlobSource } from './blob_source.js';
import { outputTo } from './outputs.js';

let set = null;
let conversion = null;  // AbortController of the last one: half a file is put away before the worker ends

const state = () => ({ files: set.files, tensors: set.tensors, abilities: set.abilities, memory: set.memory });

async function run(method, params, onProgress) {
  switch (method) {
    case 'open': {
      const { files, engine, options } = params;
      set = await openSet(await compileEngine(engine), files.map(({ path, blob }) => new BlobSource(path, blob)), { ...options, outputTo, onProgress });
      return { state: state() };
    }
    case 'check': return { value: await set.check({ ...params.options, onProgress }), state: state() };
    case 'tokenize': return { value: await set.tokenize(params.text, params.pair, params.options) };
    case 'encode': return { value: await set.encode(params.input, params.pair, { ...params.options, onProgress }), state: state() };
    case 'convert':
      conversion = new AbortController();
      return { value: await set.convert({ ...params.options, signal: conversion.signal, onProgress }) };
    case 'stop': return void conversion?.abort();
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
