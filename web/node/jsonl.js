// One JSON object a line in, one answer a line out, in order; a line that is wrong answers {"error"} and the rest go on.
import { createReadStream } from 'node:fs';

import { BertPreflightError } from '../engine/error.js';
import { jsonText } from '../engine/escape.js';
import { reasonOf } from './file_source.js';

/** Lines of `file` ("-": stdin), blank ones left out. */
async function* linesOf(file) {
  const input = file === '-' ? process.stdin : createReadStream(file);
  input.setEncoding('utf8');
  let rest = '';
  try {
    for await (const chunk of input) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop();
      for (const line of lines) if (line.trim()) yield line;
    }
  } catch (error) {
    throw new BertPreflightError('bad-input', `${file}: ${reasonOf(error)}`, { cause: error });
  }
  if (rest.trim()) yield rest;
}

/** @param answer (object) → Promise of what to write: text or buffers */
export async function answerLines(file, output, answer) {
  for await (const line of linesOf(file)) {
    let parts;
    try {
      parts = await answer(parseLine(line));
    } catch (error) {
      if (!(error instanceof BertPreflightError) || error.code === 'engine-failed') throw error;
      parts = [jsonText({ error: error.message })];
    }
    for (const part of parts) await output.write(part);
    await output.write('\n');
  }
}

function parseLine(line) {
  let value;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new BertPreflightError('bad-input', `this line is not JSON: ${error.message}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new BertPreflightError('bad-input', 'this line is not a JSON object');
  return value;
}
