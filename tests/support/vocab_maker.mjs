// Makes vocabularies that look like a release's: [PAD], unused places, the other special tokens, every ASCII sign
// alone and as a continuation, then words and pieces spelt from syllables. No line twice.

const ONSETS = [
  'b',
  'br',
  'c',
  'ch',
  'd',
  'dr',
  'f',
  'fl',
  'g',
  'gr',
  'h',
  'j',
  'k',
  'l',
  'm',
  'n',
  'p',
  'pl',
  'r',
  's',
  'st',
  't',
  'tr',
  'v',
  'w',
];
const CORES = ['a', 'ai', 'e', 'ea', 'i', 'o', 'oo', 'ou', 'u'];
const CODAS = ['', 'l', 'm', 'n', 'nd', 'ng', 'r', 's', 'st', 't', 'ck'];
const PROBE_WORDS = ['the', 'of', 'and', 'in', 'to', 'is', 'was', 'on', 'for', 'with', 'city', 'river', 'house', 'water', 'time', 'day'];

const ascii = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i));
const isLetterOrDigit = (sign) => /[a-z0-9]/i.test(sign);

function word(rng) {
  let text = '';
  for (let syllables = rng.int(1, 3); syllables > 0; syllables--) text += rng.pick(ONSETS) + rng.pick(CORES) + rng.pick(CODAS);
  return text;
}

/**
 * @param {import('./rng.mjs').Rng} rng
 * @param {number} lines   at least 180 (cased: 240)
 * @param {{unused?: number, cased?: boolean}} options  unused: how many [unused*] stand between [PAD] and [UNK]
 * @returns {string[]}
 */
export function makeVocab(rng, lines, { unused = 10, cased = false } = {}) {
  const signs = ascii.filter((sign) => cased || !/[A-Z]/.test(sign));
  const vocab = new Set(['[PAD]']);
  for (let i = 1; i <= unused; i++) vocab.add(`[unused${i}]`);
  for (const special of ['[UNK]', '[CLS]', '[SEP]', '[MASK]']) vocab.add(special);
  for (const sign of signs) vocab.add(sign);
  for (const sign of signs.filter(isLetterOrDigit)) vocab.add(`##${sign}`);
  for (const known of PROBE_WORDS) vocab.add(known);
  if (vocab.size > lines) throw new Error(`a vocabulary of ${lines} lines cannot hold the ${vocab.size} it starts with`);
  while (vocab.size < lines) {
    const text = word(rng);
    if (rng.chance(0.2)) vocab.add(`##${text}`);
    else vocab.add(cased && rng.chance(0.3) ? text[0].toUpperCase() + text.slice(1) : text);
  }
  return [...vocab];
}
