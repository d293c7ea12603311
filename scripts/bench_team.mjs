// How much faster several workers run a set than one: reading it, and encoding, in Node and in browsers on a page that may not share memory;
// there the loading is held against a plain stream of the largest file, too.
//   node scripts/bench_team.mjs SET [--workers=2] [--tokens=128] [--rounds=7] [--only=node|chromium|firefox]
// SET: a folder as make_base_set.mjs writes it. Contestants take turns with a rotating start; medians of the ratios of each round.
// Only figures of a machine that does nothing else mean anything.
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { openBrowser } from './bench/browser.mjs';
import { median } from './bench/statistics.mjs';

const args = process.argv.slice(2);
const folder = args.find((arg) => !arg.startsWith('-'));
const option = (name, absent) => args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3) ?? absent;
const [workers, tokens, rounds] = [['workers', 2], ['tokens', 128], ['rounds', 7]].map(([name, absent]) => Number(option(name, absent)));
if (!folder || ![workers, tokens, rounds].every((number) => Number.isInteger(number) && number > 0)) {
  console.error('usage: bench_team.mjs SET [--workers=2] [--tokens=128] [--rounds=7] [--only=node|chromium|firefox]');
  process.exit(2);
}

// Runs where the sets are: in Node, and as text in the page.
async function measure(open, files, { workers, tokens, rounds }) {
  const input_ids = Array.from({ length: tokens }, (_, i) => 1000 + ((i * 7919) % 20000));
  const counts = [1, workers];
  const loading = { 1: [], [workers]: [] }, encoding = { 1: [], [workers]: [] }, streaming = [];
  const largest = globalThis.document && [...files].sort((a, b) => b.size - a.size)[0];
  const timed = async (work) => {
    const started = performance.now();
    const value = await work();
    return [performance.now() - started, value];
  };
  const outputs = {};
  for (let round = 0; round < rounds; round += 1) {
    if (largest) {
      const [read] = await timed(async () => {
        const reader = largest.stream().getReader();
        while (!(await reader.read()).done);
      });
      streaming.push(read);
    }
    for (let turn = 0; turn < counts.length; turn += 1) {
      const count = counts[(round + turn) % counts.length];
      const [opened, set] = await timed(() => open(files, { workers: count }));
      const [read, first] = await timed(() => set.encode({ input_ids: input_ids.slice(0, 8) }));
      loading[count].push(opened + read);
      for (let i = 0; i < 2; i += 1) await set.encode({ input_ids });  // past the tier-up
      const times = [];
      for (let i = 0; i < 5; i += 1) {
        const [ms, answer] = await timed(() => set.encode({ input_ids }));
        times.push(ms);
        outputs[count] = answer.layers;
      }
      encoding[count].push(times.sort((a, b) => a - b)[2]);
      set.close();
      if (!first.layers) throw new Error('nothing was encoded');
    }
  }
  const [[one], [more]] = [Object.values(outputs[1]), Object.values(outputs[workers])];
  const gap = one.data.reduce((most, value, i) => Math.max(most, Math.abs(value - more.data[i])), 0);
  return { loading, encoding, streaming, gap };
}

function tell(place, { loading, encoding, streaming, gap }) {
  for (const [what, times] of Object.entries({ 'drop to first output': loading, [`encode, ${tokens} tokens`]: encoding })) {
    const ratios = times[1].map((ms, i) => ms / times[workers][i]);
    const spread = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`;
    console.log(`${place.padEnd(9)} ${what.padEnd(22)} 1 worker ${median(times[1]).toFixed(0).padStart(5)} ms   ${workers} workers ${median(times[workers]).toFixed(0).padStart(5)} ms   ${median(ratios).toFixed(2)} x (${spread})`);
  }
  if (streaming.length) {
    for (const [count, times] of Object.entries(loading)) {
      console.log(`${place.padEnd(9)} loading with ${count}: ${median(times.map((ms, i) => ms / streaming[i])).toFixed(2)} x a plain stream of the file (${median(streaming).toFixed(0)} ms)`);
    }
  }
  console.log(`${place.padEnd(9)} outputs differ by ${gap.toExponential(1)}`);
}

const only = option('only', '');
if (!only || only === 'node') {
  const { open } = await import('../dist/node.js');
  tell('Node', await measure(open, [resolve(folder)], { workers, tokens, rounds }));
}
for (const name of ['chromium', 'firefox'].filter((one) => !only || only === one)) {
  const browser = await openBrowser(name, 'scripts/bench/index.html');
  try {
    await (await browser.page.$('input')).uploadFile(...readdirSync(folder).map((file) => join(resolve(folder), file)));
    tell(name, await browser.page.evaluate(`(async () => (${measure})((await import('/dist/client.js')).open, document.querySelector('input').files, ${JSON.stringify({ workers, tokens, rounds })}))()`));
  } finally {
    await browser.close();
  }
}
