// What the page asks of the engine. The worker and the wasm are fetched with the page, so that nothing is asked of a
// server afterwards; a worker from a blob stands under the policy of the page itself.
import { collect, explain, open, symptoms } from '../browser/client.js';
import { formatReport } from '../engine/formats/index.js';
import { explainCode, wordReport } from '../engine/words.js';

const beside = (name) => new URL(name, import.meta.url);

async function fetched(name) {
  const response = await fetch(beside(name));
  if (!response.ok) throw new Error(`${name} could not be fetched: ${response.status}`);
  return response.blob();
}

const parts = Promise.all([
  fetched('core.wasm').then((blob) => blob.arrayBuffer()),
  fetched('worker.js').then((blob) => URL.createObjectURL(blob)),
]);
parts.catch(() => {}); // told when a set is opened

export const engine = {
  collect,
  explain,
  symptoms,
  wordReport,
  async open(files, options) {
    const [wasmBinary, workerURL] = await parts;
    return open(files, { ...options, wasmBinary, workerURL });
  },
  explainCode,
  format: (name, report, lang) => formatReport(name, report, lang),
};
