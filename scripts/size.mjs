// Sizes of what is shipped, plain and gzipped, beside a budget. Fails when one is over it.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

// Gzipped kB.
const kBudget = { 'dist/core.wasm': 400, 'dist/worker.js': 120, 'dist/client.js': 120, 'dist/cli.js': 150, 'dist/site/page.js': 250 };

const root = fileURLToPath(new URL('..', import.meta.url));
const kb = (bytes) => (bytes / 1000).toFixed(1).padStart(8);
let over = 0;
for (const [file, budget] of Object.entries(kBudget)) {
  if (!existsSync(join(root, file))) {
    console.log(`${file.padEnd(18)} not built`);
    over += 1;
    continue;
  }
  const bytes = readFileSync(join(root, file));
  const zipped = gzipSync(bytes, { level: 9 }).length;
  const fits = zipped <= budget * 1000;
  console.log(`${file.padEnd(18)} ${kb(bytes.length)} kB ${kb(zipped)} kB gzipped of ${budget}${fits ? '' : '  OVER'}`);
  if (!fits) over += 1;
}
process.exitCode = over ? 1 : 0;
