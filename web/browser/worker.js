// The engine in a worker, one set each. Takes {id, method, params}, answers {id, result}, {id, error} or, while it runs, {id, progress}.
// Asks {read, file, offset, length} of the page where it cannot read files itself, and is answered {read, bytes} or {read, error}.
// What it says to a peer and hears of it goes through the page (client.js): {peer, start}, {peer, post}, {peer, end}; {peer, message}, {peer, ended}.
// Or a peer of such a worker (engine/team.js): then its first message is {setup}.
import { compareSets } from '../engine/compare.js';
import { openSet } from '../engine/engine.js';
import { BertPreflightError } from '../engine/error.js';
import { compileEngine } from '../engine/load.js';
import { servePeer } from '../engine/peer.js';
import { BlobSource, canReadBlobs } from './blob_source.js';
import { outputTo } from './outputs.js';
import { buffersIn } from './transfer.js';

let set = null;
let conversion = null;  // AbortController of the last one: half a file is put away before the worker ends

const peers = [];  // by number: {message, ended}

/** @type {import('../engine/team.js').StartPeer} */
function startPeer(hear) {
  const peer = peers.push(hear) - 1;
  self.postMessage({ peer, start: true });
  return {
    post: (message, transfer) => self.postMessage({ peer, post: message }, transfer),
    hold() {},
    end: () => self.postMessage({ peer, end: true }),
  };
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

async function answer({ id, method, params, read, bytes, error, peer, message, ended }) {
  if (peer !== undefined) return message ? peers[peer].message(message) : peers[peer].ended(ended);
  if (read) {
    if (error) reads.get(read).reject(new Error(error));
    else reads.get(read).resolve(bytes);
    reads.delete(read);
    return;
  }
  try {
    const result = await run(method, params, (progress) => self.postMessage({ id, progress }));
    self.postMessage({ id, result }, method === 'encode' || method === 'excerpt' ? buffersIn(result.value) : []);
  } catch (error) {
    self.postMessage({ id, error: BertPreflightError.from(error).toMessage() });
  }
}

let servesFirst = null;  // this worker is a peer
self.onmessage = ({ data }) => {
  if (data.setup) servesFirst = servePeer((message, transfer) => self.postMessage(message, transfer));
  return servesFirst ? servesFirst(data) : answer(data);
};
