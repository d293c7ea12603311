// The command line's options: one table, from which it is read and explained.
import { BertPreflightError } from '../engine/error.js';

const kCheck = ['check'], kText = ['tokenize', 'encode'], kConvert = ['convert'];
const kAll = ['check', 'tensors', 'tokenize', 'encode', 'compare', 'convert', 'explain'];
export const commands = {
  check: { takes: 'PATH...', says: 'judge a set: a folder, an archive, or the files themselves' },
  tensors: { takes: 'PATH...', says: 'the tensor table: name, dtype, shape, bytes, where it lies, checksum' },
  tokenize: { takes: 'PATH...', says: 'tokens, ids, types and offsets of a text' },
  encode: { takes: 'PATH...', says: 'hidden states and the pooled vector; with the heads, fill-mask and next sentence' },
  compare: { takes: 'A B', says: 'what differs between two sets: config, vocabulary, names, shapes, values' },
  convert: { takes: 'PATH...', says: 'write the model as safetensors or as a TensorFlow checkpoint, with names put right' },
  explain: { takes: 'CODE', says: 'what a code means and how to fix it; "-" reads a pasted error or call from stdin' },
};

// name: [for which commands, what it takes ('' nothing; a|b one of these), what it means, may it be given again]
const kOptions = {
  consumer: [kCheck, 'ID[:MODE=VALUE,...]', 'a loader to judge for, again for more; all seven unless said', true],
  paste: [[...kCheck, 'explain'], 'TEXT', 'your call, path or error text; @FILE reads it from a file'],
  quick: [[...kCheck, 'compare'], '', 'names, shapes, config and vocabulary only; verdicts are not final'],
  'no-run': [kCheck, '', 'skip the test runs of the encoder'],
  sarif: [kCheck, '', 'SARIF 2.1.0'],
  markdown: [kCheck, '', 'Markdown'],
  html: [kCheck, '', 'one HTML page'],
  'fail-on': [kCheck, 'error|warning|never', 'what makes the exit code 1; error unless said'],
  text: [[...kCheck, ...kText], 'TEXT', 'the text; to check: one you are going to run'],
  pair: [kText, 'TEXT', 'a second text'],
  jsonl: [kText, 'FILE', 'one JSON object a line, "-" for stdin; one answer a line'],
  casing: [kText, 'auto|lower|strip|lower-strip|none', 'auto unless said: what suits the vocabulary'],
  'keep-special': [['tokenize'], '', '[MASK] and the like in the text stay whole'],
  'no-special': [kText, '', 'leave out [CLS] and [SEP]'],
  layers: [['encode'], 'last|all|N,N', 'which layers; 0 is the embedding output'],
  logits: [['encode'], '', 'the heads\' scores, too'],
  gelu: [['encode'], 'tanh|erf', 'which gelu; unless said tanh under Google\'s names, erf under Hugging Face\'s'],
  precision: [['encode'], 'f32|int8', 'of the layers\' weights; f32 unless said, int8 is faster and takes a quarter of their memory'],
  top: [['encode'], 'N', 'how many words for each mask; 5 unless said'],
  to: [kConvert, 'safetensors|tf-bundle', 'what to write: Hugging Face\'s names in safetensors, or Google\'s in a TF checkpoint'],
  'cut-rows': [kConvert, '', 'leave out rows of the word table that the vocabulary has no words for'],
  overwrite: [kConvert, '', 'replace files that are there already'],
  workers: [['check', 'encode'], 'N', 'how many threads share the set; unless said as many as pay'],
  json: [kAll, '', 'JSON'],
  lang: [['check', 'convert', 'explain'], 'en|zh', 'language of the sentences'],
  o: [kAll, 'FILE', 'write there instead of stdout, whole or not at all; convert takes the folder to write to'],
};
const kGlobal = { help: 'this text', version: 'the version' };

const bad = (sentence) => new BertPreflightError('bad-input', sentence);
const listed = (word) => Object.keys(commands).join(', ').replace(/, (?=[^,]*$)/, ` ${word} `);
const camel = (name) => name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());

function checked(name, takes, value) {
  const flag = name === 'o' ? '-o' : `--${name}`;
  if (takes === 'N') {
    if (!/^[1-9]\d{0,3}$/.test(value)) throw bad(`${flag} takes a number from 1 to 9999`);
    return Number(value);
  }
  if (name === 'layers') {
    if (value === 'last' || value === 'all') return value;
    if (!/^\d{1,6}(,\d{1,6})*$/.test(value)) throw bad('--layers takes last, all, or numbers like 0,12');
    return value.split(',').map(Number);
  }
  if (takes.includes('|') && !takes.split('|').includes(value)) throw bad(`${flag} takes ${takes.replaceAll('|', ', ')}`);
  return value;
}

/**
 * @param {string[]} argv without node and the program
 * @returns {{help: true}|{version: true}|{command: string, paths: string[], options: Object<string, any>}} option names in camel case
 */
export function readArguments(argv) {
  const words = [...argv];
  const command = words.find((word) => !word.startsWith('-'));
  if (words.includes('--help') || words.includes('-h')) return { help: true, command };
  if (words.includes('--version')) return { version: true };
  if (!command) throw bad(`say what to do: ${listed('or')}`);
  if (!Object.hasOwn(commands, command)) throw bad(`there is no command ${command}: ${listed('and')} are`);
  words.splice(words.indexOf(command), 1);

  const paths = [], options = {};
  for (let only_paths = false; words.length;) {
    const word = words.shift();
    if (word === '--' && !only_paths) {
      only_paths = true;
    } else if (only_paths || !word.startsWith('-') || word === '-') {
      paths.push(word);
    } else {
      const [, dashes, name, glued] = /^(--?)([^=]*)(?:=([\s\S]*))?$/.exec(word);
      const option = (name.length > 1) === (dashes === '--') && Object.hasOwn(kOptions, name) ? kOptions[name] : null;
      if (!option) throw bad(`there is no option ${word}; bert-preflight --help lists them`);
      const [where, takes, , again] = option;
      if (!where.includes(command)) throw bad(`${word} is not for ${command}`);
      if (!takes && glued !== undefined) throw bad(`--${name} takes no value`);
      if (takes && glued === undefined && !words.length) throw bad(`${word} takes a value: ${takes}`);
      const value = takes ? checked(name, takes, glued ?? words.shift()) : true;
      if (again) (options[camel(name)] ??= []).push(value);
      else options[camel(name)] = value;
    }
  }
  return { command, paths, options };
}

export function helpText(command) {
  const known = Object.hasOwn(commands, command ?? '') ? command : null;
  const names = known ? [known] : Object.keys(commands);
  const lines = ['bert-preflight: does this BERT checkpoint load, in which loader, why not, and how to fix it', ''];
  for (const name of names) lines.push(`  bert-preflight ${`${name} ${commands[name].takes}`.padEnd(17)} ${commands[name].says}`);
  lines.push('');
  const row = (left, right) => `  ${left.padEnd(34)} ${right}`;
  for (const [name, [where, takes, says]] of Object.entries(kOptions)) {
    if (known && !where.includes(known)) continue;
    const here = known || where.length === kAll.length ? '' : ` (${where.join(', ')})`;
    lines.push(row(`${name === 'o' ? '-o' : `--${name}`}${takes ? ` ${takes}` : ''}`, says + here));
  }
  for (const [name, says] of Object.entries(kGlobal)) lines.push(row(`--${name}`, says));
  lines.push('', 'Exit codes: 0 judged, nothing at or above --fail-on; 1 judged, something found; 2 could not judge.', '');
  return lines.join('\n');
}
