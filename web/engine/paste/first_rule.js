// Finds the first row of the table that fits a text.
import { kEveryLoader, kRules } from './rules.js';

// Faults that print nothing, to choose from a list; a sentence chosen is pasted like any text.
export const kSymptoms = [
  {
    en: 'Python ends without a word while it lists the variables',
    zh: '列出变量时 Python 无声退出',
    codes: ['env/tf-windows-build'],
    by: ['keras-bert', 'bert4keras'],
  },
  { en: 'the outputs change at every call', zh: '每次调用的输出都不同', codes: ['env/dropout-on'], by: kEveryLoader },
  {
    en: 'the outputs change at every load',
    zh: '每次加载后的输出都不同',
    codes: ['names/pooler-missing', 'names/mlm-head-missing'],
    by: kEveryLoader,
    effect: 'loads-wrong',
  },
  { en: 'some layers stay random after loading', zh: '加载后有些层仍是随机值', codes: ['env/frozen-before-load'], by: ['bert4keras'] },
];

const escape = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/ ?… ?/g, '.{0,400}?');
const compiled = (rules, texts) =>
  rules.map((rule) => ({ ...rule, patterns: texts(rule).map((text) => (text instanceof RegExp ? text : new RegExp(escape(text)))) }));
const kCompiled = [...compiled(kRules, (rule) => rule.text), ...compiled(kSymptoms, ({ en, zh }) => [en, zh])];

/** The first row that fits: {codes, at, by, effect}; null if none does. */
export function firstRule(text) {
  for (const rule of kCompiled) {
    for (const pattern of rule.patterns) {
      const found = pattern.exec(text.joined);
      if (!found) continue;
      const match = { at: found.index, length: found[0].length, found: found[0] };
      const codes = typeof rule.codes === 'function' ? rule.codes(match, text) : rule.codes;
      if (codes)
        return { codes: [...new Set(codes)], at: found.index + found[0].length - 1, by: rule.by, effect: rule.effect ?? 'refuses' };
    }
  }
  return null;
}
