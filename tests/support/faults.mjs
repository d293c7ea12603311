// Single faults, each with the code it has to raise and what else it changes for a loader. A fault takes a good set and
// gives {set, edit, paste, codes, facts}: the changed set, a change of its files, the user's call, the codes of which one must
// be among the first findings, and facts for loader_model's predict beside those the set itself tells.
import { dataName, pathIn } from './faults/common.mjs';
import { CONFIG_FAULTS } from './faults/config.mjs';
import { FILE_FAULTS } from './faults/files.mjs';
import { NAME_FAULTS } from './faults/names.mjs';
import { VOCAB_FAULTS } from './faults/vocab.mjs';
import { WEIGHT_FAULTS } from './faults/weights.mjs';

const CALL_FAULTS = {
  'call with the .index': ({ set }) => ({
    paste: `${pathIn(set, set.stem)}.index`,
    codes: ['files/index-given-as-prefix'],
    facts: { stops: ['keras-bert', 'bert4keras', 'model-garden'], empty: true },
  }),
  'call with the data file': ({ set }) => ({ paste: dataName(set, 0), codes: ['files/part-given-as-prefix'], facts: { stops: 'all' } }),
};

/** @type {Record<string, (input: {set: object, sizes: object, rng: import('./rng.mjs').Rng}) => object>} */
export const FAULTS = { ...FILE_FAULTS, ...CONFIG_FAULTS, ...NAME_FAULTS, ...VOCAB_FAULTS, ...WEIGHT_FAULTS, ...CALL_FAULTS };

/** Options of randomSet a fault asks for. */
export const FAULT_NEEDS = {
  'shard missing': { shards: 3 },
  'slices that leave a hole': { adam: false },
  'hidden_size wrong': { adam: false },
  'call with the .index': { folder: 'model' },
  'call with the data file': { folder: 'model' },
  'heads that do not divide': { folder: 'model' },
  'heads of another width': { folder: 'model' },
};
