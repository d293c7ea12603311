// Tests of node:test, each file in a process of its own.
import { createWriteStream, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from 'node:test';
import { tap } from 'node:test/reporters';

const kTestFile = /\.(test|spec)\.mjs$/;

export async function nodeTests(log, folders) {
  const files = folders.filter(existsSync).flatMap((folder) => readdirSync(folder, { recursive: true }).filter((name) => kTestFile.test(name) && !name.includes('node_modules')).map((name) => join(folder, name))).sort();
  let passed = 0;
  const failures = [], notes = [];
  let to_do = 0;
  const events = run({ files, concurrency: 2, timeout: 10 * 60 * 1000 });
  events.on('test:pass', ({ name, details, skip, todo, file }) => {
    if (details.type === 'suite' || isFile(name, file)) return;
    if (todo !== undefined) to_do += 1;
    else if (skip !== undefined) notes.push(`skipped: ${name}${typeof skip === 'string' && skip ? ` (${skip})` : ''}`);
    else passed += 1;
  });
  events.on('test:fail', ({ name, details, todo, file }) => {
    if (todo !== undefined) {
      to_do += 1;
      return;
    }
    // A suite, or a test of tests, fails with what is inside it.
    if (details.error?.failureType === 'subtestsFailed') return;
    const cause = details.error?.cause ?? details.error;
    failures.push(`${file ? `${file.replace(`${process.cwd()}/`, '')}: ` : ''}${name}\n       ${String(cause?.message ?? cause).split('\n').slice(0, 12).join('\n       ')}`);
  });
  const output = events.compose(tap).pipe(createWriteStream(`build/test/${log}.log`));
  await new Promise((resolve, reject) => output.on('finish', resolve).on('error', reject));
  if (to_do) notes.push(`${to_do} tests of what is still to be written (todo), counted nowhere`);
  return { passed, failures, notes };
}

// Node reports a file that held no test as one.
const isFile = (name, file) => name === file || kTestFile.test(name);
