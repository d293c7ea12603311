// Answers for a terminal that are not a report: columns of text, hostile names shown harmlessly.
import { visible } from '../engine/escape.js';

// `right`: the columns that are numbers.
function columns(rows, right = []) {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => [...row[i]].length)));
  const pad = (cell, i) => (right.includes(i) ? ' '.repeat(widths[i] - [...cell].length) + cell : cell + ' '.repeat(widths[i] - [...cell].length));
  return rows.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}

const grouped = (n) => n.toLocaleString('en');

export function tensorsText(tensors) {
  const rows = tensors.map(({ name, dtype, shape, bytes, file, offset, state }) => [
    visible(name), dtype, `[${shape.join(', ')}]`, grouped(bytes), file === null ? '-' : `${visible(file.split('/').at(-1))} at ${grouped(offset)}`, state]);
  const total = tensors.reduce((sum, { bytes }) => sum + bytes, 0);
  const table = columns([['name', 'dtype', 'shape', 'bytes', 'where', 'state'], ...rows], [3]);
  return `${table}\n${grouped(tensors.length)} tensors, ${grouped(total)} bytes\n`;
}

export function tokensText({ tokens, input_ids, token_type_ids, offsets }) {
  const rows = tokens.map((token, i) => [String(i), visible(token), String(input_ids[i]), String(token_type_ids[i]), offsets[i].join('-')]);
  return columns([['', 'token', 'id', 'type', 'from-to'], ...rows], [0, 2, 3]);
}

export function encodeText({ tokens, layers, pooled, mlm, nsp }) {
  const shown = (values) => [...values.slice(0, 6)].map((x) => x.toFixed(4).padStart(8)).join(' ');
  const parts = Object.entries(layers).map(([layer, { data, shape }]) => {
    const rows = tokens.map((token, i) => [visible(token, { limit: 24 }), shown(data.subarray(i * shape[1], (i + 1) * shape[1]))]);
    return `layer ${layer}, ${shape[0]} tokens of ${shape[1]} values, the first of each:\n${columns(rows)}`;
  });
  if (pooled) parts.push(`pooled: ${shown(pooled.data)}`);
  for (const { position, top } of mlm ?? []) {
    const rows = top.map(({ token, id, p }) => [visible(token), String(id), `${(100 * p).toFixed(1)} %`]);
    parts.push(`for the mask at ${position}:\n${columns(rows, [1, 2])}`);
  }
  if (nsp) parts.push(`the second text follows the first: ${(100 * nsp.is_next).toFixed(1)} %`);
  return parts.join('\n\n');
}

export function conversionText({ files, tensors, repairs, left_out }, folder) {
  const parts = [`${grouped(tensors)} tensors, written to ${visible(folder)}:\n${columns(files.map(({ name, bytes }) => [`  ${name}`, grouped(bytes)]), [1])}`];
  if (repairs.length) parts.push(repairs.map(({ message, code }) => `${visible(message, { limit: 240 })} (${code})`).join('\n'));
  const accounted = repairs.filter(({ after }) => after === null).reduce((sum, { count }) => sum + count, 0);
  const others = left_out.length - accounted;
  if (others > 0) parts.push(`left out ${grouped(others)} ${others === 1 ? 'tensor that is' : 'tensors that are'} no part of the model, such as ${visible(left_out[0])}`);
  return `${parts.join('\n\n')}\n`;
}

export function explainText({ code, title, means, example, cause, fix, source }) {
  return `${[`${code}: ${title}`, means, example, cause, fix, source].filter(Boolean).join('\n\n')}\n`;
}
