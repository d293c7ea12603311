// judge.mjs and parity.mjs of tests/fixtures, and the sets not in the repository where BERT_PREFLIGHT_FIXTURES says they are.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { lastLines, runProgram } from './programs.mjs';

const kHere = 'tests/fixtures';
// A public checkpoint that is not copied into the repository.
const kElsewhere = ['tf/keras-bert-test-checkpoint'];

const casesIn = (folder) => readdirSync(folder).filter((name) => existsSync(join(folder, name, 'case.json')));

export async function judgeSets() {
  let passed = 0;
  const failures = [], notes = [];
  const judge = async (family, folders, names) => {
    const { output } = await runProgram(process.execPath, [join(kHere, 'judge.mjs'), '-v', ...folders], { log: `judge-${family}` });
    const bad = new Map([...output.matchAll(/^FAIL (.+)\n((?: {2}.*\n)*)/gm)].map(([, name, why]) => [name, why.trim().split('\n')[0]?.trim()]));
    const counts = /^(\d+) passed, (\d+) failed$/m.exec(output);
    if (!counts || Number(counts[1]) + Number(counts[2]) !== names.length) {
      failures.push(`judge.mjs judged other than the ${names.length} cases of ${family}:\n       ${lastLines(output, 10)}`);
      return;
    }
    for (const name of names) {
      if (bad.has(name)) failures.push(`${family}/${name}: ${bad.get(name)}`);
      else passed += 1;
    }
  };
  for (const family of ['tf', 'hf']) {
    const folder = join(kHere, family);
    const names = casesIn(folder).filter((name) => !kElsewhere.includes(`${family}/${name}`));
    await judge(family, names.map((name) => join(folder, name)), names);
  }
  for (const id of kElsewhere) {
    const folder = process.env.BERT_PREFLIGHT_FIXTURES && join(process.env.BERT_PREFLIGHT_FIXTURES, id);
    if (folder && existsSync(folder)) await judge(id.split('/')[0], [folder], [id.split('/')[1]]);
    else notes.push(`skipped: ${id} (set BERT_PREFLIGHT_FIXTURES to the folder of fixtures that holds it)`);
  }
  return { passed, failures, notes };
}

// In each set of instructions, with one worker and with several that share the layers.
export async function paritySets() {
  const results = [];
  for (const workers of [1, 2, 3]) {
    results.push(await parity(`parity-${workers}`, workers, {}));
    results.push(await parity(`parity-${workers}-relaxed`, workers, { NODE_OPTIONS: '--import ./tests/support/relaxed_simd.mjs' }));
  }
  return { passed: results.reduce((sum, { passed }) => sum + passed, 0), failures: results.flatMap(({ failures }) => failures) };
}

async function parity(log, workers, env) {
  const { output } = await runProgram(process.execPath, [join(kHere, 'parity.mjs'), '-v', `--workers=${workers}`, join(kHere, 'tf'), join(kHere, 'hf')], { log, env });
  const rows = [...output.matchAll(/^(FAIL|ok {2}) (\S+) (.*)$/gm)];
  let passed = 0;
  const failures = [];
  for (const [, state, name, rest] of rows) {
    if (state === 'FAIL') failures.push(`${log} of ${name}: ${rest}`);
    else passed += 1;
  }
  if (!rows.length) failures.push(`parity.mjs compared nothing:\n       ${lastLines(output, 10)}`);
  return { passed, failures };
}
