#!/usr/bin/env node
// What the statistics of values cost: the whole check of a set with them and without, in turns, each in a fresh engine.
//   node scripts/make_base_set.mjs DIR; node scripts/measure_statistics.mjs DIR [ROUNDS]
// Fails if the median with them is more than 1.3 times that without.
import { open } from '../dist/node.js';

const MOST = 1.3;
const [folder, rounds = '7'] = process.argv.slice(2);
if (!folder) {
  console.error('usage: measure_statistics.mjs DIR [ROUNDS]');
  process.exit(2);
}

async function seconds(statistics) {
  const set = await open(folder);
  const started = performance.now();
  await set.check({ run: false, statistics });
  const passed = (performance.now() - started) / 1000;
  set.close();
  return passed;
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const times = { with: [], without: [] };
await seconds(true); // the files into the cache, the engine compiled
for (let round = 0; round < Number(rounds); round++) {
  const order = round % 2 ? ['with', 'without'] : ['without', 'with'];
  for (const which of order) times[which].push(await seconds(which === 'with'));
}
for (const [which, values] of Object.entries(times)) {
  console.log(`${which.padEnd(7)} ${median(values).toFixed(2)} s  (${values.map((x) => x.toFixed(2)).join(' ')})`);
}
const ratio = median(times.with) / median(times.without);
console.log(`ratio   ${ratio.toFixed(2)}, at most ${MOST}`);
process.exit(ratio <= MOST ? 0 : 1);
