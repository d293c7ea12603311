// Two sets side by side: config keys, lines of the vocabularies, and tensors by name, shape and value. A difference is no fault.
import { BertPreflightError, stopIfAborted } from './error.js';
import { breathe, throttled } from './pacing.js';
import { readStrided, readValues, runsOf } from './tensor_values.js';

const kPiece = 1 << 20;           // elements of each set held at a time
const kMostTurned = 1 << 25;      // elements of a tensor that is held whole: the other set keeps it transposed, or it has strides
const kMostText = 32 << 20;       // bytes of a config or vocabulary
const kMostLines = 200;           // of a vocabulary that are listed

/**
 * @typedef {{name: string, other: string|null, dtype: string[], shape: number[][], state: 'equal'|'differs'|'shape'|'not-compared',
 *   transposed: boolean, differ: number|null, largest: number|null, at: number|null, not_finite: number|null}} TensorPair
 * `other`: its name in B where that is another. `differ`: values that are not the same; `largest`: the largest difference of two finite
 * ones, `at`: which element of A that is; `not_finite`: pairs that differ and of which one is not finite.
 */

/**
 * @param a, b sets as openSet gives them
 * @param {{values?: boolean, signal?: AbortSignal, onProgress?: (step: object) => void}} options values: false compares names and shapes only
 * @returns {Promise<{a: object, b: object, config: object, vocab: object, tensors: {pairs: TensorPair[], only_a: object[], only_b: object[], counts: object}}>}
 */
export async function compareSets(a, b, { values = true, signal, onProgress } = {}) {
  const { matched, only_a, only_b } = matchTensors(a.tensors, b.tensors);
  const progress = throttled(onProgress);
  const total = values ? matched.reduce((sum, [one, other]) => sum + (sameValuesShape(one, other) ? one.bytes + other.bytes : 0), 0) : 0;
  let done = 0;
  const pairs = [];
  for (const [one, other] of matched) {
    const pair = describe(one, other);
    if (values && pair.state === 'not-compared') {
      const step = (bytes) => progress({ phase: 'compare', bytesDone: (done += bytes), bytesTotal: total, tensor: one.name });
      await compareValues(pair, { set: a, tensor: one }, { set: b, tensor: other }, step, signal);
    }
    pairs.push(pair);
  }
  const count = (state) => pairs.filter((pair) => pair.state === state).length;
  return {
    a: summary(a),
    b: summary(b),
    config: await compareConfigs(a, b),
    vocab: await compareVocabs(a, b),
    tensors: {
      pairs,
      only_a: only_a.map(named),
      only_b: only_b.map(named),
      counts: {
        equal: count('equal'), differs: count('differs'), shape: count('shape'), not_compared: count('not-compared'),
        only_a: only_a.length, only_b: only_b.length,
      },
    },
  };
}

const named = ({ name, dtype, shape }) => ({ name, dtype, shape });
const elements = (shape) => shape.reduce((product, dim) => product * dim, 1);
const same = (one, other) => one.length === other.length && one.every((dim, i) => dim === other[i]);

function summary({ files, tensors }) {
  return { files: files.map(({ path, size, role }) => ({ path, size, role })), tensors: tensors.length, bytes: tensors.reduce((sum, { bytes }) => sum + bytes, 0) };
}

// By name; what has none on the other side by its place in the model, if that is the place of one alone.
function matchTensors(a, b) {
  const by_name = new Map(b.map((tensor) => [tensor.name, tensor]));
  const taken = new Set();
  const matched = [], rest = [];
  for (const tensor of a) {
    const other = by_name.get(tensor.name);
    if (other && !taken.has(other)) {
      taken.add(other);
      matched.push([tensor, other]);
    } else {
      rest.push(tensor);
    }
  }
  const left = b.filter((tensor) => !taken.has(tensor));
  const places_a = byPlace(rest), places_b = byPlace(left);
  const only_a = [], found = new Set();
  for (const tensor of rest) {
    const place = placeOf(tensor);
    const other = places_a.get(place)?.length === 1 && places_b.get(place)?.length === 1 ? places_b.get(place)[0] : null;
    if (!other) {
      only_a.push(tensor);
      continue;
    }
    found.add(other);
    matched.push([tensor, other]);
  }
  return { matched, only_a, only_b: left.filter((tensor) => !found.has(tensor)) };
}

const placeOf = ({ role, layer }) => (role ? `${layer} ${role}` : null);

function byPlace(tensors) {
  const places = new Map();
  for (const tensor of tensors) {
    const place = placeOf(tensor);
    if (place !== null) places.set(place, [...(places.get(place) ?? []), tensor]);
  }
  return places;
}

// Google's kernels are [in, out], the weights of Hugging Face's linear layers [out, in].
const kKernel = /[./]kernel$/, kWeight = /[./]weight$/;
function isTurned(one, other) {
  const two_ways = (kKernel.test(one.name) && kWeight.test(other.name)) || (kWeight.test(one.name) && kKernel.test(other.name));
  return two_ways && one.shape.length === 2 && same(one.shape, [...other.shape].reverse());
}

const sameValuesShape = (one, other) => same(one.shape, other.shape) || isTurned(one, other);

function describe(one, other) {
  return {
    name: one.name, other: other.name === one.name ? null : other.name, dtype: [one.dtype, other.dtype], shape: [one.shape, other.shape],
    state: sameValuesShape(one, other) ? 'not-compared' : 'shape', transposed: isTurned(one, other),
    differ: null, largest: null, at: null, not_finite: null,
  };
}

async function compareValues(pair, left, right, step, signal) {
  const sides = [left, right].map(({ set, tensor }) => {
    const layout = set.layout(set.tensors.indexOf(tensor));
    const runs = runsOf(tensor, layout);
    const read = (file, offset, length) => readWhole(set, file, offset, length);
    if (!runs || (layout.strides.length && Math.max(runs[0].count, elements(tensor.shape)) > kMostTurned)) return null;
    let whole = null;
    return {
      item: layout.item,
      async read(first, count) {
        if (!layout.strides.length) return readValues(tensor, layout, runs, first, count, read);
        whole ??= await readStrided(tensor, layout, runs, read);
        return whole.subarray(first, first + count);
      },
    };
  });
  const count = elements(left.tensor.shape);
  if (!sides[0] || !sides[1] || (pair.transposed && count > kMostTurned)) return;
  const seen = { differ: 0, largest: 0, at: null, not_finite: 0 };
  const turned = pair.transposed ? await sides[1].read(0, count) : null;
  const [rows, width] = pair.transposed ? left.tensor.shape : [1, count];
  for (let first = 0; first < count; first += kPiece) {
    const size = Math.min(kPiece, count - first);
    const x = await sides[0].read(first, size);
    const y = turned ? null : await sides[1].read(first, size);
    stopIfAborted(signal);
    for (let i = 0; i < size; i += 1) {
      const at = first + i;
      note(seen, x[i], turned ? turned[(at % width) * rows + Math.floor(at / width)] : y[i], at);
    }
    step(size * (sides[0].item + sides[1].item));
    await breathe();
  }
  Object.assign(pair, seen, { state: seen.differ ? 'differs' : 'equal' });
}

function note(seen, x, y, at) {
  if (x === y || (x !== x && y !== y)) return;
  seen.differ += 1;
  const difference = Math.abs(x - y);
  if (!Number.isFinite(difference)) {
    seen.not_finite += 1;
  } else if (difference > seen.largest) {
    seen.largest = difference;
    seen.at = at;
  }
}

async function readWhole(set, file, offset, length) {
  const { path } = set.files[file];
  const bytes = await set.excerpt({ file: path, offset, length });
  if (bytes.length !== length) throw new BertPreflightError('read-failed', `${path} is shorter than its tensors say`);
  return bytes;
}

async function textOf(set, role) {
  const file = set.files.find((entry) => entry.role === role);
  if (!file || file.size > kMostText) return null;
  return new TextDecoder().decode(await set.excerpt({ file: file.path, offset: 0, length: file.size }));
}

// Config keys that differ; null on a side that has none. `null`: a side has no config that can be read.
async function compareConfigs(a, b) {
  const [one, other] = [await textOf(a, 'config'), await textOf(b, 'config')].map(parsedObject);
  if (!one || !other) return null;
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])].sort();
  const value = (config, key) => (Object.hasOwn(config, key) ? { value: config[key] } : null);
  const rows = keys.map((key) => ({ key, a: value(one, key), b: value(other, key) })).filter((row) => stable(row.a) !== stable(row.b));
  return { same: keys.length - rows.length, rows };
}

function parsedObject(text) {
  try {
    const value = JSON.parse(text);
    return value && typeof value === 'object' && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

// The same text for the same value, in whatever order its keys come.
function stable(value) {
  return JSON.stringify(value, (_, inner) =>
    inner && typeof inner === 'object' && !Array.isArray(inner) ? Object.fromEntries(Object.entries(inner).sort(([x], [y]) => (x < y ? -1 : 1))) : inner);
}

async function compareVocabs(a, b) {
  const [one, other] = [await textOf(a, 'vocabulary'), await textOf(b, 'vocabulary')].map((text) => text?.replace(/\r?\n$/, '').split(/\r?\n/));
  if (!one || !other) return null;
  const in_a = new Set(one), in_b = new Set(other);
  const rows = [];
  let same_lines = 0;
  for (let i = 0; i < Math.max(one.length, other.length); i += 1) {
    if (one[i] === other[i]) same_lines += 1;
    else if (rows.length < kMostLines) rows.push({ line: i + 1, a: one[i] ?? null, b: other[i] ?? null });
  }
  return {
    lines: [one.length, other.length],
    same: same_lines,
    differ: Math.max(one.length, other.length) - same_lines,
    only_a: [...in_a].filter((word) => !in_b.has(word)).length,
    only_b: [...in_b].filter((word) => !in_a.has(word)).length,
    rows,
  };
}
