// The npm package as its users' tools see it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { customElements } from '../../scripts/custom_elements.mjs';
import { root } from '../browser/support.mjs';
import { recipeProgram, recipeTool } from './tools.mjs';

const run = (command, args, cwd) => spawnSync(command, args, { cwd, encoding: 'utf8' });

describe('the package', { timeout: 300_000 }, () => {
  const work = mkdtempSync(join(tmpdir(), 'bert-preflight-'));
  const installed = join(work, 'node_modules/bert-preflight');
  let tarball;
  before(() => {
    mkdirSync(installed, { recursive: true });
    const packed = run('npm', ['pack', '--pack-destination', work, '--silent'], root);
    assert.equal(packed.status, 0, packed.stderr);
    tarball = join(work, readdirSync(work).find((name) => name.endsWith('.tgz')));
    assert.equal(run('tar', ['-xzf', tarball, '--strip-components=1', '-C', installed]).status, 0);
    writeFileSync(join(work, 'package.json'), '{"type": "module"}');
  });
  after(() => rmSync(work, { recursive: true, force: true }));

  test('publint reports nothing', { skip: recipeTool.missing('publint') }, () => {
    const { status, stdout } = run(recipeProgram('publint'), ['--strict', installed]);
    assert.equal(status, 0, stdout);
    assert.match(stdout, /All good!/);
  });

  test('arethetypeswrong reports nothing', { skip: recipeTool.missing('@arethetypeswrong/cli') }, () => {
    const { status, stdout } = run(recipeProgram('attw'), [tarball, '--profile', 'esm-only', '--format', 'json'], work);
    assert.equal(status, 0, stdout.slice(0, 4000));
  });

  test('its types hold for a program that uses them', { skip: recipeTool.missing('typescript') }, () => {
    writeFileSync(join(work, 'use.ts'), `import { BertPreflightError, compareSets, explain, open, type Report, type TensorInfo } from 'bert-preflight';
import { BertPreflightElement } from 'bert-preflight/element';
const set = await open({ 'vocab.txt': new Uint8Array(1) }, { consumers: ['keras-bert', { id: 'hf-native', mode: { class: 'BertModel' } }], precision: 'int8', signal: new AbortController().signal });
const report: Report = await set.check({ quick: true, onProgress: ({ phase, bytesDone }) => console.log(phase, bytesDone) });
const tensor: TensorInfo | undefined = set.tensors[0];
const { layers, precision } = await set.encode({ input_ids: [1, 2] }, { layers: [0, 12], logits: true });
const int8: boolean = precision === 'int8';
const values: Float32Array | undefined = layers[12]?.data;
const largest: number | null = (await compareSets({}, {})).tensors.pairs[0]!.largest;
const element: BertPreflightElement = document.createElement('bert-preflight');
element.addEventListener('bert-preflight-report', ({ detail }) => console.log(detail.findings[0]?.code, explain('x').set, tensor, values, largest, int8, report));
try { element.download('sarif'); } catch (error) { if (error instanceof BertPreflightError) console.log(error.code); }
`);
    const args = ['--noEmit', '--strict', '--target', 'es2022', '--module', 'nodenext', '--lib', 'es2022,dom,dom.iterable', '--types', '', 'use.ts'];
    const good = run(recipeProgram('tsc'), args, work);
    assert.equal(good.status, 0, good.stdout);
    writeFileSync(join(work, 'use.ts'), "import { open } from 'bert-preflight';\nconst set = await open({});\nset.verdict();\n");
    assert.notEqual(run(recipeProgram('tsc'), args, work).status, 0, 'what is not there is no error');
  });

  test('every import of it works in Node, where there is neither window nor Worker', () => {
    const program = `import { explain, open } from 'bert-preflight'; import { BertPreflightElement } from 'bert-preflight/element';
const set = await open(${JSON.stringify(join(root, 'tests/fixtures/tf/good-uncased'))});
const report = await set.check({ run: false });
console.log(report.consumers.filter(({ verdict }) => verdict === 'loads').length, explain('x').set, typeof BertPreflightElement, import.meta.resolve('bert-preflight/core.wasm').endsWith('core.wasm'));`;
    const { stdout, stderr } = run(process.execPath, ['--input-type=module', '-e', program], work);
    assert.equal(stdout.trim(), '6 null function true', stderr);
  });

  test('its program runs', () => {
    const { bin } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
    const { status, stdout } = run(process.execPath, [join(installed, bin['bert-preflight']), 'explain', 'shapes/vocab-rows'], work);
    assert.equal(status, 0);
    assert.match(stdout, /^shapes\/vocab-rows: /);
  });

  test('its manifest names what the element has', () => {
    const [{ declarations: [element] }] = customElements(join(root, 'web/element/element.js')).modules;
    assert.deepEqual(element.events.map(({ name }) => name), ['start', 'progress', 'report', 'error', 'cancel'].map((name) => `bert-preflight-${name}`));
    assert.deepEqual(element.slots.map(({ name }) => name), ['', 'intro', 'empty', 'footer']);
    assert.deepEqual(element.cssParts.map(({ name }) => name), ['dropzone', 'button', 'progress', 'verdict', 'finding', 'table', 'chart']);
    assert.deepEqual(element.attributes.map(({ name }) => name), ['lang', 'theme', 'consumers', 'features', 'compact', 'sample', 'no-run', 'heading-level']);
    assert.ok(element.members.every(({ description }) => description));
  });
});
