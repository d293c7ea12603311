#!/usr/bin/env node
// Holds that every code of the catalogue has a test that raises it and one close by that does not (tests/codes).
//   node scripts/check_code_tests.mjs
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Codes that no TensorFlow set, config, vocabulary or pasted text raises, by what they need. To be emptied. */
const LATER = {
  'another container': [
    'container/keras-order',
    'container/keras3-weights',
  ],
  'a model trained so that it shows': ['run/casing-mismatch', 'run/position-offset'],
};

/** @returns {{faults: string[], tested: number, codes: number}} */
export function codeTestFaults() {
  const catalogue = readdirSync(`${root}src/report/catalogue`).filter((name) => name.endsWith('.json'));
  const codes = catalogue.flatMap((name) =>
    JSON.parse(readFileSync(`${root}src/report/catalogue/${name}`, 'utf8')).codes.map(({ code }) => code),
  );
  // codeTest takes both kinds of case, so a call is a pair.
  const tests = readdirSync(`${root}tests/codes`).filter((name) => name.endsWith('.test.mjs'));
  const tested = new Set(
    tests.flatMap((name) =>
      [...readFileSync(`${root}tests/codes/${name}`, 'utf8').matchAll(/codeTest\(\s*'([^']+)'/g)].map(([, code]) => code),
    ),
  );
  const later = new Set(Object.values(LATER).flat());
  const faults = [
    ...codes.filter((code) => !tested.has(code) && !later.has(code)).map((code) => `${code} has no test`),
    ...[...tested].filter((code) => !codes.includes(code)).map((code) => `${code} is tested and not in the catalogue`),
    ...[...later].filter((code) => tested.has(code)).map((code) => `${code} is tested and still said to need something`),
    ...[...later].filter((code) => !codes.includes(code)).map((code) => `${code} is said to need something and not in the catalogue`),
  ];
  return { faults, tested: tested.size, codes: codes.length };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { faults, tested, codes } = codeTestFaults();
  for (const fault of faults) console.log(fault);
  const needs = Object.entries(LATER).map(([why, list]) => `${list.length} need ${why}`);
  console.log(`${tested} of ${codes} codes tested; ${needs.join(', ')}`);
  process.exit(faults.length ? 1 : 0);
}
