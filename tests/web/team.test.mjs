// Several workers that share one set, as threads.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

import { teamSize } from '../../web/engine/team.js';
import { open } from '../../web/node/index.js';
import { startPeer } from '../../web/node/start_peer.js';
import { tarOf } from '../support/archive_writer.mjs';
import { bertSet, setFiles, writeFiles } from '../support/bert_set.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const good = join(root, 'tests/fixtures/tf/good-uncased/uncased_L-4_H-16_A-2');
const damaged = join(root, 'tests/fixtures/tf/byte-flipped/chinese_L-2_H-32_A-4');
const large = () => setFiles(bertSet({ sizes: { V: 4000, H: 256, L: 2, A: 4, I: 1024 } }));

// Notes every peer that is started, so that a test can end one.
function noted() {
  const ports = [];
  return {
    ports,
    startPeer(hear) {
      ports.push(startPeer(hear));
      return ports.at(-1);
    },
  };
}

const gap = (a, b) => (a.length === b.length ? a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0) : Infinity);
const plain = (report) => JSON.stringify({ ...report, set: null });

test('how many share a set follows its size, its heads and the cores, unless it is said', () => {
  const base = { bytes: 440e6, heads: 12 };
  assert.equal(teamSize(undefined, base, 2), 2);
  assert.equal(teamSize(undefined, base, 16), 4);
  assert.equal(teamSize(undefined, base), 1);
  assert.equal(teamSize(undefined, { ...base, heads: 1 }, 8), 1);
  assert.equal(teamSize(undefined, { ...base, heads: 0 }, 2), 1);
  assert.equal(teamSize(2, { ...base, heads: 0 }, 2), 1);
  assert.equal(teamSize(undefined, { bytes: 1e6, heads: 2 }, 8), 1);
  assert.equal(teamSize(3, { bytes: 1e6, heads: 2 }, 1), 3);
});

test('two, three and more than there are heads give what one gives, attention included', async () => {
  const questions = [['hello there [MASK]', 'again', { layers: 'all', attention: true, logits: true }], ['one', undefined, { layers: [0] }]];
  const alone = await open(good, { workers: 1 });
  for (const workers of [2, 3, 5]) {
    const set = await open(good, { workers });
    for (const question of questions) {
      const [expected, shared] = [await alone.encode(...question), await set.encode(...question)];
      assert.deepEqual(Object.keys(shared.layers), Object.keys(expected.layers));
      for (const [layer, { data, shape }] of Object.entries(shared.layers)) {
        assert.deepEqual(shape, expected.layers[layer].shape);
        assert.ok(gap(data, expected.layers[layer].data) <= 2e-5);
      }
      for (const key of ['pooled', 'mlm_logits', 'nsp_logits']) if (expected[key]) assert.ok(gap(shared[key].data, expected[key].data) <= 2e-5, key);
      assert.equal(shared.attention?.length, expected.attention?.length);
      for (const [i, { data, shape }] of (shared.attention ?? []).entries()) {
        assert.deepEqual(shape, expected.attention[i].shape);
        assert.ok(gap(data, expected.attention[i].data) <= 2e-5);
      }
      const again = await set.encode(...question);
      assert.deepEqual(again.pooled.data, shared.pooled.data);
    }
    assert.equal(set.memory.workers, workers);
    set.close();
  }
  alone.close();
});

test('each keeps its slice, and no byte of the data is kept twice', async () => {
  const files = large();
  const alone = await open(files, { workers: 1 });
  await alone.encode('a');
  const set = await open(files, { workers: 2 });
  await set.encode('a');
  assert.ok(set.memory.weights >= alone.memory.weights && set.memory.weights < alone.memory.weights * 1.02, `${set.memory.weights} and ${alone.memory.weights}`);
  alone.close();
  set.close();
});

test('a report is that of one worker, before and after a test run', async () => {
  for (const folder of [good, damaged, large()]) {
    const alone = await open(folder, { workers: 1 });
    const expected = { quick: await alone.check({ run: false }), run: await alone.check() };
    for (const workers of [2, 3]) {
      const set = await open(folder, { workers });
      assert.equal(plain(await set.check({ run: false })), plain(expected.quick));
      const seen = ({ tensors }) => tensors.map(({ state, stats, histogram }) => [state, stats?.count, stats?.smallest, stats?.fingerprint, histogram]);
      assert.deepEqual(seen(set), seen(alone));
      assert.equal(plain(await set.check()), plain(expected.run));
      assert.equal(set.memory.workers, 1);
      set.close();
    }
    alone.close();
  }
});

test('a set with a damaged tensor says why it is not run, and keeps no peer', async () => {
  const set = await open(damaged, { workers: 2 });
  await set.check({ run: false });
  assert.equal(set.memory.workers, 1);
  await assert.rejects(set.encode('a'), { code: 'not-possible' });
  set.close();
});

test('progress ends at the whole', async () => {
  const steps = [];
  const set = await open(large(), { workers: 3 });
  await set.check({ run: false, onProgress: (step) => steps.push(step) });
  const data = steps.filter(({ phase }) => phase === 'data');
  assert.equal(data.at(-1).bytesDone, data.at(-1).bytesTotal);
  assert.ok(data.every(({ bytesDone }, i) => i === 0 || bytesDone >= data[i - 1].bytesDone));
  set.close();
});

test('a peer that dies is an error at once, and the next call reads the set again', async () => {
  const { ports, startPeer: start } = noted();
  const set = await open(large(), { workers: 2, startPeer: start });
  const before = await set.encode('hello');
  ports[0].end();
  const started = performance.now();
  await assert.rejects(set.encode('hello'), { code: 'engine-failed', message: /worker 2 of 2 ended/ });
  assert.ok(performance.now() - started < 1000);
  const after = await set.encode('hello');
  assert.equal(ports.length, 2);
  assert.deepEqual(after.pooled.data, before.pooled.data);

  set.close();

  const reading_set = await open(large(), { workers: 2, startPeer: start });
  const reading = reading_set.check({ run: false });
  const killed = new Promise((resolve) => {
    const wait = setInterval(() => {
      if (ports.length < 3) return;
      clearInterval(wait);
      ports[2].end();
      resolve();
    });
  });
  await assert.rejects(reading, { code: 'engine-failed', message: /worker 2 of 2 ended/ });
  await killed;
  assert.equal((await reading_set.check({ run: false })).consumers.length, 7);
  reading_set.close();
});

test('a peer that is silent is an error within seconds, and the next call starts another', async () => {
  const files = large();
  let deaf = false;
  const set = await open(files, {
    workers: 2,
    startPeer({ message, ended }) {
      return startPeer({ ended, message: (what) => deaf || message(what) });
    },
  });
  await set.encode('hello');
  deaf = true;
  const started = performance.now();
  await assert.rejects(set.encode('hello'), { code: 'engine-failed', message: /worker 2 of 2 does not answer/ });
  assert.ok(performance.now() - started < 20_000);
  deaf = false;
  assert.ok((await set.encode('hello')).pooled);
  set.close();
});

test('a signal that fires while all read ends the peers, and the set goes on', async () => {
  const { ports, startPeer: start } = noted();
  const set = await open(large(), { workers: 3, startPeer: start });
  const controller = new AbortController();
  const stopped = set.check({ run: false, signal: controller.signal, onProgress: ({ phase }) => phase === 'data' && controller.abort() });
  await assert.rejects(stopped, { code: 'aborted' });
  assert.ok((await set.encode('a')).pooled);
  assert.equal(ports.length, 4);
  set.close();

  // One that fires once its call is over is nobody's concern.
  const late = new AbortController();
  const other = await open(large(), { workers: 2 });
  await other.encode('a', undefined, { signal: late.signal });
  late.abort();
  assert.ok((await other.encode('a')).pooled);
  other.close();
});

test('where no worker can be started one does it all, unless more were asked for', async () => {
  const sizes = { V: 16000, H: 512, L: 4, A: 8, I: 2048, P: 512 };
  const files = setFiles(bertSet({ sizes, lines: sizes.V }));
  let asked = 0;
  const broken = ({ ended }) => {
    asked += 1;
    setTimeout(() => ended('no worker here'));
    return { post() {}, hold() {}, end() {} };
  };
  const set = await open(files, { startPeer: broken, cores: 2 });
  assert.ok((await set.encode('a')).pooled);
  assert.deepEqual([asked, set.memory.workers], [1, 1]);
  set.close();
  const strict = await open(files, { startPeer: broken, workers: 2 });
  await assert.rejects(strict.encode('a'), { code: 'engine-failed', message: /no worker here/ });
  strict.close();
  const shared = await open(files, { cores: 8 });
  await shared.encode('a');
  assert.equal(shared.memory.workers, 4);
  shared.close();
});

test('a file that ends early is the finding it is with one worker, and the rest is judged', async () => {
  const work = mkdtempSync(join(tmpdir(), 'team-'));
  try {
    writeFiles(work, setFiles(bertSet({ sizes: { V: 4000, H: 256, L: 2, A: 4, I: 1024 }, shards: 3 })));
    const [folder] = readdirSync(work).map((name) => join(work, name));
    for (const [shard, part] of [[0, 0.1], [1, 0.5], [2, 0.1], [2, 0.9]]) {
      const place = join(folder, readdirSync(folder).find((name) => name.endsWith(`data-0000${shard}-of-00003`)));
      const bytes = readFileSync(place);
      const sets = [];
      for (const workers of [1, 2, 3, 4]) sets.push(await open(folder, { workers }));
      truncateSync(place, Math.floor(part * bytes.length));
      const [expected, ...reports] = await Promise.all(sets.map((set) => set.check({ run: false })));
      assert.equal(expected.findings.filter(({ code }) => code === 'files/truncated').length, 1);
      for (const [i, report] of reports.entries()) {
        assert.equal(plain(report), plain(expected), `${i + 2} workers, shard ${shard}`);
        assert.deepEqual(sets[i + 1].tensors.map(({ state }) => state), sets[0].tensors.map(({ state }) => state));
      }
      for (const set of sets) set.close();
      writeFileSync(place, bytes);
    }
  } finally {
    rmSync(work, { recursive: true });
  }
});

test('what lies in archives is shared, too', async () => {
  const files = setFiles(bertSet({ sizes: { V: 400, H: 32, L: 2, A: 4, I: 64 } }));
  const alone = await open(files, { workers: 1 });
  const { pooled } = await alone.encode('a');
  alone.close();
  for (const [name, bytes] of [['set.tar', tarOf(files)], ['set.tar.gz', gzipSync(tarOf(files))]]) {
    const set = await open({ [name]: bytes }, { workers: 2 });
    assert.ok(gap((await set.encode('a')).pooled.data, pooled.data) <= 2e-5);
    assert.equal(set.memory.workers, 2, name);
    set.close();
  }
});

test('where one cannot keep its slices, that is why the set is not run', async () => {
  const { startPeer: start } = noted();
  const set = await open(large(), {
    workers: 2,
    startPeer(hear) {
      const port = start(hear);
      return { ...port, post: ({ share, ...rest }, transfer) => port.post(share ? { share: { ...share, layers: 1e9 } } : rest, transfer) };
    },
  });
  await assert.rejects(set.encode('a'), { code: 'not-possible', message: /memory/ });
  set.close();
});

test('fifty rounds of opening and closing leave no thread', async () => {
  const threads = () => readdirSync('/proc/self/task').length;
  const round = async () => {
    const set = await open(good, { workers: 3 });
    await set.encode('hello');
    set.close();
  };
  await round();
  const settled = async (most) => {
    for (let i = 0; i < 100 && threads() > most; i += 1) await new Promise((resolve) => setTimeout(resolve, 50));
    return threads();
  };
  const before = await settled(0);
  for (let i = 0; i < 50; i += 1) await round();
  assert.ok(await settled(before) <= before, `${threads()} threads, ${before} before`);
});

test('a program ends though a set with peers is open', () => {
  const script = `import { open } from ${JSON.stringify(join(root, 'dist/node.js'))};
    const set = await open(${JSON.stringify(good)}, { workers: 2 });
    console.log((await set.encode('hello')).pooled.shape[0], set.memory.workers);`;
  const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8', timeout: 30_000, cwd: root });
  assert.deepEqual([stdout.trim(), status], ['16 2', 0]);
});

test('workers is a number', async () => {
  for (const workers of [0, -1, 1.5, '2', 65, null]) await assert.rejects(open(good, { workers }), { code: 'bad-input', message: /workers/ });
});

test('the command line takes --workers', () => {
  const { stdout, status } = spawnSync(process.execPath, ['dist/cli.js', 'encode', good, '--text', 'hello', '--workers', '2', '--json'], { encoding: 'utf8', cwd: root });
  assert.equal(status, 0);
  assert.equal(JSON.parse(stdout).pooled.length, 16);
});
