// Sizes of what is shipped, plain and gzipped, beside a budget. Fails when one is over it.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const kRoot = fileURLToPath(new URL('..', import.meta.url));

// What is measured, its files, budget in kB, gzipped or as it is.
const kBudget = [
  ['sealed page', ['bert-preflight.html'], 600, 'plain'],
  ['engine', ['core.wasm'], 250, 'gzipped'],
  ['element shell', () => importedAtOnce('element.js'), 25, 'gzipped'],
  ['engine in a module', ['packed.js'], 450, 'plain'],
  ['page on a server', ['site/index.html', 'site/page.css', 'site/page.js'], 250, 'gzipped'],
  ['worker', ['worker.js'], 120, 'gzipped'],
  ['command line', ['cli.js'], 150, 'gzipped'],
];

/** A module of dist/ and all it imports statically: what a reader of a page downloads before using it. */
export function importedAtOnce(name, seen = []) {
  if (seen.includes(name)) return seen;
  seen.push(name);
  const code = readFileSync(join(kRoot, 'dist', name), 'utf8');
  for (const [, other] of code.matchAll(/(?:\bfrom|\bimport)\s*"\.\/([^"]+)"/g)) importedAtOnce(other, seen);
  return seen;
}

export function sizes() {
  return kBudget.map(([title, files, budget, how]) => {
    const names = typeof files === 'function' ? files() : files;
    const missing = names.find((name) => !existsSync(join(kRoot, 'dist', name)));
    if (missing) return { title, missing };
    const contents = names.map((name) => readFileSync(join(kRoot, 'dist', name)));
    const plain = contents.reduce((sum, { length }) => sum + length, 0);
    const gzipped = contents.reduce((sum, content) => sum + gzipSync(content, { level: 9 }).length, 0);
    return { title, plain, gzipped, budget, how, fits: (how === 'plain' ? plain : gzipped) <= budget * 1000 };
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const kb = (bytes) => (bytes / 1000).toFixed(1).padStart(8);
  for (const { title, missing, plain, gzipped, budget, how, fits } of sizes()) {
    if (missing) console.log(`${title.padEnd(20)} ${missing} is not built`);
    else console.log(`${title.padEnd(20)} ${kb(plain)} kB ${kb(gzipped)} kB gzipped, budget ${budget} ${how}${fits ? '' : '  OVER'}`);
    if (!fits) process.exitCode = 1;
  }
}
