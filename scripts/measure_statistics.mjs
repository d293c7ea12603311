#!/usr/bin/env node
// What the statistics of values cost: the whole check of a set with them and without, in turns, each in a fresh engine.
//   node scripts/make_base_set.mjs DIR; node scripts/measure_statistics.mjs DIR [ROUNDS]
// Fails if the best time with them is more than 1.3 times the best without: on a busy machine the best is nearest to the truth.
import { open } from '../dist/node.js';

const MOST = 1.3;
const [folder, rounds = '7'] = process.argv.slice(2);
if (!folder) {
  console.error('usage: measure_statistics.mjs DIR [ROUNDS]');
  process.exit(2);
}

async function measured(statistics) {
  const set = await open(folder);
  const started = performance.now(), cpu = process.cpuUsage();
  await set.check({ run: false, statistics });
  const wall = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  set.close();
  return { wall, cpu: (user + system) / 1e6 };
}

const best = (list, clock) => Math.min(...list.map((one) => one[clock]));
const times = { with: [], without: [] };
await measured(true); // the files into the cache, the engine compiled
for (let round = 0; round < Number(rounds); round++) {
  const order = round % 2 ? ['with', 'without'] : ['without', 'with'];
  for (const which of order) times[which].push(await measured(which === 'with'));
}
for (const [which, list] of Object.entries(times)) {
  const all = list.map(({ wall }) => wall.toFixed(2)).join(' ');
  console.log(`${which.padEnd(7)} best ${best(list, 'wall').toFixed(2)} s, of the processor ${best(list, 'cpu').toFixed(2)} s  (${all})`);
}
const ratio = (clock) => best(times.with, clock) / best(times.without, clock);
console.log(`ratio   ${ratio('wall').toFixed(2)}, of the processor ${ratio('cpu').toFixed(2)}; at most ${MOST}`);
process.exit(ratio('wall') <= MOST ? 0 : 1);
