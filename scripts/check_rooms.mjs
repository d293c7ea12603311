// Fails when a file includes or imports from a room it must not see. The tables of src/README.md and web/README.md are the rule.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve, dirname, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const filesIn = (folder) => readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name)).sort();

// Rows "| `room` | sees | …" below a heading row.
function tableRows(text) {
  return [...text.matchAll(/^\|\s*`([^`]+)`\s*\|(.*)\|\s*$/gm)].map(([, name, rest]) => [name, rest.split('|').map((cell) => cell.trim())]);
}

/** @returns {{file: string, line: number, sees: string}[]} wrong includes below src/ */
export function wrongIncludes(root) {
  const rooms = new Map();
  const rows = tableRows(readFileSync(join(root, 'src/README.md'), 'utf8'));
  for (const [name, [sees]] of rows) rooms.set(name, sees === 'all' ? new Set(rows.map(([room]) => room)) : new Set(sees === '–' ? [] : sees.split(',').map((one) => one.trim())));
  const wrong = [];
  for (const file of filesIn(join(root, 'src')).filter((path) => /\.(h|cc)$/.test(path))) {
    const room = relative(join(root, 'src'), file).split(sep)[0];
    const allowed = rooms.get(room) ?? new Set();
    readFileSync(file, 'utf8').split('\n').forEach((text, i) => {
      const target = /^\s*#\s*include\s*"([^"/]+)\//.exec(text)?.[1];
      if (target && target !== room && rooms.has(target) && !allowed.has(target)) wrong.push({ file: relative(root, file), line: i + 1, sees: target });
      if (!rooms.has(room) && i === 0) wrong.push({ file: relative(root, file), line: 1, sees: `no room "${room}" in src/README.md` });
    });
  }
  return wrong;
}

// The line with the module's name: of an import or export, the last of one over several lines, or a call.
const kImport = /^\s*(?:import\s+|(?:import|export)\b[^'"`]*\bfrom\s+|\}\s*from\s+)'([^']+)'|\bimport\(\s*'([^']+)'/;

/** @returns {{file: string, line: number, sees: string}[]} wrong imports below web/ */
export function wrongImports(root) {
  // A row's last cell names what may be imported: a folder ("engine/"), a file ("browser/client.js") or a folder of sources.
  const rows = tableRows(readFileSync(join(root, 'web/README.md'), 'utf8'));
  const rules = rows.map(([folder, cells]) => [folder.replace(/\/$/, ''), [...cells.at(-1).matchAll(/`([^`]+)`/g)].map(([, place]) => place.replace(/\/$/, ''))]);
  const wrong = [];
  for (const file of filesIn(join(root, 'web')).filter((path) => /\.m?js$/.test(path))) {
    const place = relative(join(root, 'web'), file).split(sep).join('/');
    const rule = rules.find(([folder]) => place.startsWith(`${folder}/`));
    if (!rule) {
      wrong.push({ file: relative(root, file), line: 1, sees: 'no folder of web/README.md' });
      continue;
    }
    readFileSync(file, 'utf8').split('\n').forEach((text, i) => {
      const [, at_head, in_call] = kImport.exec(text) ?? [];
      const target = at_head ?? in_call;
      if (!target) return;
      if (allowedImport(root, file, rule, target)) return;
      wrong.push({ file: relative(root, file), line: i + 1, sees: target });
    });
  }
  return wrong;
}

function allowedImport(root, file, [folder, places], target) {
  if (target.startsWith('node:')) return folder === 'node';
  if (!target.startsWith('.')) return target === '#core' && folder === 'engine';
  const path = relative(root, resolve(dirname(file), target)).split(sep).join('/');
  if (path.startsWith(`web/${folder}/`)) return true;
  return places.some((place) => {
    const full = place.startsWith('src/') ? place : `web/${place}`;
    return path === full || path.startsWith(`${full}/`);
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const wrong = [...wrongIncludes(root), ...wrongImports(root)];
  for (const { file, line, sees } of wrong) console.log(`${file}:${line} must not see ${sees}`);
  process.exitCode = wrong.length ? 1 : 0;
}
