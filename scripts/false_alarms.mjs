#!/usr/bin/env node
// How often the engine cries wolf, and how often it names a fault: 200 random good sets, of which none may get an
// error or a warning, then 500 random single faults on such sets. A fault is named right if its code is among the
// first three findings and every loader's verdict is that of tests/support/loader_model.mjs, which judges from the
// rules of the loaders alone. At least 98 % have to be.
//   node scripts/false_alarms.mjs [--seed=N] [--good=200] [--faults=500] [--only=SUBSTRING]
// One good set in five is also run: its weights are random, but no test sentence is in the words of its vocabulary, so
// the probes of meaning have nothing to say; those of hidden values have, and must find nothing.
import { HEADS, randomSet } from '../tests/support/random_sets.mjs';
import { setFiles } from '../tests/support/bert_set.mjs';
import { judge } from '../tests/support/engine.mjs';
import { FAULT_NEEDS, FAULTS } from '../tests/support/faults.mjs';
import { predict, usersOf } from '../tests/support/loader_model.mjs';
import { Rng } from '../tests/support/rng.mjs';

const NEEDED_SHARE = 0.98;
const RUN_EVERY = 5;
const option = (name, fallback) => process.argv.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3) ?? fallback;
const seed = Number(option('seed', 20190621));
const only = option('only', '');

// Some sets are right only for loaders that do not ask for what they lack.
const KINDS_OF_GOOD = [
  { share: 0.6, options: {}, consumers: undefined },
  {
    share: 0.15,
    options: { mlm: false, nsp: false },
    consumers: ['keras-bert', 'bert4keras', 'google-bert', 'model-garden', 'bert-for-tf2'],
  },
  { share: 0.1, options: { mlm: false, nsp: false, pooler: false }, consumers: ['keras-bert', 'bert4keras', 'bert-for-tf2'] },
  { share: 0.1, options: { dtype: 'float16' }, consumers: ['keras-bert', 'bert4keras', 'hf-convert', 'bert-for-tf2'] },
  { share: 0.05, options: { dtype: 'bfloat16' }, consumers: ['keras-bert', 'bert4keras', 'bert-for-tf2'] },
];

function kindOfGood(rng) {
  let left = rng.uniform();
  return KINDS_OF_GOOD.find(({ share }) => (left -= share) < 0) ?? KINDS_OF_GOOD[0];
}

/** The forms in which editors leave a vocabulary, all read alike. */
function vocabForm(rng, vocab) {
  return rng.pick([vocab, vocab, vocab, `${vocab.join('\r\n')}\r\n`, vocab.join('\n')]);
}

async function goodSets(count) {
  const alarms = [];
  for (let i = 0; i < count; i++) {
    const rng = new Rng(seed + i);
    const { options, consumers } = kindOfGood(rng);
    const { set } = randomSet(rng, { ...HEADS, ...options });
    set.vocab = vocabForm(rng, set.vocab);
    const report = await judge(setFiles(set), { consumers: consumers?.map((id) => ({ id })), run: i % RUN_EVERY === 0 });
    const said = report.findings.filter(({ severity }) => severity !== 'note');
    const unloaded = report.consumers.filter(({ verdict }) => verdict !== 'loads' && verdict !== 'not-applicable');
    if (said.length || unloaded.length) {
      alarms.push([
        seed + i,
        said
          .map((f) => `${f.severity} ${f.code}: ${f.message}`)
          .concat(unloaded.map((c) => `${c.id} ${c.verdict}`))
          .join(' | '),
      ]);
    }
  }
  return alarms;
}

function verdictMisses(report, predicted) {
  return Object.entries(predicted).flatMap(([id, want]) => {
    const got = report.consumers.find((consumer) => consumer.id === id);
    if (got?.verdict !== want.verdict) return [`${id} ${got?.verdict}, not ${want.verdict}`];
    if (want.of !== undefined && (got.loaded !== want.loaded || got.of !== want.of))
      return [`${id} ${got.loaded}/${got.of}, not ${want.loaded}/${want.of}`];
    return [];
  });
}

async function oneFault(kind, faultSeed) {
  const rng = new Rng(faultSeed);
  const { set, sizes } = randomSet(rng, { ...HEADS, lines: undefined, ...FAULT_NEEDS[kind] });
  const fault = FAULTS[kind]({ set, sizes, rng });
  const faulty = fault.set ?? set;
  const written = setFiles(faulty);
  const files = fault.edit ? fault.edit(written) : written;
  const report = await judge(files, { paste: fault.paste });
  const predicted = predict({
    tensors: faulty.tensors,
    config: typeof faulty.config === 'string' ? null : faulty.config,
    highestId: set.vocab.length - 1,
    ...fault.facts,
    wrong: fault.facts?.wrongUsersOf ? usersOf(fault.facts.wrongUsersOf, sizes) : fault.facts?.wrong,
  });
  const first = report.findings.slice(0, 3).map(({ code }) => code);
  const misses = fault.codes.some((code) => first.includes(code))
    ? []
    : [`${fault.codes.join(' or ')} not among ${first.join(', ') || 'no findings'}`];
  return [...misses, ...verdictMisses(report, predicted)];
}

async function faultySets(count) {
  const kinds = Object.keys(FAULTS).filter((kind) => kind.includes(only));
  const misses = [];
  const tally = new Map(kinds.map((kind) => [kind, { tried: 0, right: 0 }]));
  for (let i = 0; i < count; i++) {
    const kind = kinds[i % kinds.length];
    const wrong = await oneFault(kind, seed + 1_000_000 + i);
    tally.get(kind).tried++;
    if (wrong.length) misses.push([seed + 1_000_000 + i, kind, wrong.join('; ')]);
    else tally.get(kind).right++;
  }
  return { misses, tally };
}

const good = Number(option('good', only ? 0 : 200));
const alarms = await goodSets(good);
for (const [at, text] of alarms) console.log(`good set, seed ${at}: ${text}`);
console.log(`${good - alarms.length} of ${good} good sets without an error or a warning`);

const faults = Number(option('faults', 500));
const { misses, tally } = await faultySets(faults);
for (const [at, kind, text] of misses) console.log(`${kind}, seed ${at}: ${text}`);
for (const [kind, { tried, right }] of tally) if (right < tried) console.log(`  ${right} of ${tried}  ${kind}`);
const right = faults - misses.length;
console.log(
  `${right} of ${faults} faults of ${tally.size} kinds named right (${((100 * right) / Math.max(faults, 1)).toFixed(1)} %, at least ${100 * NEEDED_SHARE} % needed)`,
);
process.exit(alarms.length || right < NEEDED_SHARE * faults ? 1 : 0);
