// In the page: the contestants, each a function that runs one sentence. The driver (bench.mjs) says who runs when and holds the watch.
import { open } from '/dist/client.js';

const kOrt = '/build/bench/node_modules/onnxruntime-web/dist/';
const contestants = new Map();
const bytesOf = async (path) => (await (await fetch(path)).arrayBuffer());

const kMakers = {
  /** Our encoder through its public API, worker and all. */
  async ours({ files, simd, precision, workers }) {
    const given = await Promise.all(files.map(async (path) => ({ path: path.split('/').at(-1), blob: await (await fetch(path)).blob() })));
    const set = await open(given, { simd, precision, workers });
    await set.check({ run: false });
    return async (ids) => (await set.encode({ input_ids: ids }, undefined, { layers: 'last' })).layers;
  },

  /** onnxruntime-web, on as many threads. */
  async peer({ model, workers }) {
    const ort = await import(`${kOrt}ort.wasm.min.mjs`);
    ort.env.wasm.numThreads = workers;
    ort.env.wasm.wasmPaths = new URL(kOrt, location.href).href;
    const session = await ort.InferenceSession.create(await bytesOf(model), { executionProviders: ['wasm'], graphOptimizationLevel: 'all' });
    const longs = (values) => new ort.Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length]);
    return async (ids) => {
      const { hidden } = await session.run({ input_ids: longs(ids), token_type_ids: longs(ids.map(() => 0)), position_ids: longs(ids.map((_, i) => i)), attention_mask: longs(ids.map(() => 1)) });
      return { last: { data: hidden.data } };
    };
  },

  /** Our matrix products alone, those of all layers with weights of their own; `near`: one small product that stays in cache. */
  async products({ core, simd, sizes: { H, I, L }, near }) {
    const [kernels] = WebAssembly.Module.customSections(await WebAssembly.compile(await bytesOf(core)), `kernels-${simd}`);
    const layer = 4 * H * H + 2 * H * I, rows = 512 * I;
    const memory = new WebAssembly.Memory({ initial: Math.ceil((1024 + 4 * (near ? 1e6 : layer * L + 2 * rows)) / 65536) });
    const { matmul } = (await WebAssembly.instantiate(kernels, { env: { memory } })).instance.exports;
    const values = new Float32Array(memory.buffer);
    for (let i = 0; i < values.length; i += 1) values[i] = ((i * 7919) % 1024) / 1e4;
    if (near) {
      return async (ids) => {
        // As many operations as the products of all layers have.
        const m = ids.length, times = Math.round((layer * L) / (384 * 36));
        for (let i = 0; i < times; i += 1) matmul(4096, 4096 + m * 384 * 4, 0, 2 << 20, m, 384, 36);
      };
    }
    return async (ids) => {
      const m = ids.length, a = 1024, c = a + 4 * rows;
      let w = c + 4 * rows;
      const product = (k, n) => {
        matmul(a, w, 0, c, m, k, n);
        w += 4 * k * n;
      };
      for (let i = 0; i < L; i += 1) {
        for (let j = 0; j < 4; j += 1) product(H, H);
        product(H, I);
        product(I, H);
      }
    };
  },

  /** Reads the floats of all layers and does nothing else: what memory gives. */
  async reading({ core, simd, sizes: { H, I, L } }) {
    const [kernels] = WebAssembly.Module.customSections(await WebAssembly.compile(await bytesOf(core)), `kernels-${simd}`);
    const floats = L * (4 * H * H + 2 * H * I);
    const memory = new WebAssembly.Memory({ initial: Math.ceil((4 * floats + 65536) / 65536) });
    const { addTo } = (await WebAssembly.instantiate(kernels, { env: { memory } })).instance.exports;
    const run = 1024;
    return async () => {
      for (let at = 8192; at < 4 * floats; at += 4 * run) addTo(4096, at, run);
    };
  },
};

globalThis.bench = {
  async make(name, { kind, ...what }) {
    contestants.set(name, await kMakers[kind](what));
  },
  drop: (name) => contestants.delete(name),
  async run(name, ids, times) {
    const started = performance.now();
    let result;
    for (let i = 0; i < times; i += 1) result = await contestants.get(name)(ids);
    const wall = (performance.now() - started) / times;
    const output = Object.values(result ?? {})[0];
    return { wall, output: output ? Array.from(output.data) : null };
  },
  async time(name, ids, times) {
    const started = performance.now();
    for (let i = 0; i < times; i += 1) await contestants.get(name)(ids);
    return (performance.now() - started) / times;
  },
};
