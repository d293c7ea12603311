// Where the worker and the engine are: beside this script. A page in one file replaces this module by one that holds both.

export const workerUrl = () => new URL('worker.js', import.meta.url);

/** @returns {Promise<ArrayBuffer>} core.wasm */
export async function engineBytes(url = new URL('core.wasm', import.meta.url)) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} could not be fetched: ${response.status}`);
  return response.arrayBuffer();
}
