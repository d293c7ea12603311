// The page's own words in one language, and numbers as that language writes them.
import { append, el } from './dom.js';

const kTags = { en: 'en', zh: 'zh-Hans' };

export const languages = Object.keys(kTags);
export const chooseLanguage = (tags) => languages.find((lang) => tags.some((tag) => tag.toLowerCase().split('-')[0] === lang)) ?? 'en';

export class Language {
  // strings: {en: {key: words}, zh: …}
  constructor(lang, strings) {
    this.lang = languages.includes(lang) ? lang : 'en';
    this.tag = kTags[this.lang];
    this.strings = strings[this.lang];
    this.plural = new Intl.PluralRules(this.tag);
    this.grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
  }

  // Between two sentences, and between the items of a list.
  get gap() {
    return this.lang === 'zh' ? '' : ' ';
  }

  get comma() {
    return this.lang === 'zh' ? '，' : ', ';
  }

  has(key) {
    return Object.hasOwn(this.strings, key);
  }

  pattern(key, values) {
    const entry = this.strings[key];
    if (entry === undefined) throw new Error(`no words for ${key}`);
    if (typeof entry === 'string') return entry;
    const n = Number(values.n);
    return entry[Number.isInteger(n) ? this.plural.select(n) : 'other'] ?? entry.other;
  }

  // A string. Numbers among the values are grouped.
  t(key, values = {}) {
    return this.pattern(key, values).replace(/\{(\w+)\}/g, (_, name) => this.shown(values[name]));
  }

  // Nodes: values may be nodes, the words around them become text.
  nodes(key, values = {}) {
    const parts = this.pattern(key, values).split(/\{(\w+)\}/);
    const fragment = document.createDocumentFragment();
    parts.forEach((part, i) =>
      append(fragment, [i % 2 === 0 ? part : values[part] instanceof Node ? values[part] : this.shown(values[part])]),
    );
    return fragment;
  }

  shown(value) {
    return typeof value === 'number' ? this.number(value) : String(value ?? '');
  }

  number(value) {
    return this.grouped.format(value);
  }

  // Small counts as words in sentences: "four others".
  words(n) {
    return this.t('number.words').split(' ')[n] ?? this.number(n);
  }

  capital(text) {
    return text.charAt(0).toUpperCase() + text.slice(1);
  }

  bytes(n) {
    return this.t('bytes', { n });
  }

  size(n) {
    return n < 1e5 ? this.bytes(n) : `${this.megabytes(n)} MB`;
  }

  megabytes(n) {
    return (n / 1e6).toFixed(1);
  }

  seconds(value) {
    return value < 10 ? String(Math.max(0, Math.ceil(value))) : String(Math.round(value));
  }

  // "keras-bert and four others", with loaders that do not break at their hyphens.
  loaders(ids) {
    const first = whole(ids[0]);
    if (ids.length === 1) return first;
    if (ids.length === 2) return this.nodes('others.and', { first, second: whole(ids[1]) });
    return this.nodes('others.more', { first, n: ids.length - 1, words: this.words(ids.length - 1) });
  }

  list(items) {
    const names = items.map(whole);
    const separator = this.lang === 'zh' ? '、' : ', ';
    return append(
      document.createDocumentFragment(),
      names.flatMap((name, i) => (i ? [separator, name] : [name])),
    );
  }
}

export const whole = (text) => el('span', { class: 'whole' }, text);

// Significant digits for a measured value; exact 0 stays 0.
export function measured(value, digits = 3) {
  if (value === null || value === undefined) return '–';
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return '0';
  const magnitude = Math.abs(value);
  const text = magnitude >= 1e5 || magnitude < 1e-4 ? value.toExponential(digits - 1) : value.toPrecision(digits);
  return (text.includes('e') ? text : String(Number(text))).replace('-', '−');
}
