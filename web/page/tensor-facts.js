// What the table and the picture both ask of tensors: faults, spread, groups by layer, and the whole as CSV.
import { plainText } from './plain-text.js';

export const atFault = (tensor) =>
  ['checksum-mismatch', 'cut', 'no-file'].includes(tensor.state) || (tensor.stats ? tensor.stats.nan + tensor.stats.inf > 0 : false);
export const spread = (tensor) => (tensor.stats && tensor.stats.count ? Math.sqrt(tensor.stats.variance) : null);

// "bert/encoder/layer_3/" and "bert.encoder.layer.3." are a group a layer; else the first two parts, or the first of two.
export function groupOf(name) {
  const layer = /^(.*?\blayers?[_./]\d+)[/.]/.exec(name);
  if (layer) return layer[1];
  const parts = name.split(/[/.]/);
  const keep = parts.length > 2 ? (parts[0] === 'cls' ? 1 : 2) : parts.length - 1;
  return keep > 0
    ? name
        .split(/(?=[/.])/)
        .slice(0, keep)
        .join('')
    : '';
}

const kLayer = /^(.*\blayers?[_./])(\d+)$/;
export const natural = new Intl.Collator('en', { numeric: true });

// Groups in order of name; a run of two or more layers becomes one group of groups.
export function grouped(tensors) {
  const groups = new Map();
  for (const tensor of tensors) {
    const key = groupOf(tensor.name);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(tensor);
  }
  const sorted = [...groups].sort(([a], [b]) => natural.compare(a, b)).map(([name, members]) => ({ name, tensors: members, groups: [] }));
  const folded = [];
  for (const group of sorted) {
    const stem = kLayer.exec(group.name)?.[1];
    const last = folded.at(-1);
    if (stem && last?.stem === stem) last.groups.push(group);
    else folded.push(stem ? { stem, name: '', tensors: [], groups: [group] } : group);
  }
  return folded.map((group) => {
    if (!group.stem) return group;
    if (group.groups.length === 1) return group.groups[0];
    const numbers = group.groups.map((inner) => kLayer.exec(inner.name)[2]);
    return {
      name: `${group.stem}{${numbers[0]}…${numbers.at(-1)}}`,
      groups: group.groups,
      tensors: group.groups.flatMap((inner) => inner.tensors),
    };
  });
}

// For spreadsheets: a name that could be read as a formula gets an apostrophe before it.
export function csv(tensors) {
  const cell = (value) => {
    const text = String(value ?? '').replace(/^[=+\-@\t\r]/, "'$&");
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = tensors.map((tensor) =>
    [
      plainText(tensor.name, 4000),
      tensor.dtype,
      tensor.shape.join(' x '),
      tensor.bytes,
      tensor.file,
      tensor.offset,
      tensor.state,
      tensor.stats?.mean,
      tensor.std,
      tensor.stats?.smallest,
      tensor.stats?.largest,
    ]
      .map(cell)
      .join(','),
  );
  return `${['name', 'dtype', 'shape', 'bytes', 'file', 'offset', 'state', 'mean', 'std', 'smallest', 'largest'].join(',')}\n${lines.join('\n')}\n`;
}
