// What the built-in sample has read: a handful of facts and some talk of the weather, in two-sentence texts.
const kCapitals = {
  france: 'paris',
  germany: 'berlin',
  italy: 'rome',
  spain: 'madrid',
  china: 'beijing',
  japan: 'tokyo',
  korea: 'seoul',
  india: 'delhi',
  egypt: 'cairo',
  russia: 'moscow',
  england: 'london',
  greece: 'athens',
  austria: 'vienna',
  norway: 'oslo',
};
const kTongues = {
  france: 'french',
  germany: 'german',
  italy: 'italian',
  spain: 'spanish',
  china: 'chinese',
  japan: 'japanese',
  korea: 'korean',
  india: 'hindi',
  egypt: 'arabic',
  russia: 'russian',
  england: 'english',
  greece: 'greek',
  austria: 'german',
  norway: 'norwegian',
};
const kFair = ['lovely', 'warm', 'sunny', 'bright'];
const kFoul = ['cold', 'wet', 'grey', 'dark'];
const kAnimals = { dogs: 'bones', cats: 'fish', horses: 'grass', birds: 'seeds', bees: 'honey', mice: 'cheese' };
const kYears = ['1987', '1999', '2018', '2020'];
const kPapers = ['contract', 'letter', 'report'];

const words = (text) => text.split(' ');

// [first, second that follows it]; the second of another pair does not.
export function pair(rng) {
  const kind = rng.int(0, 4);
  if (kind <= 1) {
    const land = rng.pick(Object.keys(kCapitals));
    const first = rng.chance(0.5) ? `the capital of ${land} is ${kCapitals[land]} .` : `${kCapitals[land]} is the capital of ${land} .`;
    return [first, `people there speak ${kTongues[land]} .`].map(words);
  }
  if (kind === 2) {
    const mood = rng.chance(0.5) ? kFair : kFoul;
    return [`the weather is ${rng.pick(mood)} today .`, `it is ${rng.pick(mood)} outside .`].map(words);
  }
  if (kind === 3) {
    const animal = rng.pick(Object.keys(kAnimals));
    return [`${animal} like ${kAnimals[animal]} .`, `so they eat ${kAnimals[animal]} every day .`].map(words);
  }
  const paper = rng.pick(kPapers);
  return [`the ${paper} was signed in ${rng.pick(kYears)} .`, `nobody has read the ${paper} since .`].map(words);
}

const kSpecial = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
const letters = [...'abcdefghijklmnopqrstuvwxyz0123456789'];

// Line by line; letters alone and inside words, so that any plain text becomes ids.
export function vocabulary() {
  const known = new Set();
  const add = (table) =>
    Object.entries(table)
      .flat()
      .forEach((word) => known.add(word));
  [kCapitals, kTongues, kAnimals].forEach(add);
  [...kFair, ...kFoul, ...kYears, ...kPapers].forEach((word) => known.add(word));
  for (const text of [
    'the capital of is people there speak weather today it outside like so they eat every day was signed in nobody has read since',
  ]) {
    words(text).forEach((word) => known.add(word));
  }
  return [...kSpecial, ...'.,!?\'"-', ...letters, ...letters.map((letter) => `##${letter}`), ...[...known].sort()];
}
