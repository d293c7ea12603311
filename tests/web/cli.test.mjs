import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const bin = join(root, JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).bin['bert-preflight']);
const good = join(root, 'tests/fixtures/tf/good-uncased/uncased_L-4_H-16_A-2');
const work = mkdtempSync(join(tmpdir(), 'bert-preflight-'));
after(() => rmSync(work, { recursive: true, force: true }));

function cli(args, { input, env } = {}) {
  return new Promise((done) => {
    const child = execFile(process.execPath, [bin, ...args], { maxBuffer: 1 << 28, env: { ...process.env, ...env } },
      (error, stdout, stderr) => done({ code: error ? error.code : 0, stdout, stderr }));
    child.stdin.on('error', () => {});
    child.stdin.end(input ?? '');
  });
}

// Could not judge: one sentence on stderr, nothing on stdout.
function assertRefused({ code, stdout, stderr }, sentence) {
  assert.equal(code, 2);
  assert.equal(stdout, '');
  assert.match(stderr, /^bert-preflight: [^\n]+\n$/);
  assert.doesNotMatch(stderr, /\n\s+at /);
  if (sentence) assert.match(stderr, sentence);
}

function broken() {
  const folder = mkdtempSync(join(work, 'broken-'));
  cpSync(good, folder, { recursive: true });
  writeFileSync(join(folder, 'bert_config.json'), readFileSync(join(good, 'bert_config.json'), 'utf8').replace(/("vocab_size":\s*)\d+/, '$130522'));
  return folder;
}

test('a good set is judged with exit code 0, in text and in JSON', async () => {
  const text = await cli(['check', good]);
  assert.equal(text.code, 0, text.stderr);
  assert.match(text.stdout, /keras-bert/);
  assert.doesNotMatch(text.stdout, /\x1b/);
  const json = await cli(['check', good, '--json']);
  assert.equal(json.code, 0);
  const report = JSON.parse(json.stdout);
  assert.deepEqual(report.consumers.filter(({ verdict }) => verdict === 'loads').length, 6);
  assert.ok(report.consumers.filter(({ verdict }) => verdict === 'loads').every(({ final }) => final));
});

test('the files themselves may be given in place of their folder', async () => {
  const files = readdirSync(good).map((name) => join(good, name));
  const [folder, apart] = await Promise.all([cli(['check', good, '--json']), cli(['check', ...files, '--json'])]);
  const verdicts = ({ stdout }) => JSON.parse(stdout).consumers.map(({ id, verdict, loaded }) => [id, verdict, loaded]);
  assert.deepEqual(verdicts(apart), verdicts(folder));
});

test('--quick reads no tensor data, so that no good verdict is final', async () => {
  const { code, stdout } = await cli(['check', good, '--json', '--quick']);
  assert.equal(code, 0);
  assert.ok(JSON.parse(stdout).consumers.filter(({ verdict }) => verdict === 'loads').every(({ final }) => final === false));
});

test('--fail-on decides what makes the exit code 1', async () => {
  const folder = broken();
  assert.equal((await cli(['check', folder])).code, 1);
  assert.equal((await cli(['check', folder, '--fail-on', 'never'])).code, 0);
  assert.equal((await cli(['check', folder, '--fail-on=warning', '--json'])).code, 1);
});

test('each format is one document on stdout', async () => {
  const folder = broken();
  const [sarif, markdown, html] = await Promise.all(['--sarif', '--markdown', '--html'].map((kind) => cli(['check', folder, kind])));
  const log = JSON.parse(sarif.stdout);
  assert.equal(log.version, '2.1.0');
  assert.ok(log.runs[0].results.some(({ ruleId }) => ruleId === 'shapes/vocab-rows'));
  assert.match(markdown.stdout, /shapes\/vocab-rows/);
  assert.match(html.stdout, /^<!doctype html>/i);
  assert.equal(log.runs[0].tool.driver.version, JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version);
  for (const { code } of [sarif, markdown, html]) assert.equal(code, 1);
  assertRefused(await cli(['check', folder, '--sarif', '--html']), /cannot both/);
});

test('one loader in one mode can be asked for', async () => {
  const { stdout } = await cli(['check', good, '--json', '--consumer', 'keras-bert:training=True']);
  const { consumers } = JSON.parse(stdout);
  assert.equal(consumers.length, 1);
  assert.equal(consumers[0].mode.training, true);
  assertRefused(await cli(['check', good, '--consumer', 'no-such-loader']), /no-such-loader/);
  assertRefused(await cli(['check', good, '--consumer', 'keras-bert:training']), /MODE=VALUE/);
});

test('bad usage is refused with a sentence', async () => {
  for (const [args, sentence] of [
    [[], /say what to do/],
    [['judge', good], /no command judge/],
    [['check'], /takes a folder or files/],
    [['check', '-'], /"-" is not a path/],
    [['check', good, '--loud'], /no option --loud/],
    [['check', good, '--json=yes'], /takes no value/],
    [['check', good, '--lang'], /takes a value/],
    [['check', good, '--lang', 'fr'], /--lang takes en, zh/],
    [['check', good, '--layers', 'all'], /not for check/],
    [['check', good, '--paste', '@/no/such/file'], /no such file/],
    [['tokenize', good], /--text TEXT or --jsonl FILE/],
    [['tokenize', good, '--text', 'a', '--jsonl', '-'], /--text TEXT or --jsonl FILE/],
    [['encode', good, '--text', 'a', '--layers', 'first'], /--layers takes/],
    [['encode', good, '--text', 'a', '--layers', '0,99'], /layers/],
    [['encode', good, '--text', 'a', '--top', '0'], /number/],
    [['explain', 'no/such-code'], /no code/],
  ]) assertRefused(await cli(args), sentence);
});

test('nothing readable is refused with a sentence', async () => {
  const empty = mkdtempSync(join(work, 'empty-'));
  assertRefused(await cli(['check', join(work, 'not-there')]), /no such file or folder/);
  assertRefused(await cli(['check', empty]), /no file/);
  assertRefused(await cli(['check', '/dev/null']), /neither a file nor a folder/);
});

test('a folder nobody may list is refused with a sentence', { skip: process.getuid?.() === 0 && 'root may list everything' }, async () => {
  const locked = join(work, 'locked');
  mkdirSync(locked, { mode: 0 });
  assertRefused(await cli(['check', locked]), /no permission/);
});

test('a folder of 5,000 other files is judged', async () => {
  const folder = mkdtempSync(join(work, 'many-'));
  for (let i = 0; i < 5000; ++i) writeFileSync(join(folder, `part-${i}.bin`), `nothing ${i}`);
  const { code, stdout } = await cli(['check', folder, '--json']);
  assert.equal(code, 1);
  assert.ok(JSON.parse(stdout).findings.some((finding) => finding.code === 'files/weights-missing'));
});

test('names from the files cannot reach the terminal as they are', async () => {
  const folder = mkdtempSync(join(work, 'hostile-'));
  cpSync(good, folder, { recursive: true });
  for (const name of readdirSync(folder)) {
    if (name.startsWith('bert_model')) cpSync(join(folder, name), join(folder, name.replace('bert_model', 'evil\x1b[2J\u202emodel'))), rmSync(join(folder, name));
  }
  for (const args of [['check', folder], ['check', folder, '--lang', 'zh'], ['tensors', folder], ['check', folder, '--markdown'], ['check', `${folder}/no\x1b[31m`]]) {
    const { stdout, stderr } = await cli(args);
    assert.doesNotMatch(stdout + stderr, /[\x1b\u202e]/, args.join(' '));
  }
});

test('-o writes a file whole or not at all', async () => {
  const file = join(work, 'report.json');
  assert.equal((await cli(['check', good, '--json', '-o', file])).code, 0);
  JSON.parse(readFileSync(file, 'utf8'));

  writeFileSync(file, 'as it was');
  assertRefused(await cli(['encode', good, '--text', 'a', '--layers', '0,99', '--json', '-o', file]));
  assert.equal(readFileSync(file, 'utf8'), 'as it was');
  assert.deepEqual(readdirSync(work).filter((name) => name.includes('.part')), []);
  assertRefused(await cli(['check', good, '-o', join(work, 'no', 'such', 'folder.json')]), /could not be written/);
  assertRefused(await cli(['check', good, '-o', work]), /is a folder/);
});

test('tensors lists every tensor with its place and checksum', async () => {
  const { code, stdout } = await cli(['tensors', good, '--json']);
  assert.equal(code, 0);
  const tensors = JSON.parse(stdout);
  const words = tensors.find(({ name }) => name === 'bert/embeddings/word_embeddings');
  const config = JSON.parse(readFileSync(join(good, 'bert_config.json'), 'utf8'));
  assert.deepEqual(words.shape, [config.vocab_size, config.hidden_size]);
  assert.equal(words.bytes, 4 * config.vocab_size * config.hidden_size);
  assert.equal(words.state, 'good');
  assert.equal(typeof words.crc32c, 'number');
  assert.match((await cli(['tensors', good])).stdout, /bert\/embeddings\/word_embeddings/);
});

test('tokenize gives offsets into the text, and leaves a written [MASK] apart unless told', async () => {
  const { stdout } = await cli(['tokenize', good, '--text', 'Hello [MASK]', '--json']);
  const answer = JSON.parse(stdout);
  assert.deepEqual(Object.keys(answer), ['tokens', 'input_ids', 'token_type_ids', 'attention_mask', 'offsets']);
  assert.equal(answer.tokens[0], '[CLS]');
  assert.ok(!answer.tokens.includes('[MASK]'));
  const kept = JSON.parse((await cli(['tokenize', good, '--text', 'Hello [MASK]', '--json', '--keep-special', '--no-special'])).stdout);
  assert.equal(kept.tokens.at(-1), '[MASK]');
  assert.deepEqual(kept.offsets.at(-1), [6, 12]);
});

test('each line of --jsonl is answered in order, a bad one with its error', async () => {
  const lines = ['{"text": "one"}', '{broken', '[1, 2]', '', '{"text": 5}', '{"text": "two", "pair": "three"}', '{"input_ids": [1]}'];
  const { code, stdout } = await cli(['tokenize', good, '--jsonl', '-'], { input: lines.join('\n') });
  assert.equal(code, 0);
  const answers = stdout.trimEnd().split('\n').map((line) => JSON.parse(line));
  assert.equal(answers.length, 6);
  assert.deepEqual(answers.map(({ error }) => error !== undefined), [false, true, true, true, false, true]);
  assert.ok(answers[4].token_type_ids.includes(1));
  assertRefused(await cli(['tokenize', good, '--jsonl', join(work, 'none.jsonl')]), /no such file/);
});

test('encode gives the layers asked for with nine significant digits, and takes exact inputs', async () => {
  const config = JSON.parse(readFileSync(join(good, 'bert_config.json'), 'utf8'));
  const { stdout } = await cli(['encode', good, '--text', 'hello there', '--pair', 'again', '--layers', '0,4', '--logits', '--json']);
  const answer = JSON.parse(stdout);
  const n = answer.tokens.length;
  assert.deepEqual(Object.keys(answer.layers), ['0', '4']);
  assert.deepEqual([answer.layers[4].length, answer.layers[4][0].length], [n, config.hidden_size]);
  assert.equal(answer.pooled.length, config.hidden_size);
  assert.deepEqual([answer.mlm_logits.length, answer.mlm_logits[0].length], [n, config.vocab_size]);
  assert.equal(answer.nsp_logits.length, 2);
  assert.ok(answer.nsp.is_next >= 0 && answer.nsp.is_next <= 1);
  const { input_ids, token_type_ids, attention_mask } = answer;
  const lines = `${JSON.stringify({ input_ids, token_type_ids, attention_mask })}\n{"input_ids": [1, -5]}\n`;
  const again = (await cli(['encode', good, '--jsonl', '-', '--layers', '0,4'], { input: lines })).stdout.trimEnd().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual(again[0].layers, answer.layers);
  assert.equal(typeof again[1].error, 'string');
});

test('a mask written in the text is filled', async () => {
  const { stdout } = await cli(['encode', good, '--text', 'a [MASK] here', '--json', '--top', '3']);
  const { mlm, tokens } = JSON.parse(stdout);
  assert.equal(tokens[mlm[0].position], '[MASK]');
  assert.equal(mlm[0].top.length, 3);
  assert.ok(mlm[0].top[0].p >= mlm[0].top[1].p);
});

test('explain tells what a code means, and reads a pasted error', async () => {
  const { code, stdout } = await cli(['explain', 'shapes/vocab-rows']);
  assert.equal(code, 0);
  assert.match(stdout, /shapes\/vocab-rows/);
  const pasted = await cli(['explain', '-', '--json'], { input: 'Key bert/pooler/dense/kernel not found in checkpoint' });
  const report = JSON.parse(pasted.stdout);
  assert.equal(report.set, null);
  assert.equal(report.findings[0].code, 'names/pooler-missing');
});

test('the version is the one of package.json, and help names every command', async () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  assert.equal((await cli(['--version'])).stdout, `${version}\n`);
  const { code, stdout } = await cli(['--help']);
  assert.equal(code, 0);
  for (const name of ['check', 'tensors', 'tokenize', 'encode', 'explain']) assert.match(stdout, new RegExp(`bert-preflight ${name} `));
});

test('a reader that stops early is no fault', async () => {
  const child = spawn(process.execPath, [bin, 'encode', good, '--text', 'hello', '--layers', 'all', '--logits', '--json'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (piece) => (stderr += piece));
  child.stdout.once('data', () => child.stdout.destroy());
  const code = await new Promise((done) => child.on('close', done));
  assert.equal(stderr, '');
  assert.equal(code, 0);
});
