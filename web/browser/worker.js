// The engine in a worker, one set each. Takes {id, method, params}, answers {id, result}, {id, error} or, while it runs, {id, progress}.
// Says {starting} before and after it starts a worker itself (client.js). Asks {read, file, offset, length} of the page where it cannot read files itself, and is answered {read, bytes} or {read, error}.
// {end} is the last it is told: its peers are ended, and it says {ended}.
// Or a peer of such a worker (engine/team.js): then its first message is {setup}.
import { compareSets } from '../engine/compare.js';
import { openSet } from '../engine/engine.js';
import { BertPreflightError } from '../engine/error.js';
import { compileEngine } from '../engine/load.js';
import { servePeer } from '../engine/peer.js';
import { BlobSource, canReadBlobs } from './blob_source.js';
import { outputTo } from './outputs.js';

// ms: a worker that is ended while its peers are ending is kept by Chromium, and they with it.
const kEnding = 250;

let set = null;
let conversion = null;  // AbortController of the last one: half a file is put away before the worker ends

const sourceOf = ({ path, blob }) => new BlobSource(path, blob);

// Runs this same script, wherever it came from: a worker of the sealed page has no other. Where it may not be read (Chromium, a blob
// of a page from disk) its own text is as good: the build makes it one function of this name.
function anotherWorker() {
  try {
    return new Worker(self.location.href);
  } catch {
    return new Worker(URL.createObjectURL(new Blob([`(${bertPreflightWorker})()`], { type: 'text/javascript' })));
  }
}

/** @type {import('../engine/team.js').StartPeer} */
function startPeer({ message, ended }) {
  self.postMessage({ starting: true });
  const worker = anotherWorker();
  self.postMessage({ starting: false });
  worker.onmessage = ({ data }) => message(data);
  worker.onerror = (event) => {
    event.preventDefault();
    ended(event.message || 'it could not be started');
  };
  worker.onmessageerror = () => ended('a message could not be read');
  return { post: (what, transfer) => worker.postMessage(what, transfer), hold() {}, end: () => worker.terminate() };
}

const state = () => ({ files: set.files, tensors: set.tensors, abilities: set.abilities, memory: set.memory });

const reads = new Map();  // number → {resolve, reject}
let last_read = 0;

function relayed(file, offset, length) {
  return new Promise((resolve, reject) => {
    reads.set((last_read += 1), { resolve, reject });
    self.postMessage({ read: last_read, file, offset, length });
  });
}

async function sourcesOf(files) {
  const own = await canReadBlobs(files.map(({ blob }) => blob));
  return files.map(({ path, blob }, file) => new BlobSource(path, blob, own ? null : (offset, length) => relayed(file, offset, length)));
}

async function run(method, params, onProgress) {
  switch (method) {
    case 'open': {
      const { files, engine, options } = params;
      const more = { startPeer, cores: navigator.hardwareConcurrency, outputTo };
      set = await openSet(await compileEngine(engine), await sourcesOf(files), { ...more, ...options, onProgress });
      return { state: state() };
    }
    case 'compare': {
      const compiled = await compileEngine(params.engine);
      const sources = await sourcesOf(params.files);
      const sets = [await openSet(compiled, sources.slice(0, params.split)), await openSet(compiled, sources.slice(params.split))];
      return { value: await compareSets(...sets, { ...params.options, onProgress }) };
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

async function answer({ id, method, params, read, bytes, error, end }) {
  if (end) {
    set?.close();
    setTimeout(() => self.postMessage({ ended: true }), kEnding);
    return;
  }
  if (read) {
    if (error) reads.get(read).reject(new Error(error));
    else reads.get(read).resolve(bytes);
    reads.delete(read);
    return;
  }
  try {
    const result = await run(method, params, (progress) => self.postMessage({ id, progress }));
    self.postMessage({ id, result }, method === 'encode' || method === 'excerpt' ? [...buffersIn(result.value)] : []);
  } catch (error) {
    self.postMessage({ id, error: BertPreflightError.from(error).toMessage() });
  }
}

let peer = null;
self.onmessage = ({ data }) => {
  if (data.setup) peer = servePeer((message, transfer) => self.postMessage(message, transfer), sourceOf);
  return peer ? peer(data) : answer(data);
};
