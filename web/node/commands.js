// What each command of the command line does; resolves to the exit code.
import { readFile } from 'node:fs/promises';

import { BertPreflightError } from '../engine/error.js';
import { jsonText, visible } from '../engine/escape.js';
import { formatReport } from '../engine/formats/index.js';
import { explainCode } from '../engine/words.js';
import { compareSets, explain, open } from './index.js';
import { reasonOf } from './file_source.js';
import { answerLines } from './jsonl.js';
import { arrayText } from './number_text.js';
import { openOutput } from './output.js';
import { progressLine } from './progress.js';
import { compareText, conversionText, encodeText, explainText, tensorsText, tokensText } from './tables.js';
import { version } from './version.js';

const bad = (sentence) => new BertPreflightError('bad-input', sentence);

export async function runCommand({ command, paths, options }) {
  if (command === 'explain') return explainIt(paths, options);
  if (!paths.length) throw bad(`${command} takes a folder or files`);
  if (paths.includes('-')) throw bad('"-" is not a path: a set is more than one file, so it cannot come through a pipe');
  return kCommands[command](paths, options);
}

const kCommands = {
  async check(paths, options) {
    const kinds = ['json', 'sarif', 'markdown', 'html'].filter((kind) => options[kind]);
    if (kinds.length > 1) throw bad(`--${kinds[0]} and --${kinds[1]} cannot both be written`);
    const paste = await pasteText(options.paste);
    return withSet(paths, { workers: 1, ...options }, async (set, progress) => {  // more pay only where something is encoded
      const report = await set.check({ paste, text: options.text, quick: options.quick, run: !options.noRun, onProgress: progress.show });
      progress.clear();
      await written(options, async (output) => output.write(await document(report, kinds[0], options, output)));
      return exitCode(report, options.failOn ?? 'error');
    });
  },

  async tensors(paths, options) {
    return withSet(paths, { workers: 1, ...options }, async (set, progress) => {
      await set.check({ run: false, onProgress: progress.show });
      progress.clear();
      if (!set.tensors.length) throw new BertPreflightError('not-possible', 'no tensors could be read from these files; check says why');
      await written(options, (output) => output.write(options.json ? `${jsonText(set.tensors)}\n` : tensorsText(set.tensors)));
      return 0;
    });
  },

  async tokenize(paths, options) {
    const settings = { casing: options.casing, keep_special: options.keepSpecial, special: !options.noSpecial };
    return withText(paths, options, async (set, { text, pair }) => {
      const { tokens, input_ids, token_type_ids, attention_mask, offsets } = await set.tokenize(text, pair, settings);
      const answer = { tokens, input_ids, token_type_ids, attention_mask, offsets };
      return options.json || options.jsonl ? [jsonText(answer)] : [tokensText(answer)];
    });
  },

  async encode(paths, options) {
    const settings = { casing: options.casing, special: !options.noSpecial, layers: options.layers, logits: options.logits, top: options.top, gelu: options.gelu };
    return withText(paths, options, async (set, input, progress) => {
      const asked = input.input_ids === undefined ? [input.text, input.pair] : [input, undefined];
      const answer = await set.encode(...asked, { ...settings, onProgress: progress.show });
      progress.clear();
      return options.json || options.jsonl ? encodeJson(answer) : [encodeText(answer)];
    });
  },

  // Exit code 1: the set cannot be converted as it is.
  async convert(paths, options) {
    if (!options.to) throw bad('say --to safetensors or --to tf-bundle');
    if (!options.o) throw bad('say -o FOLDER, where to write to');
    return withSet(paths, options, async (set, progress) => {
      const { to, o: into, cutRows, overwrite } = options;
      const stopped = new AbortController();
      process.once('SIGINT', () => stopped.abort());  // half-written files are put away
      try {
        const result = await set.convert({ to, into, cutRows, overwrite, signal: stopped.signal, onProgress: progress.show });
        progress.clear();
        await written({}, (output) => output.write(options.json ? `${jsonText(result)}\n` : conversionText(result, into)));
        return 0;
      } catch (error) {
        if (error?.code !== 'not-possible') throw error;
        progress.clear();
        if (options.json) await written({}, (output) => output.write(`${jsonText({ to, error: error.message, findings: error.findings })}\n`));
        else process.stderr.write(`bert-preflight: ${visible(error.message, { limit: 400 })}\n`);
        return 1;
      }
    });
  },

  // 0: the same, 1: something differs.
  async compare(paths, options) {
    if (paths.length !== 2) throw bad('compare takes two sets: a folder, an archive or the index of each');
    const progress = progressLine();
    const result = await compareSets(...paths, { values: !options.quick, onProgress: progress.show }).finally(() => progress.clear());
    await written(options, (output) => output.write(options.json ? `${jsonText(result)}\n` : compareText(result)));
    const { differs, shape, only_a, only_b } = result.tensors.counts;
    return differs + shape + only_a + only_b + (result.config?.rows.length ?? 0) + (result.vocab?.differ ?? 0) ? 1 : 0;
  },
};

async function withSet(paths, options, work) {
  const progress = progressLine();
  const onSkipped = (sentence) => process.stderr.write(`left out ${visible(sentence)}\n`);
  const { consumer: consumers, lang, gelu, precision, workers } = options;
  const set = await open(paths, { consumers, lang, gelu, precision, workers, onProgress: progress.show, onSkipped });
  try {
    return await work(set, progress);
  } finally {
    progress.clear();
    set.close();
  }
}

// Of --text, or of each line of --jsonl.
async function withText(paths, options, answer) {
  if ((options.text === undefined) === (options.jsonl === undefined)) throw bad('say --text TEXT or --jsonl FILE');
  if (options.pair !== undefined && options.text === undefined) throw bad('--pair needs --text');
  return withSet(paths, options, async (set, progress) => {
    await written(options, async (output) => {
      if (options.jsonl !== undefined) return answerLines(options.jsonl, output, (line) => answer(set, line, progress));
      for (const part of await answer(set, options, progress)) await output.write(part);
      return output.write('\n');
    });
    return 0;
  });
}

async function written({ o }, write) {
  const output = await openOutput(o);
  try {
    await write(output);
  } catch (error) {
    await output.discard();
    throw error;
  }
  await output.finish();
}

async function pasteText(given) {
  if (given === undefined || !given.startsWith('@')) return given;
  try {
    return await readFile(given.slice(1), 'utf8');
  } catch (error) {
    throw bad(`${given.slice(1)}: ${reasonOf(error)}`);
  }
}

async function document(report, kind, { lang }, output) {
  const colour = output.terminal && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
  return `${formatReport(kind ?? 'text', report, lang, { colour, version: await version() }).replace(/\n+$/, '')}\n`;
}

function exitCode(report, fail_on) {
  const counts = { error: ['error'], warning: ['error', 'warning'], never: [] }[fail_on];
  return report.findings.some(({ severity }) => counts.includes(severity)) ? 1 : 0;
}

async function stdinText() {
  const chunks = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

async function explainIt(words, options) {
  if (words.length !== 1 && options.paste === undefined) throw bad('explain takes a code such as shapes/vocab-rows, or - for a text on stdin');
  const pasted = options.paste !== undefined ? await pasteText(options.paste) : words[0] === '-' ? await stdinText() : undefined;
  if (pasted !== undefined) {
    const report = await explain(pasted, { lang: options.lang });
    await written(options, async (output) => output.write(await document(report, options.json ? 'json' : undefined, options, output)));
    return 0;
  }
  const entry = explainCode(words[0], options.lang);
  if (!entry) throw bad(`there is no code ${words[0]}`);
  await written(options, (output) => output.write(options.json ? `${jsonText(entry)}\n` : explainText(entry)));
  return 0;
}

// Long arrays never pass through one string.
function* encodeJson({ tokens, input_ids, token_type_ids, attention_mask, precision, layers, pooled, mlm, nsp, mlm_logits, nsp_logits }) {
  yield jsonText({ tokens, input_ids, token_type_ids, attention_mask, precision }).slice(0, -1);
  yield ',"layers":{';
  for (const [i, [layer, matrix]] of Object.entries(layers).entries()) {
    yield `${i ? ',' : ''}"${layer}":`;
    yield* arrayText(matrix);
  }
  yield '},"pooled":';
  if (pooled) yield* arrayText(pooled);
  else yield 'null';
  yield `,"mlm":${jsonText(mlm)},"nsp":${jsonText(nsp)}`;
  for (const [name, matrix] of Object.entries({ mlm_logits, nsp_logits })) {
    if (!matrix) continue;
    yield `,"${name}":`;
    yield* arrayText(matrix);
  }
  yield '}';
}
