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

export function encodeText({ tokens, precision, layers, pooled, mlm, nsp }) {
  const shown = (values) => [...values.slice(0, 6)].map((x) => x.toFixed(4).padStart(8)).join(' ');
  const parts = Object.entries(layers).map(([layer, { data, shape }]) => {
    const rows = tokens.map((token, i) => [visible(token, { limit: 24 }), shown(data.subarray(i * shape[1], (i + 1) * shape[1]))]);
    return `layer ${layer}, ${shape[0]} tokens of ${shape[1]} values, the first of each:\n${columns(rows)}`;
  });
  if (precision === 'int8') parts.unshift('the layers ran in int8: the numbers are near those of float32, not the same');
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

const kShown = 20;  // rows of a kind

function some(rows, line) {
  const lines = rows.slice(0, kShown).map((row) => `  ${line(row)}`);
  return rows.length > kShown ? [...lines, `  and ${grouped(rows.length - kShown)} more`] : lines;
}

export function compareText({ a, b, config, vocab, tensors }) {
  const { counts, pairs, only_a, only_b } = tensors;
  const side = ({ tensors: count, bytes }) => `${grouped(count)} tensors, ${grouped(bytes)} bytes`;
  const out = [`A: ${side(a)}`, `B: ${side(b)}`, ''];
  const say = (n, words) => n && out.push(`${grouped(n)} ${words}`);
  say(counts.equal, 'equal');
  say(counts.differs, 'with other values');
  const differing = pairs.filter(({ state }) => state === 'differs').sort((one, other) => (other.largest ?? 0) - (one.largest ?? 0));
  out.push(...some(differing, ({ name, differ, largest, not_finite }) =>
    `${visible(name)}: ${grouped(differ)} values, by at most ${largest}${not_finite ? `, ${grouped(not_finite)} of them not finite` : ''}`));
  say(counts.shape, 'of another shape');
  out.push(...some(pairs.filter(({ state }) => state === 'shape'), ({ name, shape }) => `${visible(name)}: [${shape[0].join(', ')}] and [${shape[1].join(', ')}]`));
  say(counts.not_compared, 'whose values were not compared');
  say(counts.only_a, 'only in A');
  out.push(...some(only_a, ({ name }) => visible(name)));
  say(counts.only_b, 'only in B');
  out.push(...some(only_b, ({ name }) => visible(name)));
  out.push('', config ? `config: ${grouped(config.same)} keys the same, ${grouped(config.rows.length)} not` : 'config: not in both');
  const value = (one) => (one ? visible(JSON.stringify(one.value), { limit: 100 }) : 'absent');
  out.push(...some(config?.rows ?? [], (row) => `${visible(row.key)}: ${value(row.a)} and ${value(row.b)}`));
  out.push(vocab ? `vocabulary: ${grouped(vocab.same)} lines the same, ${grouped(vocab.differ)} not` : 'vocabulary: not in both');
  out.push(...some(vocab?.rows ?? [], (row) => `line ${row.line}: ${visible(row.a ?? 'absent')} and ${visible(row.b ?? 'absent')}`));
  return `${out.join('\n')}\n`;
}

export function explainText({ code, title, means, example, cause, fix, source }) {
  return `${[`${code}: ${title}`, means, example, cause, fix, source].filter(Boolean).join('\n\n')}\n`;
}
