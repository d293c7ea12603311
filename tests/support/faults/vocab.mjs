// Vocabularies with lines too many, twice, empty or in other places.
import { LOADERS } from '../loader_model.mjs';

/** In which id stands which token, as Google reads the lines. */
function swapped(set, a, b) {
  const vocab = [...set.vocab];
  [vocab[a], vocab[b]] = [vocab[b], vocab[a]];
  return { ...set, vocab };
}
const withLine = (set, id, text) => ({ ...set, vocab: set.vocab.with(id, text) });
const wordIds = (set) => set.vocab.flatMap((token, id) => (/^[a-z]{4,}$/.test(token) ? [id] : []));

export const VOCAB_FAULTS = {
  'empty line put in': ({ set, rng }) => ({
    set: { ...set, vocab: set.vocab.toSpliced(rng.pick(wordIds(set)), 0, '') },
    codes: ['vocab/blank-line'],
    facts: { stops: 'all' },
  }),
  'more lines than rows': ({ set, rng }) => ({
    set: { ...set, vocab: [...set.vocab, ...['zyx', 'zyxw', 'zyxwv', 'zyxwvu'].slice(0, rng.int(1, 4))] },
    codes: ['vocab/more-lines-than-rows'],
    facts: { stops: 'all' },
  }),
  'line twice': ({ set, rng }) => {
    const [first, second] = rng
      .shuffle(wordIds(set))
      .slice(0, 2)
      .sort((a, b) => a - b);
    return { set: withLine(set, second, set.vocab[first]), codes: ['vocab/line-shift'], facts: { wrong: ['keras-bert', 'bert4keras'] } };
  },
  'line separators as tokens': ({ set, rng }) => {
    const [first, second] = rng.shuffle(wordIds(set)).slice(0, 2);
    return {
      set: withLine(withLine(set, first, '\u2028'), second, '\u0085'),
      codes: ['vocab/line-shift'],
      facts: { wrong: ['keras-bert', 'bert4keras'] },
    };
  },
  'no [UNK]': ({ set }) => ({
    set: withLine(set, set.vocab.indexOf('[UNK]'), 'unkword'),
    codes: ['vocab/special-missing'],
    facts: { stops: 'all' },
  }),
  'no [CLS] or [SEP]': ({ set, rng }) => {
    const special = rng.pick(['[CLS]', '[SEP]']);
    return {
      set: withLine(set, set.vocab.indexOf(special), 'clsword'),
      codes: ['vocab/special-missing'],
      facts: { stops: LOADERS.filter((id) => !/^(keras-bert|bert4keras)$/.test(id)), wrong: ['keras-bert', 'bert4keras'] },
    };
  },
  '[PAD] not first': ({ set, rng }) => ({
    set: swapped(set, 0, rng.pick(wordIds(set))),
    codes: ['vocab/pad-not-zero'],
    facts: { wrong: ['keras-bert', 'bert4keras'] },
  }),
  'byte order mark in the vocabulary': ({ set }) => ({
    set: { ...set, vocab: `\ufeff${set.vocab.join('\n')}\n` },
    codes: ['vocab/byte-order-mark'],
    facts: {},
  }),
  'vocabulary that is no text': ({ set, rng }) => ({
    set: {
      ...set,
      vocab: rng.pick([
        Uint8Array.of(0x80, 0x03, 0x7d, 0x71),
        Uint8Array.of(0x50, 0x4b, 3, 4),
        Buffer.from(`${set.vocab.join('\n')}\ncaf\xe9\n`, 'latin1'),
      ]),
    },
    codes: ['vocab/not-text'],
    facts: { stops: 'all' },
  }),
};
