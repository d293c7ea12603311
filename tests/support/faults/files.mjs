// Files of the weights that are missing, cut, changed, renamed or something else.
import { setFiles, trainedValues } from '../bert_set.mjs';
import { elements, shardName } from '../bundle_writer.mjs';
import { LOADERS } from '../loader_model.mjs';
import { utf8 } from '../proto_writer.mjs';
import { changedTensor, dataName, indexName, pathIn, pickWeight, usedShard } from './common.mjs';

const LFS = utf8(`version https://git-lfs.github.com/spec/v1\noid sha256:${'4d7a214614ab2935'.repeat(4)}\nsize 440425712\n`);
const PAGE = utf8('<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head><body>not here</body></html>\n');

const replaced = (files, path, bytes) => ({ ...files, [path]: bytes });
const without = (files, ...paths) => Object.fromEntries(Object.entries(files).filter(([path]) => !paths.includes(path)));
const renamed = (files, from, to) => Object.fromEntries(Object.entries(files).map(([path, bytes]) => [path === from ? to : path, bytes]));
function flipped(bytes, at, bit) {
  const copy = bytes.slice();
  copy[at] ^= 1 << bit;
  return copy;
}

export const FILE_FAULTS = {
  'data file cut': ({ set, rng }) => {
    const { shard, tensors } = usedShard(set, rng);
    const kept = rng.int(0, tensors.length - 1);
    const cut = rng.int(kept ? tensors[kept - 1].end : 0, tensors[kept].end - 1);
    return {
      codes: ['bundle/truncated-data'],
      edit: (all) => replaced(all, dataName(set, shard), all[dataName(set, shard)].subarray(0, cut)),
      facts: { unreadable: new Set(tensors.filter((t) => t.end > cut).map((t) => t.name)) },
    };
  },
  'one bit of the data flipped': ({ set, rng }) => {
    const { shard, tensors } = usedShard(set, rng);
    const hit = rng.pick(tensors);
    return {
      codes: ['bundle/checksum-mismatch'],
      edit: (all) =>
        replaced(all, dataName(set, shard), flipped(all[dataName(set, shard)], rng.int(hit.offset, hit.end - 1), rng.int(0, 7))),
      facts: { unreadable: new Set([hit.name]) },
    };
  },
  'data of another save': ({ set, rng }) => {
    const other = {
      ...set,
      tensors: set.tensors.map((t) => ({ ...t, values: t.dtype === 'int64' ? [7] : trainedValues('kernel', t.shape, rng) })),
    };
    return {
      codes: ['bundle/mixed-pair'],
      edit: (all) => ({ ...all, ...Object.fromEntries(Object.entries(setFiles(other)).filter(([path]) => path.includes('.data-'))) }),
      facts: { stops: 'all' },
    };
  },
  'entry of the wrong size': ({ set, rng }) => {
    const { name } = pickWeight(set, rng);
    const lying = changedTensor(set, name, (t) => (t.entry = { size: elements(t.shape) * 4 + rng.pick([-4, 4, 1, 400]) }));
    return { set: lying, codes: ['bundle/entry-size'], facts: { unreadable: new Set([name]) } };
  },
  'index missing': ({ set }) => ({ codes: ['files/index-missing'], edit: (all) => without(all, indexName(set)), facts: { stops: 'all' } }),
  'index under 48 bytes': ({ set, rng }) => {
    const size = rng.int(0, 47);
    return {
      codes: ['bundle/index-too-short'],
      edit: (all) => replaced(all, indexName(set), all[indexName(set)].subarray(0, size)),
      facts: { stops: 'all' },
    };
  },
  'index cut': ({ set, rng }) => ({
    codes: ['bundle/index-damaged'],
    edit: (all) => replaced(all, indexName(set), all[indexName(set)].subarray(0, rng.int(48, all[indexName(set)].length - 1))),
    facts: { stops: 'all' },
  }),
  'one bit of the index flipped': ({ set, rng }) => ({
    codes: ['bundle/index-damaged'],
    edit: (all) =>
      replaced(all, indexName(set), flipped(all[indexName(set)], rng.int(0, Math.floor(all[indexName(set)].length / 2)), rng.int(0, 7))),
    facts: { stops: 'all' },
  }),
  'header of a newer version': ({ set, rng }) => ({
    set: {
      ...set,
      bundle: { ...set.bundle, header: rng.pick([{ minConsumer: 2, producer: 2 }, { badConsumers: [1] }, { producer: -1 }]) },
    },
    codes: ['bundle/newer-version'],
    facts: { stops: 'all' },
  }),
  'LFS pointer for the data or the index': ({ set, rng }) => {
    const path = set.bundle.shards === 1 && rng.chance(0.6) ? dataName(set, 0) : indexName(set);
    return { codes: ['files/lfs-pointer'], edit: (all) => replaced(all, path, LFS), facts: { stops: 'all' } };
  },
  'LFS pointer for the config': ({ set }) => ({
    codes: ['files/lfs-pointer'],
    edit: (all) => replaced(all, pathIn(set, 'bert_config.json'), LFS),
    facts: { config: null },
  }),
  'LFS pointer or web page for the vocabulary': ({ set, rng }) => {
    const [code, bytes] = rng.pick([
      ['files/lfs-pointer', LFS],
      ['files/web-page', PAGE],
    ]);
    const others = LOADERS.filter((id) => id !== 'hf-convert');
    return {
      codes: [code],
      edit: (all) => replaced(all, pathIn(set, 'vocab.txt'), bytes),
      facts: { stops: others, wrong: ['hf-convert'] },
    };
  },
  'web page for the data or the index': ({ set, rng }) => {
    const path = set.bundle.shards === 1 && rng.chance(0.6) ? dataName(set, 0) : indexName(set);
    const page = rng.pick([
      PAGE,
      utf8('\n  <HTML><body>Sign in</body></HTML>'),
      utf8('<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>'),
    ]);
    return { codes: ['files/web-page'], edit: (all) => replaced(all, path, page), facts: { stops: 'all' } };
  },
  'web page for the config': ({ set }) => ({
    codes: ['files/web-page'],
    edit: (all) => replaced(all, pathIn(set, 'bert_config.json'), PAGE),
    facts: { config: null },
  }),
  'shard missing': ({ set, rng }) => {
    const { shard, tensors } = usedShard(set, rng);
    return {
      codes: ['files/data-shard-missing'],
      edit: (all) => without(all, dataName(set, shard)),
      facts: { unreadable: new Set(tensors.map((t) => t.name)) },
    };
  },
  'data file renamed': ({ set, rng }) => {
    const { shard } = usedShard(set, rng);
    const name = shardName(rng.pick(['model', 'best.ckpt', `${set.stem}2`]), shard, set.bundle.shards);
    return { codes: ['files/renamed-part'], edit: (all) => renamed(all, dataName(set, shard), pathIn(set, name)), facts: { stops: 'all' } };
  },
  'file saved twice by a browser': ({ set, rng }) => {
    const from = rng.chance(0.5) ? indexName(set) : dataName(set, usedShard(set, rng).shard);
    const dot = from.lastIndexOf('.');
    return {
      codes: ['files/renamed-part'],
      edit: (all) => renamed(all, from, `${from.slice(0, dot)} (1)${from.slice(dot)}`),
      facts: { stops: 'all' },
    };
  },
  'shards named with another count': ({ set }) => ({
    codes: ['bundle/shard-count'],
    edit: (all) =>
      Object.fromEntries(
        Object.entries(all).map(([path, bytes]) => [
          path.replace(/-of-(\d{5})$/, (_, count) => `-of-${String(Number(count) + 1).padStart(5, '0')}`),
          bytes,
        ]),
      ),
    facts: { stops: 'all' },
  }),
  'unfinished save': ({ set, rng }) => ({
    codes: ['files/unfinished-save'],
    edit: (all) =>
      Object.fromEntries(
        Object.entries(all).map(([path, bytes]) => [
          path.startsWith(`${pathIn(set, set.stem)}.`) && !path.endsWith('.meta') ? `${path}.tempstate${1e15 + rng.int(0, 1e9)}` : path,
          bytes,
        ]),
      ),
    facts: { stops: 'all' },
  }),
  'brackets in the folder': ({ set }) => ({
    set: { ...set, folder: 'bert[1]' },
    codes: ['files/glob-characters'],
    facts: { stops: 'all' },
  }),
  'no config': ({ set }) => ({ codes: ['files/config-missing'], set: { ...set, config: null }, facts: { config: null } }),
  'slices that leave a hole': ({ set }) => {
    const name = 'bert/embeddings/word_embeddings';
    const cut = changedTensor(set, name, (t) => {
      const [rows, width] = t.shape;
      t.slices = [
        [
          [0, 100],
          [0, width],
        ],
        [
          [110, rows - 110],
          [0, width],
        ],
      ];
    });
    return { set: cut, codes: ['bundle/partitioned'], facts: { stops: 'all' } };
  },
};
