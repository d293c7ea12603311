// The worker and the engine as loader.js unpacked them.
const { parts } = globalThis.bert_preflight;

export const workerUrl = async () => URL.createObjectURL(new Blob([parts['worker.js']], { type: 'text/javascript' }));
export const engineBytes = async () => parts['core.wasm'];
