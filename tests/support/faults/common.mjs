// What the kinds of faults share: where files and tensors of a set lie, and how to change one of them.
import { cloneSet, tensorOf } from '../bert_set.mjs';
import { elements, shardName } from '../bundle_writer.mjs';
import { DTYPES } from '../dtypes.mjs';

export const pathIn = (set, name) => (set.folder ? `${set.folder}/${name}` : name);
export const dataName = (set, shard) => pathIn(set, shardName(set.stem, shard, set.bundle.shards));
export const indexName = (set) => pathIn(set, `${set.stem}.index`);
export const weightsOf = (set) => set.tensors.filter(({ name }) => !/adam_[mv]$|global_step$/.test(name));

/** Where each tensor lies: [{name, shard, offset, end}]. */
function layoutOf(set) {
  const { align = 1, shards } = set.bundle;
  const at = new Array(shards).fill(0);
  return set.tensors
    .toSorted((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)))
    .map(({ name, dtype, shape, shard = 0 }) => {
      const offset = at[shard];
      const end = offset + elements(shape) * DTYPES[dtype].size;
      at[shard] = Math.ceil(end / align) * align;
      return { name, shard, offset, end };
    });
}

/** A data shard with tensors in it. */
export function usedShard(set, rng) {
  const layout = layoutOf(set);
  const shard = rng.pick([...new Set(layout.map((t) => t.shard))]);
  return { shard, tensors: layout.filter((t) => t.shard === shard) };
}

export function changedTensor(set, name, change) {
  const copy = cloneSet(set);
  change(tensorOf(copy, name));
  return copy;
}

export function pickWeight(set, rng, pattern = /./) {
  return rng.pick(weightsOf(set).filter(({ name }) => pattern.test(name)));
}
