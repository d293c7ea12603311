// Tools of tests/recipes/package.json, which are not among those that building needs.
import { createRequire } from 'node:module';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));
const require = createRequire(join(folder, 'package.json'));

export const recipeTool = (name) => import(pathToFileURL(require.resolve(name)));
/** Says which of them is not installed; false: all are. */
recipeTool.missing = (...names) => {
  const name = names.find((one) => !existsSync(join(folder, 'node_modules', one)));
  return name ? `${name} is not installed` : false;
};
export const recipeProgram = (name) => join(folder, 'node_modules/.bin', name);
