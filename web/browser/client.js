// The engine as a page uses it: promises over a worker. Cancelling ends the worker at once; what was found before stays,
// and the next call starts a new one on the same files.
import { BertPreflightError } from '../engine/error.js';
import { explain, symptoms } from '../engine/paste/index.js';
import * as assets from './assets.js';
import { collect } from './dropped.js';
import { buffersIn } from './transfer.js';

export { BertPreflightError, collect, explain, symptoms };

// Got once for all sets of a page; a failure is not kept.
function once(get) {
  let got = null;
  return () => {
    got ??= get();
    got.catch(() => (got = null));
    return got;
  };
}
const ownEngine = once(() => assets.engineBytes());
const ownWorker = once(() => assets.workerUrl());

async function engineBytes({ wasmBinary, wasmURL }) {
  return wasmBinary ?? (wasmURL ? assets.engineBytes(wasmURL) : ownEngine());
}

const workerUrl = async ({ workerURL }) => workerURL ?? ownWorker();

/** Gets what the first set will need, so that nothing is asked of a server afterwards. */
export const preload = () => Promise.all([ownEngine(), ownWorker()]).then(() => {});

// Who waits for a worker. Firefox ends one that nothing but its own callbacks holds once it waits for others, too.
const waiting = new Set();

// What a worker cannot read by itself.
async function answerRead(worker, files, { read, file, offset, length }) {
  try {
    const bytes = new Uint8Array(await files[file].blob.slice(offset, offset + length).arrayBuffer());
    worker.postMessage({ read, bytes }, [bytes.buffer]);
  } catch (error) {
    worker.postMessage({ read, error: String(error?.message ?? error) });
  }
}

/**
 * Opens a set and resolves once its structure is known, no tensor data read.
 * @param files what `collect` takes
 * @param {{consumers?: (string|object)[], lang?: 'en'|'zh', gelu?: 'tanh'|'erf', precision?: 'f32'|'int8', simd?: 'auto'|'simd128'|'relaxed', workers?: number,
 *   signal?: AbortSignal, onProgress?: (step: object) => void, wasmURL?: string|URL, wasmBinary?: BufferSource, workerURL?: string|URL}} options
 */
export async function open(files, options = {}) {
  const set = new RemoteSet(await collect(files), options);
  await set.begin(options);
  return set;
}

/**
 * Compares two sets, in a worker of their own that ends with it: what engine/compare.js says.
 * @param a, b what `collect` takes
 * @param {{values?: boolean, signal?: AbortSignal, onProgress?: (step: object) => void, wasmURL?: string|URL, wasmBinary?: BufferSource,
 *   workerURL?: string|URL}} options
 */
export async function compareSets(a, b, { values, signal, onProgress, ...places } = {}) {
  const [files_a, files_b, engine, url] = await Promise.all([collect(a), collect(b), engineBytes(places), workerUrl(places)]);
  const files = [...files_a, ...files_b];
  const worker = new Worker(url);
  waiting.add(worker);
  try {
    return await new Promise((resolve, reject) => {
      const stop = () => reject(new BertPreflightError('aborted', 'the caller stopped it', { cause: signal.reason }));
      if (signal?.aborted) stop();
      signal?.addEventListener('abort', stop, { once: true });
      worker.onerror = ({ message }) => reject(new BertPreflightError('engine-failed', message || 'the worker could not be started'));
      worker.onmessage = ({ data }) => {
        const { progress, result, error } = data;
        if (data.read) void answerRead(worker, files, data);
        else if (progress) onProgress?.(progress);
        else if (error) reject(BertPreflightError.from(error));
        else resolve(result.value);
      };
      worker.postMessage({ id: 1, method: 'compare', params: { files, split: files_a.length, engine, options: { values } } });
    });
  } catch (error) {
    throw BertPreflightError.from(error);
  } finally {
    waiting.delete(worker);
    worker.terminate();
  }
}

class RemoteSet {
  files = [];
  tensors = [];
  abilities = {};
  memory = null;

  #files;
  #options;
  #worker = null;    // null: none runs
  #url = null;       // of its script
  #opening = null;   // promise of the running worker's open
  #waiting = new Map();  // id → {resolve, reject, onProgress}
  #peers = [];       // workers that share the set with it, by number
  #next_id = 0;
  #closed = false;

  constructor(files, { consumers, lang, gelu, precision, simd, workers, wasmURL, wasmBinary, workerURL }) {
    this.#files = files;
    this.#options = { plain: { consumers, lang, gelu, precision, simd, workers }, wasmURL, wasmBinary, workerURL };
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

  /** `into`: a FileSystemDirectoryHandle that may be written to; without, each of the result's files has its `blob`. */
  async convert({ signal, onProgress, ...options } = {}) {
    let begun = false;
    const work = async () => {
      await this.#ready();
      begun = true;
      return (await this.#post('convert', { options }, onProgress)).value;
    };
    // What is begun puts its half-written files away first.
    return this.#abortable(signal, work, () => begun && this.#post('stop', {}));
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

  // Ends the worker the moment the signal fires, whatever it is doing, unless `gently` has a way.
  async #abortable(signal, work, gently = () => false) {
    if (this.#closed) throw new BertPreflightError('bad-input', 'the set is closed');
    const stop = () => gently() || this.#end(new BertPreflightError('aborted', 'the caller stopped it', { cause: signal.reason }));
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
      const [engine, url] = await Promise.race([Promise.all([engineBytes(this.#options), workerUrl(this.#options)]), ended]);
      this.#waiting.delete('open');
      this.#url = url;
      this.#worker = new Worker(url);
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
      waiting.add(this);
      try {
        this.#worker.postMessage({ id, method, params });
      } catch (error) {
        this.#settled(id);
        reject(new BertPreflightError('bad-input', String(error?.message ?? error), { cause: error }));
      }
    });
  }

  #heard(message) {
    const { id, progress, result, error } = message;
    if (message.peer !== undefined) return void this.#relay(message);
    if (message.read) return void answerRead(this.#worker, this.#files, message);
    const call = this.#waiting.get(id);
    if (!call) return;
    if (progress) return void call.onProgress?.(progress);
    this.#settled(id);
    if (error) call.reject(BertPreflightError.from(error));
    else call.resolve(result);
  }

  // Between the worker and its peers. A worker could start them itself and would save the way through here, but
  // Firefox (ESR 153) now and then does not come back from `new Worker` in a worker, and Chromium keeps some that
  // were ended with their starter.
  #relay({ peer, start, post, end }) {
    const tell = (what, transfer = []) => this.#worker?.postMessage({ peer, ...what }, transfer);
    if (start) {
      const worker = new Worker(this.#url);
      worker.onmessage = ({ data }) => tell({ message: data }, buffersIn(data));
      worker.onerror = (event) => {
        event.preventDefault();
        tell({ ended: event.message || 'it could not be started' });
      };
      worker.onmessageerror = () => tell({ ended: 'a message could not be read' });
      this.#peers[peer] = worker;
    }
    if (post) this.#peers[peer].postMessage(post, buffersIn(post));
    if (end) this.#peers[peer].terminate();
  }

  #settled(id) {
    this.#waiting.delete(id);
    if (!this.#waiting.size) waiting.delete(this);
  }

  #end(error) {
    for (const worker of [this.#worker, ...this.#peers]) worker?.terminate();
    this.#worker = null;
    this.#peers = [];
    this.#opening = null;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
    waiting.delete(this);
  }
}
