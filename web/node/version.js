// The version of this package.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

export async function version() {
  const file = fileURLToPath(import.meta.resolve('bert-preflight/package.json'));
  return JSON.parse(await readFile(file, 'utf8')).version;
}
