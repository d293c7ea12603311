// The engine in Node: the API of the page over files on disk.
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

import { compareSets as compareOpen } from '../engine/compare.js';
import { openSet } from '../engine/engine.js';
import { BertPreflightError } from '../engine/error.js';
import { compileEngine } from '../engine/load.js';
import { explain } from '../engine/paste/index.js';
import { BlobSource, sourcesOf } from './file_source.js';
import { FolderOutput } from './folder_output.js';
import { startPeer } from './start_peer.js';

export { BertPreflightError, explain };

let compiled = null;

function engine(binary) {
  if (binary) return compileEngine(binary);
  compiled ??= readFile(fileURLToPath(import.meta.resolve('bert-preflight/core.wasm'))).then(compileEngine);
  compiled.catch(() => (compiled = null));
  return compiled;
}

/**
 * Opens a set and resolves once its structure is known, no tensor data read.
 * @param {string|string[]|Object<string, Blob|Uint8Array>|File[]} files paths of files and folders; or contents by name; or File objects
 * @param {{consumers?: (string|object)[], lang?: 'en'|'zh', gelu?: 'tanh'|'erf', precision?: 'f32'|'int8', simd?: 'auto'|'simd128'|'relaxed', workers?: number,
 *   signal?: AbortSignal,
 *   onProgress?: (step: object) => void, onSkipped?: (sentence: string) => void, wasmBinary?: BufferSource}} options
 */
export async function open(files, options = {}) {
  const outputTo = (folder, overwrite) => new FolderOutput(folder, overwrite);
  const more = { startPeer, cores: availableParallelism(), outputTo };
  return openSet(await engine(options.wasmBinary), await sourcesFrom(files, options.onSkipped), { ...more, ...options });
}

/**
 * Compares two sets: what engine/compare.js says.
 * @param a, b files as `open` takes them
 * @param {{values?: boolean, signal?: AbortSignal, onProgress?: (step: object) => void, wasmBinary?: BufferSource}} options
 */
export async function compareSets(a, b, options = {}) {
  const sets = [];
  try {
    for (const files of [a, b]) sets.push(await open(files, { signal: options.signal, wasmBinary: options.wasmBinary }));
    return await compareOpen(...sets, options);
  } finally {
    for (const set of sets) set.close();
  }
}

async function sourcesFrom(files, onSkipped) {
  if (typeof files === 'string') return sourcesOf([files], onSkipped);
  if (Array.isArray(files) && files.every((one) => typeof one === 'string')) return sourcesOf(files, onSkipped);
  if (typeof files?.[Symbol.iterator] === 'function') return [...files].map((file) => new BlobSource(file.webkitRelativePath || file.name || 'file', file));
  return Object.entries(files ?? {}).map(([path, content]) => new BlobSource(path, content));
}
