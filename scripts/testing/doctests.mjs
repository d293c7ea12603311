// The doctest programs of one build directory.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { configure, ninja } from '../native.mjs';
import { lastLines, runProgram } from './programs.mjs';

export async function doctests(preset) {
  configure(preset);
  ninja(preset);
  const folder = join('build', preset);
  const wanted = preset === 'wasm' ? /^test_\w+\.js$/ : /^test_\w+$/;
  const names = readdirSync(folder).filter((name) => wanted.test(name)).sort();
  // The kernels once in each set of instructions.
  const programs = names.flatMap((name) => (name === 'test_kernels.js' ? [{ name, kernels: 'simd128' }, { name, kernels: 'relaxed' }] : [{ name }]));
  const results = await Promise.all([0, 1].map((turn) => runEach(programs.filter((_, i) => i % 2 === turn), folder, preset)));
  const failures = results.flatMap((result) => result.failures);
  if (!programs.length) failures.push(`no test program in ${folder}`);
  return { passed: results.reduce((sum, { passed }) => sum + passed, 0), failures };
}

// What a sanitizer says first: the fault and where it is.
function sanitizerLines(output) {
  const lines = output.split('\n');
  const start = lines.findIndex((line) => /ERROR: \w+Sanitizer|runtime error:/.test(line));
  return start < 0 ? null : lines.slice(start, start + 12).map((line) => line.slice(0, 240)).join('\n       ');
}

async function runEach(programs, folder, preset) {
  let passed = 0;
  const failures = [];
  for (const { name, kernels } of programs) {
    const program = join(folder, name);
    // Emscripten 3.1.6 takes Node's fetch for a browser's and would load the module by URL.
    const [command, args] = preset === 'wasm' ? [process.execPath, ['--no-experimental-fetch', ...(kernels === 'relaxed' ? ['--import', './tests/support/relaxed_simd.mjs'] : []), program]] : [program, []];
    const log = [preset, name, kernels].filter(Boolean).join('-');
    const { status, signal, output } = await runProgram(command, [...args, '--no-colors'], { log, env: kernels ? { BP_KERNELS: kernels } : {} });
    const counts = /\[doctest\] test cases:\s*\d+ \|\s*(\d+) passed \|\s*(\d+) failed/.exec(output);
    if (!counts) {
      failures.push(`${log} ended with ${signal ?? status} and no summary:\n       ${sanitizerLines(output) ?? lastLines(output, 30)}`);
      continue;
    }
    passed += Number(counts[1]);
    if (status === 0) continue;
    const cases = [...output.matchAll(/^TEST CASE:\s*(.+)$/gm)].map(([, title]) => title.trim());
    for (const title of new Set(cases)) failures.push(`${log}: ${title}  (build/test/${log}.log)`);
    if (!cases.length) failures.push(`${log} ended with ${signal ?? status}`);
  }
  return { passed, failures };
}
