// Random good sets of many kinds: sizes, file names, shards, blocks of the index, slots, .meta, forms of the vocabulary.
import { bertSet } from './bert_set.mjs';

const STEMS = ['bert_model.ckpt', 'bert_model.ckpt', 'model.ckpt-1200', 'model.ckpt', 'bert', 'weights-v2.ckpt', 'step_000020'];
const FOLDERS = ['', 'model', 'my model', 'out/run-3', 'sprache-größe', '中文模型'];

/** Names of the parts of the head a set may lack. */
export const HEADS = { pooler: true, mlm: true, nsp: true };

/**
 * @param {import('./rng.mjs').Rng} rng
 * @param {object} fixed  options of bertSet that are not to be drawn
 */
export function randomSet(rng, fixed = {}) {
  const A = rng.pick([1, 1, 2, 3]);
  const H = 64 * A;
  const L = rng.chance(0.08) ? rng.int(10, 13) : rng.int(2, 4);
  const V = rng.int(250, 700);
  const sizes = { V, H, L, A, I: rng.chance(0.7) ? 4 * H : H + 16 * rng.int(1, 9), P: rng.int(24, 160), T: 2, ...fixed.sizes };
  const cased = rng.chance(0.3);
  const table = rng.pick([
    {},
    {},
    { blockSize: rng.int(400, 3000) },
    { snappy: true },
    { blockSize: 1500, snappy: true },
    { restartInterval: rng.int(1, 40) },
  ]);
  const set = bertSet({
    seed: rng.int(1, 2 ** 31),
    cased,
    unused: rng.int(0, 20),
    stem: rng.pick(STEMS),
    shards: rng.pick([1, 1, 1, 2, 3, 5]),
    folder: rng.chance(0.5) ? undefined : rng.pick(FOLDERS),
    lines: rng.chance(0.8) ? V : V - rng.int(1, 8),
    adam: rng.chance(0.25),
    meta: rng.chance(0.4),
    checkpoint: rng.chance(0.4),
    table,
    ...fixed,
    sizes,
  });
  if (rng.chance(0.2)) set.bundle.align = rng.pick([8, 64]);
  if (rng.chance(0.2)) set.config = { ...set.config, directionality: 'bidi', pooler_fc_size: 768, pooler_type: 'first_token_transform' };
  return { set, sizes };
}
