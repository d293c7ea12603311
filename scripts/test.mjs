// Runs every test and sums up. The last line is "N passed, N failed".
//   node scripts/test.mjs [STEP...]     only these steps: rooms codes native wasm js judge parity page recipes
// Each runner's own output goes to build/test/<step>.log; what failed is printed.
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { buildEngine, buildWeb } from './build.mjs';
import { codeTests } from './testing/code_tests.mjs';
import { doctests } from './testing/doctests.mjs';
import { judgeSets, paritySets } from './testing/fixtures.mjs';
import { nodeTests } from './testing/node_tests.mjs';
import { rooms } from './testing/rooms.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
mkdirSync('build/test', { recursive: true });

const kSteps = {
  rooms: ['who includes whom', rooms],
  codes: ['a test and a near-miss for every code', codeTests],
  native: ['C++, native, address and undefined-behaviour sanitizers', () => doctests('asan')],
  wasm: ['C++, as WebAssembly in Node', () => doctests('wasm')],
  js: ['JavaScript, in Node', () => nodeTests('js', ['tests/web', 'tests/support', 'tests/codes'])],
  judge: ['verdicts against the real loaders', judgeSets],
  parity: ['numbers against the real models', paritySets],
  page: ['the page, in Chromium, Firefox and WebKitGTK', () => nodeTests('page', ['tests/browser'])],
  recipes: ['the package and the recipes for documentation sites', () => nodeTests('recipes', ['tests/recipes'])],
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(kSteps, name));
if (unknown.length) throw new Error(`no step ${unknown[0]}; there are ${Object.keys(kSteps).join(', ')}`);
const steps = Object.entries(kSteps).filter(([name]) => !asked.length || asked.includes(name));

// What a step needs that fails is a failure of that step; the others still run.
async function result(run) {
  try {
    return await run();
  } catch (error) {
    return { passed: 0, failures: [error.message] };
  }
}

const kBuilt = ['js', 'judge', 'parity', 'page', 'recipes'];
if (steps.some(([name]) => kBuilt.includes(name))) {
  steps.unshift(['build', ['the engine and dist/', async () => {
    buildEngine();
    await buildWeb();
    return { passed: 0, failures: [] };
  }]]);
}

let passed = 0, failed = 0;
for (const [name, [title, run]] of steps) {
  const started = performance.now();
  const { passed: good, failures, notes = [] } = await result(run);
  passed += good;
  failed += failures.length;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${failures.length ? 'FAIL' : 'ok  '} ${name.padEnd(7)} ${String(good).padStart(5)} good${failures.length ? `, ${failures.length} bad` : ''}  ${title}  ${seconds} s`);
  for (const note of notes) console.log(`       ${note}`);
  for (const failure of failures) console.log(`     - ${failure}`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed || !passed ? 1 : 0;
