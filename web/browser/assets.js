// Where the worker and the engine are: beside this script. Other builds (scripts/build.mjs) put packed/assets.js or
// sealed/assets.js in the place of this module; all have these two functions.

async function fetched(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} could not be fetched: ${response.status}`);
  return response;
}

// From a blob, so that the worker stands under the policy of the page itself.
export const workerUrl = async () => URL.createObjectURL(await (await fetched(new URL('worker.js', import.meta.url))).blob());

/** @returns {Promise<ArrayBuffer>} core.wasm */
export const engineBytes = async (url = new URL('core.wasm', import.meta.url)) => (await fetched(url)).arrayBuffer();
