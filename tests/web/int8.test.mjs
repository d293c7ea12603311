// Layers in int8 against the same in float32.
import '../support/relaxed_simd.mjs';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { open } from '../../web/node/index.js';
import { cosine } from '../../web/page/vectors.js';
import { bertSet, setFiles } from '../support/bert_set.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const trained = join(root, 'tests/fixtures/trained/set');
const fixture = (path) => join(root, 'tests/fixtures', path);
const kCosine = 0.999;    // of the last hidden state
const kSameWords = 0.98;  // of the masks

const last = ({ layers }) => Object.values(layers).at(-1).data;

async function encoded(files, inputs, options) {
  const set = await open(files, { workers: 1, ...options });
  const answers = [];
  for (const input of inputs) answers.push(await set.encode(...[input].flat()));
  const { memory } = set;
  set.close();
  return { answers, memory };
}

// Every word of these masked in turn.
const kSentences = [
  'The compiler reports an error when the type of the value does not match the type of the function.',
  'You can use this method to read the contents of a file into a string.',
  'The package manager will install the latest version of each module in the project.',
  'If the key is not found in the map the function returns a default value.',
  'This command prints a list of all files in the current directory.',
  'The server listens on a port and answers every request with a page.',
  'Each thread has its own stack and shares the heap with the others.',
  'Variables that are declared in a block can not be used outside of it.',
  'An interface is a set of methods that a type can implement.',
  'She opened the window because the room was too warm.',
  'The train to the city leaves every hour in the morning.',
  'The capital of the country is a large city near the sea.',
];
const masked = kSentences.flatMap((sentence) => {
  const words = sentence.slice(0, -1).split(' ');
  return words.map((_, at) => `${words.map((word, i) => (i === at ? '[MASK]' : word)).join(' ')}.`);
});

test('int8 is near float32 and finds its words, in both sets of instructions, with one, two and three workers', async (t) => {
  const { answers: expected } = await encoded(trained, masked, {});
  for (const simd of ['simd128', 'relaxed']) {
    for (const workers of [1, 2, 3]) {
      const { answers, memory } = await encoded(trained, masked, { precision: 'int8', simd, workers });
      assert.equal(memory.workers, workers);
      const near = answers.map((answer, i) => cosine(last(answer), last(expected[i])));
      const same = answers.filter(({ mlm }, i) => mlm[0].top[0].id === expected[i].mlm[0].top[0].id).length / answers.length;
      t.diagnostic(`${simd}, ${workers}: cosine at least ${Math.min(...near).toFixed(6)}, same word in ${(100 * same).toFixed(1)} % of ${answers.length} masks`);
      assert.ok(Math.min(...near) >= kCosine && Math.max(...near) < 1 - 1e-7, `${Math.min(...near)} to ${Math.max(...near)}`);
      assert.ok(same >= kSameWords, `${same}`);
      for (const { precision } of answers) assert.equal(precision, 'int8');
    }
  }
  for (const { precision } of expected) assert.equal(precision, 'f32');
});

test('what is stored the other way, in halves or in doubles is int8 as well', async () => {
  const input = { input_ids: [2, 5, 9, 4, 17, 3] };
  const small = (dtype) => setFiles(bertSet({ dtype, sizes: { L: 3, A: 4 } }));
  const sets = [
    fixture('hf/pretraining-safetensors/model'), fixture('hf/half-safetensors/model'), fixture('tf/good-cased/cased_L-3_H-24_A-3'), small('float16'), small('bfloat16'), small('float64'),
  ];
  for (const files of sets) {
    const [exact, near] = [(await encoded(files, [input], {})).answers[0], (await encoded(files, [input], { precision: 'int8' })).answers[0]];
    const value = cosine(last(near), last(exact));
    assert.ok(value > 0.998 && value < 1 - 1e-9, `${typeof files === 'string' ? files : 'a made set'}: ${value}`);
  }
});

test('a layer takes a quarter, and no float32 layers are kept on the way', async () => {
  const sizes = { V: 1000, H: 512, L: 6, A: 8, I: 2048, P: 128 };
  const kernels = sizes.L * (4 * sizes.H ** 2 + 2 * sizes.H * sizes.I);
  const files = setFiles(bertSet({ sizes, lines: sizes.V }));
  const exact = (await encoded(files, ['a'], {})).memory, small = (await encoded(files, ['a'], { precision: 'int8' })).memory;
  assert.ok(Math.abs(exact.weights - small.weights - 3 * kernels) < 0.03 * 3 * kernels, `${exact.weights} and ${small.weights}`);
  const waiting = 4 * sizes.H * sizes.I;  // one kernel as it comes
  assert.ok(small.engine < small.weights * 1.1 + waiting + 12e6, `${small.engine} for ${small.weights}`);
  assert.ok(small.engine < 0.5 * exact.engine, `${small.engine} and ${exact.engine}`);
  const shared = (await encoded(files, ['a'], { precision: 'int8', workers: 2 })).memory;
  assert.ok(shared.weights < small.weights * 1.02);
});

test('a set opened for int8 is judged in float32, and encodes in int8 before and after', async () => {
  const plain = await open(trained), set = await open(trained, { precision: 'int8' });
  const before = await set.encode('The [MASK] is here.');
  const [report, expected] = [await set.check(), await plain.check()];
  assert.deepEqual({ ...report, set: null }, { ...expected, set: null });
  assert.ok(!report.unsettled.includes('kernel-orientation'), 'the test sentences ran');
  const after = await set.encode('The [MASK] is here.');
  assert.equal(after.precision, 'int8');
  assert.deepEqual(last(after), last(before));
  assert.notDeepEqual(last(after), last(await plain.encode('The [MASK] is here.')));
  plain.close();
  set.close();
});

test('layers wider than sums of int8 can take are refused, unless workers share them out', async () => {
  const files = setFiles(bertSet({ sizes: { H: 16, L: 1, A: 2, I: 16400 } }));
  const encode = async (options) => (await encoded(files, ['a'], options)).answers[0];
  await assert.rejects(encode({ precision: 'int8' }), { code: 'not-possible', message: /too wide/ });
  const [exact, near] = [await encode({}), await encode({ precision: 'int8', workers: 2 })];
  assert.ok(cosine(last(near), last(exact)) > 0.998);
});

test('another precision is refused', async () => {
  for (const precision of ['int4', 'INT8', 8, null]) await assert.rejects(open(trained, { precision }), { code: 'bad-input', message: /f32 or int8/ });
});

test('the command line encodes in int8 when asked, and says in what it did', () => {
  const run = (...more) => JSON.parse(execFileSync(process.execPath, [join(root, 'dist/cli.js'), 'encode', trained, '--text', 'The [MASK].', '--json', ...more], { encoding: 'utf8' }));
  const [exact, near] = [run(), run('--precision', 'int8')];
  assert.deepEqual([exact.precision, near.precision], ['f32', 'int8']);
  assert.notDeepEqual(near.layers, exact.layers);
  assert.throws(() => run('--precision', 'int4'), { status: 2 });
});
