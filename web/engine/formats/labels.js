// The few words of a printed report that are not in its findings.
import { languageOf } from '../words.js';

const kLabels = {
  en: {
    title: 'bert-preflight report',
    colon: ': ',
    comma: ', ',
    verdict: { loads: 'loads', 'loads-wrong': 'loads, but wrong', refuses: 'will not load', 'not-applicable': 'does not apply' },
    so_far: 'fits so far',
    not_checked: 'not checked',
    severity: { error: 'error', warning: 'warning', note: 'note' },
    certainty: { certain: 'certain', likely: 'likely', 'needs-run': 'in a test run' },
    count: (loaded, of) => `${loaded} of ${of} tensors`,
    unread: 'names and shapes, data not read yet',
    found: 'Found',
    expected: 'Expected',
    why: 'Why',
    fix: 'Fix',
    seen_as: 'It prints',
    items: 'Concerns',
    covers: 'Covers',
    call: 'Call',
    conversion: 'Convert first',
    agree: 'agree',
    more: (n) => `and ${n} more`,
    line: (n) => `line ${n}`,
    id: (n) => `id ${n}`,
    bytes: (offset, length) => (length ? `bytes ${offset} to ${offset + length - 1}` : `byte ${offset}`),
    truncated: (n) => `${n} more findings were left out.`,
    unsettled: 'Not told by any file',
    settled: {
      heads: 'number of heads',
      activation: 'activation',
      casing: 'casing',
      'layer-norm-eps': 'LayerNorm epsilon',
      'kernel-orientation': 'orientation of square kernels',
    },
    nothing: 'Nothing to report.',
    unknown: 'Nothing in this text is known here.',
    refuted: 'The files rule out',
    loader: 'Loader',
    answer: 'Verdict',
    tensors: 'Tensors',
  },
  zh: {
    title: 'bert-preflight 报告',
    colon: '：',
    comma: '、',
    verdict: { loads: '可加载', 'loads-wrong': '可加载，但结果不对', refuses: '无法加载', 'not-applicable': '不适用' },
    so_far: '目前相符',
    not_checked: '未检查',
    severity: { error: '错误', warning: '警告', note: '说明' },
    certainty: { certain: '确定', likely: '很可能', 'needs-run': '试运行' },
    count: (loaded, of) => `张量 ${loaded} / ${of}`,
    unread: '只比较了名称和形状，数据尚未读取',
    found: '实际',
    expected: '应为',
    why: '原因',
    fix: '解决办法',
    seen_as: '它会输出',
    items: '涉及',
    covers: '包含',
    call: '调用',
    conversion: '请先转换',
    agree: '一致',
    more: (n) => `等另外 ${n} 个`,
    line: (n) => `第 ${n} 行`,
    id: (n) => `id ${n}`,
    bytes: (offset, length) => (length ? `字节 ${offset} 至 ${offset + length - 1}` : `字节 ${offset}`),
    truncated: (n) => `另有 ${n} 条未列出。`,
    unsettled: '文件无法说明',
    settled: {
      heads: '头数',
      activation: '激活函数',
      casing: '大小写处理',
      'layer-norm-eps': 'LayerNorm 的 epsilon',
      'kernel-orientation': '方阵 kernel 的方向',
    },
    nothing: '没有要说明的内容。',
    unknown: '这段文字里没有已知的内容。',
    refuted: '文件排除了',
    loader: '加载器',
    answer: '结论',
    tensors: '张量',
  },
};

export const labels = (lang) => kLabels[languageOf(lang)];

const grouped = new Intl.NumberFormat('en', { maximumSignificantDigits: 15 });

// found and expected are typed values; `show` fits a piece of text to the format.
export function valueText(value, show) {
  if (value === null || value === undefined || value === '') return '';
  if (typeof value === 'number') return grouped.format(value);
  if (typeof value === 'string') return show(value);
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value) && value.every((one) => typeof one === 'number')) return `[${value.join(', ')}]`;
  if (Array.isArray(value)) return value.map((one) => valueText(one, show)).join(', ');
  return Object.entries(value)
    .map(([key, one]) => `${show(key)} ${valueText(one, show)}`)
    .join(', ');
}

// Where to look: file, name, line (of a vocabulary with its id), bytes.
export function placeText({ subject = {}, evidence = {} }, words, show) {
  const { at } = evidence;
  const line =
    subject.line &&
    (subject.kind === 'vocab-line' ? `${words.line(subject.line)} (${words.id(subject.line - 1)})` : words.line(subject.line));
  const file = subject.file ?? at?.file;
  return [file && show(file), subject.name && show(subject.name), line, at && words.bytes(at.offset, at.length)].filter(Boolean).join(', ');
}

export function verdictText(consumer, words) {
  if (consumer.verdict === 'loads' && !consumer.final) return consumer.of ? words.so_far : words.not_checked;
  return words.verdict[consumer.verdict];
}

export function countText(consumer, words) {
  if (!consumer.of || consumer.verdict === 'not-applicable') return '';
  return `${words.count(grouped.format(consumer.loaded), grouped.format(consumer.of))}${consumer.final ? '' : ` (${words.unread})`}`;
}

export const unsettledText = (report, words) => (report.unsettled ?? []).map((key) => words.settled[key] ?? key).join(words.comma);
