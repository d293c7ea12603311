// The worker and the engine out of packed.js, which is loaded at the first use and once for everything on a page: no file
// that a bundler or a server has to find, and nothing that a policy against requests would stop.
import { unpack } from './unpack.js';

let parts = null;

function unpacked() {
  parts ??= import('./packed.js').then(({ default: pack }) => unpack(pack));
  parts.catch(() => (parts = null));
  return parts;
}

export const workerUrl = async () => URL.createObjectURL(new Blob([(await unpacked())['worker.js']], { type: 'text/javascript' }));

/** @returns {Promise<ArrayBuffer|Uint8Array>} core.wasm; `url`: from there */
export async function engineBytes(url) {
  if (!url) return (await unpacked())['core.wasm'];
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} could not be fetched: ${response.status}`);
  return response.arrayBuffer();
}
