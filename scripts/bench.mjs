// Times the encoder against onnxruntime-web, against its own matrix products and against what memory gives, in a real browser.
//   node scripts/bench.mjs [--browser=chromium|firefox] [--shape=base|minilm] [--tokens=8,32,128,384] [--rounds=N] [--workers=N] [--only=NAME,...]
// One thread each, and the time is what the page's process was on a core. With more workers: as many threads each, on a page that may
// share memory, by the clock. Contestants take turns with a rotating start; a ratio is the median of those of single rounds. Outputs
// are compared with those of the definition (src/kernels/reference.h) in the same run.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

import { openBrowser } from './bench/browser.mjs';
import { idsOf, kShapes, makeModel } from './bench/models.mjs';
import { median, sorted } from './bench/statistics.mjs';
import { configure, ninja } from './native.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const kPeer = 'onnxruntime-web@1.30.0';

const options = { browser: 'chromium', shape: 'base', tokens: '8,32,128,384', rounds: '7', workers: '1', only: '' };
for (const arg of process.argv.slice(2)) {
  const [, name, value] = /^--(\w+)=(.+)$/.exec(arg) ?? [];
  if (!Object.hasOwn(options, name ?? '')) throw new Error(`${arg}: there are ${Object.keys(options).map((one) => `--${one}=`).join(' ')}`);
  options[name] = value;
}
const sizes = kShapes[options.shape];
const workers = Number(options.workers);
const lengths = options.tokens.split(',').map(Number);
const multiplications = sizes.L * (4 * sizes.H ** 2 + 2 * sizes.H * sizes.I);

function contestants(model) {
  const files = model.files.map((file) => `/${file}`);
  const ours = (simd, precision = 'f32') => ({ kind: 'ours', files, simd, precision, workers });
  const core = '/dist/core.wasm';
  const all = {
    'onnxruntime fp32': { kind: 'peer', model: `/${model.onnx.float32}`, workers },
    'onnxruntime int8': { kind: 'peer', model: `/${model.onnx.int8}`, workers },
    simd128: ours('simd128'),
    relaxed: ours('relaxed'),
    'int8 simd128': ours('simd128', 'int8'),
    'int8 relaxed': ours('relaxed', 'int8'),
    'products simd128': { kind: 'products', core, simd: 'simd128', sizes },
    'products relaxed': { kind: 'products', core, simd: 'relaxed', sizes },
    'tile simd128': { kind: 'products', core, simd: 'simd128', sizes, near: true },
    'tile relaxed': { kind: 'products', core, simd: 'relaxed', sizes, near: true },
    reading: { kind: 'reading', core, simd: 'simd128', sizes },
  };
  const wanted = options.only.split(',').filter(Boolean);
  const fits = ({ kind }) => workers === 1 || kind === 'ours' || kind === 'peer';
  return Object.entries(all).filter(([name, what]) => fits(what) && (!wanted.length || wanted.includes(name)));
}

// What is worth dividing by what.
const kRatios = [
  ['onnxruntime fp32', 'simd128'], ['onnxruntime fp32', 'relaxed'],
  ['simd128', 'products simd128'], ['relaxed', 'products relaxed'], ['tile simd128', 'products simd128'], ['tile relaxed', 'products relaxed'],
  ['reading', 'products simd128'], ['reading', 'products relaxed'],
  ['onnxruntime int8', 'int8 simd128'], ['onnxruntime int8', 'int8 relaxed'], ['simd128', 'int8 simd128'], ['relaxed', 'int8 relaxed'],
];
const kInt8Cosine = 0.99;  // of these random weights, which spread an error more than trained ones; of the peer's int8, too

const gap = (a, b) => a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
function cosine(a, b) {
  let ab = 0, aa = 0, bb = 0;
  a.forEach((x, i) => { ab += x * b[i]; aa += x * x; bb += b[i] * b[i]; });
  return ab / Math.sqrt(aa * bb);
}

/** The last hidden state by the definition, from a native program. */
function definition(model, tokens) {
  const { status, stdout, stderr } = spawnSync('build/native/reference_encoder', [model.folder, ...idsOf(tokens).map(String)], { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`reference_encoder: ${stderr}`);
  return stdout.trim().split('\n').map(Number);
}

if (!existsSync('build/bench/node_modules/onnxruntime-web')) {
  mkdirSync('build/bench', { recursive: true });
  const { status, stderr } = spawnSync('npm', ['install', '--prefix', 'build/bench', '--ignore-scripts', '--no-audit', '--no-fund', kPeer], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}
configure('native');
ninja('native', ['reference_encoder']);
const model = makeModel(options.shape);
const browser = await openBrowser(options.browser, 'scripts/bench/index.html', { isolated: workers > 1 });
try {
  console.log(`${browser.version} on ${cpus()[0].model.trim()}, ${cpus().length} cores; ${options.shape}, ${workers > 1 ? `${workers} threads, time by the clock` : 'one thread, on-core time'}, ${options.rounds} rounds`);
  const names = [];
  for (const [name, what] of contestants(model)) {
    await browser.call('make', name, what);
    names.push(name);
    for (let warm = 0; warm < 6; warm += 1) await browser.call('time', name, idsOf(lengths[0]), 3); // past the tier-up
  }
  for (const tokens of lengths) {
    const ids = idsOf(tokens), times = Math.max(1, Math.round(64 / tokens)), taken = Object.fromEntries(names.map((name) => [name, []]));
    const expected = definition(model, tokens);
    console.log(`\n${tokens} tokens`);
    for (const name of names) {
      const { output } = await browser.call('run', name, ids, 1);
      if (!output) continue;
      const difference = gap(output, expected), near = cosine(output, expected);
      console.log(`  ${name.padEnd(18)} from the definition: largest difference ${difference.toExponential(1)}, cosine ${near.toFixed(6)}`);
      const same = name.includes('int8') ? near > kInt8Cosine : difference < 1e-3;
      if (output.length !== expected.length || !same) throw new Error(`${name} does not compute the same`);
    }
    for (let round = 0; round < Number(options.rounds); round += 1) {
      for (let turn = 0; turn < names.length; turn += 1) {
        const name = names[(turn + round) % names.length];
        const before = browser.onCore();
        const by_clock = await browser.call('time', name, ids, times);
        taken[name].push(workers > 1 ? by_clock : (browser.onCore() - before) / times);
      }
    }
    for (const name of names) {
      const times_here = sorted(taken[name]), middle = median(times_here);
      const rate = /products|tile/.test(name) ? `  ${((2 * tokens * multiplications) / middle / 1e6).toFixed(1)} GFLOP/s` : name === 'reading' ? `  ${((4 * multiplications) / middle / 1e6).toFixed(1)} GB/s` : '';
      console.log(`  ${name.padEnd(18)} ${middle.toFixed(1).padStart(8)} ms  (${times_here[0].toFixed(1)} to ${times_here.at(-1).toFixed(1)})${rate}`);
    }
    for (const [above, below] of kRatios.filter((pair) => pair.every((name) => names.includes(name)))) {
      const ratios = sorted(taken[above].map((time, round) => time / taken[below][round]));
      console.log(`  ${`${above} / ${below}`.padEnd(36)} ${median(ratios).toFixed(2)}  (${ratios[0].toFixed(2)} to ${ratios.at(-1).toFixed(2)})`);
    }
  }
} finally {
  await browser.close();
}
