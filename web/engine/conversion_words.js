// What a conversion says: why there is none, in a finding's words where one says it, and what was mended on the way.
import { BertPreflightError } from './error.js';

/** @param {{error: string, codes: string[]}} plan  a code that ends in "/" is any of its area but notes; the worst that was found speaks */
export function conversionFault({ error, codes }, report, lang) {
  const says = ({ code, severity }) => codes.some((one) => (one.endsWith('/') ? code.startsWith(one) && severity !== 'note' : code === one));
  const findings = report.findings.filter(says);
  const because = findings.length ? `${findings[0].message} (${findings[0].code})` : error;
  return new BertPreflightError('not-possible', lang === 'zh' ? `无法转换：${because}` : `cannot be converted: ${because}`, { findings });
}

const many = (count, word) => `${count} ${word}${count === 1 ? '' : 's'}`;

const kWords = {
  en: {
    'names/extra-scope': ({ count, before, after }) => `took a leading scope off ${many(count, 'name')}: ${before} is now ${after}`,
    'names/missing-scope': ({ count, before, after }) => `put the missing scope before ${many(count, 'name')}: ${before} is now ${after}`,
    'names/layer-normalization': ({ count, before, after }) => `gave ${many(count, 'numbered normalization')} another name: ${before} is now ${after}`,
    'names/dense-act': ({ count, before, after }) => `renamed ${many(count, 'dense_act tensor')}: ${before} is now ${after}`,
    'names/near-miss': ({ count, before, after }) => `put the spelling of ${many(count, 'name')} right: ${before} is now ${after}`,
    'names/gamma-beta': ({ count, before, after }) => `renamed ${many(count, 'old norm tensor')}: ${before} is now ${after}`,
    'names/object-graph': ({ count, before, after }) => `named ${many(count, 'variable')} of an object graph: ${before} is now ${after}`,
    'shapes/layout-vs-names': ({ count }) => `turned ${many(count, 'kernel')} round, which lay the other way than their names say`,
    'set/optimizer-slots': ({ count, before }) => `left out ${many(count, 'tensor')} of the optimizer, such as ${before}`,
    'names/not-used': ({ count, before }) => `left out copies and buffers that no loader needs, ${count} in all, such as ${before}`,
    'vocab/fewer-lines': ({ before, after }) => `cut the word table to the vocabulary: ${before} is now ${after}`,
  },
  zh: {
    'names/extra-scope': ({ count, before, after }) => `去掉了 ${count} 个名称前多余的作用域：${before} 现为 ${after}`,
    'names/missing-scope': ({ count, before, after }) => `为 ${count} 个名称补上了缺少的作用域：${before} 现为 ${after}`,
    'names/layer-normalization': ({ count, before, after }) => `为 ${count} 个带编号的归一化改了名：${before} 现为 ${after}`,
    'names/dense-act': ({ count, before, after }) => `为 ${count} 个 dense_act 张量改了名：${before} 现为 ${after}`,
    'names/near-miss': ({ count, before, after }) => `改正了 ${count} 个名称的拼写：${before} 现为 ${after}`,
    'names/gamma-beta': ({ count, before, after }) => `为 ${count} 个 gamma 和 beta 改了名：${before} 现为 ${after}`,
    'names/object-graph': ({ count, before, after }) => `为对象图中的 ${count} 个变量命了名：${before} 现为 ${after}`,
    'shapes/layout-vs-names': ({ count }) => `转置了 ${count} 个与名称方向不符的矩阵`,
    'set/optimizer-slots': ({ count, before }) => `略去了优化器的 ${count} 个张量，如 ${before}`,
    'names/not-used': ({ count, before }) => `略去了加载器不需要的 ${count} 个副本和缓冲，如 ${before}`,
    'vocab/fewer-lines': ({ before, after }) => `把词向量截到词表的行数：${before} 现为 ${after}`,
  },
};

/** @param {{code: string, count: number, before: string, after: string|null}[]} repairs; each gains its sentence, without a full stop */
export function repairWords(repairs, lang = 'en') {
  return repairs.map((repair) => ({ ...repair, message: kWords[lang === 'zh' ? 'zh' : 'en'][repair.code](repair) }));
}
