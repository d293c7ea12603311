// Fails when a language of the page lacks a key, has one that nobody uses, or asks for a value that English does not;
// and when the page asks for a key that is not there. Keys made of parts are `prefix.${…}` in the code.
import { readdir, readFile } from 'node:fs/promises';
import en from '../web/page/strings/en.js';
import zh from '../web/page/strings/zh.js';

const kPage = new URL('../web/page/', import.meta.url);
const problems = [];

let code = '';
for (const name of await readdir(kPage)) {
  if (name.endsWith('.js')) code += await readFile(new URL(name, kPage), 'utf8');
}
const used = new Set([...code.matchAll(/['"]([a-z][\w-]*(?:\.[\w-]+)*)['"]/g)].map((match) => match[1]));
const prefixes = [...code.matchAll(/`([a-z][\w.-]*[.-])\$\{/g)].map((match) => match[1]);

const places = (entry) =>
  new Set([typeof entry === 'string' ? entry : Object.values(entry)].flat().flatMap((text) => text.match(/\{\w+\}/g) ?? []));

for (const key of Object.keys(en)) {
  const offered = places(en[key]).add('{n}');
  if (!(key in zh)) problems.push(`zh has no ${key}`);
  else for (const place of places(zh[key])) if (!offered.has(place)) problems.push(`${key} in zh asks for ${place}, en does not`);
  if (!used.has(key) && !prefixes.some((prefix) => key.startsWith(prefix))) problems.push(`nothing uses ${key}`);
}
for (const key of Object.keys(zh)) if (!(key in en)) problems.push(`en has no ${key}`);
for (const match of code.matchAll(/\b(?:ui|this)\.(?:t|nodes)\('([^']+)'/g))
  if (!(match[1] in en)) problems.push(`the page asks for ${match[1]}, no language has it`);

if (problems.length) {
  console.error(problems.join('\n'));
  process.exit(1);
}
console.log(`${Object.keys(en).length} strings in ${[en, zh].length} languages`);
