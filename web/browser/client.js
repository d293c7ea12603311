// The engine as a page uses it: promises over a worker. Cancelling ends the worker at once; what was found before stays,
// and the next call starts a new one on the same files.
import { BertPreflightError } from '../engine/error.js';
import { explain, symptoms } from '../engine/paste/index.js';
import * as assets from './assets.js';
import { collect } from './dropped.js';

export { BertPreflightError, collect, explain, symptoms };

let engine_bytes = null;

// Fetched once for all sets of a page; a failure is not kept.
function engineBytes({ wasmBinary, wasmURL }) {
  if (wasmBinary) return Promise.resolve(wasmBinary);
  if (wasmURL) return assets.engineBytes(wasmURL);
  engine_bytes ??= assets.engineBytes();
  engine_bytes.catch(() => (engine_bytes = null));
  return engine_bytes;
}

/**
 * Opens a set and resolves once its structure is known, no tensor data read.
 * @param files what `collect` takes
 * @param {{consumers?: (string|object)[], lang?: 'en'|'zh', gelu?: 'tanh'|'erf', workers?: number, signal?: AbortSignal,
 *   onProgress?: (step: object) => void, wasmURL?: string|URL, wasmBinary?: BufferSource, workerURL?: string|URL}} options
 */
export async function open(files, options = {}) {
  const set = new RemoteSet(await collect(files), options);
  await set.begin(options);
  return set;
}

class RemoteSet {
  files = [];
  tensors = [];
  abilities = {};
  memory = null;

  #files;
  #options;
  #worker = null;    // null: none runs
  #opening = null;   // promise of the running worker's open
  #waiting = new Map();  // id → {resolve, reject, onProgress}
  #next_id = 0;
  #closed = false;

  constructor(files, { consumers, lang, gelu, workers, wasmURL, wasmBinary, workerURL }) {
    this.#files = files;
    this.#options = { plain: { consumers, lang, gelu, workers }, wasmURL, wasmBinary, workerURL };
  }

  begin({ signal, onProgress } = {}) {
    return this.#abortable(signal, () => this.#ready(onProgress));
  }

  check(options = {}) {
    return this.#call('check', {}, options);
  }

  tokenize(text, pair, options = {}) {
    return this.#call('tokenize', { text, pair }, options);
  }

  encode(input, pair, options = {}) {
    if (typeof pair === 'object' && pair !== null) [pair, options] = [undefined, pair];
    return this.#call('encode', { input, pair }, options);
  }

  excerpt(place) {
    return this.#call('excerpt', { place }, {});
  }

  close() {
    this.#closed = true;
    this.#end(new BertPreflightError('aborted', 'the set was closed'));
  }

  #call(method, params, { signal, onProgress, ...options }) {
    return this.#abortable(signal, async () => {
      await this.#ready();
      const { value, state } = await this.#post(method, { ...params, options }, onProgress);
      Object.assign(this, state);
      return value;
    });
  }

  // Ends the worker the moment the signal fires, whatever it is doing.
  async #abortable(signal, work) {
    if (this.#closed) throw new BertPreflightError('bad-input', 'the set is closed');
    const stop = () => this.#end(new BertPreflightError('aborted', 'the caller stopped it', { cause: signal.reason }));
    if (signal?.aborted) throw new BertPreflightError('aborted', 'the caller stopped it', { cause: signal.reason });
    signal?.addEventListener('abort', stop, { once: true });
    try {
      return await work();
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  // A worker with the set open in it.
  #ready(onProgress) {
    this.#opening ??= this.#open(onProgress);
    return this.#opening;
  }

  async #open(onProgress) {
    const ended = new Promise((_, reject) => (this.#waiting.set('open', { reject })));
    try {
      const engine = await Promise.race([engineBytes(this.#options), ended]);
      this.#waiting.delete('open');
      this.#worker = new Worker(this.#options.workerURL ?? assets.workerUrl());
      this.#worker.onmessage = ({ data }) => this.#heard(data);
      this.#worker.onerror = ({ message }) => this.#end(new BertPreflightError('engine-failed', message || 'the worker could not be started'));
      const { state } = await this.#post('open', { files: this.#files, engine, options: this.#options.plain }, onProgress);
      Object.assign(this, state);
    } catch (error) {
      const known = BertPreflightError.from(error);
      this.#end(known);
      throw known;
    }
  }

  #post(method, params, onProgress) {
    const id = (this.#next_id += 1);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, onProgress });
      try {
        this.#worker.postMessage({ id, method, params });
      } catch (error) {
        this.#waiting.delete(id);
        reject(new BertPreflightError('bad-input', String(error?.message ?? error), { cause: error }));
      }
    });
  }

  #heard({ id, progress, result, error }) {
    const call = this.#waiting.get(id);
    if (!call) return;
    if (progress) return void call.onProgress?.(progress);
    this.#waiting.delete(id);
    if (error) call.reject(BertPreflightError.from(error));
    else call.resolve(result);
  }

  #end(error) {
    this.#worker?.terminate();
    this.#worker = null;
    this.#opening = null;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
