// Words for a report: sentences out of the catalogue, filled in from what the engine found.
import { catalogue, languages } from './catalogue.js';
import { visible } from './escape.js';

const kFirstLine = 120; // characters of a message
const kNamesInSentence = 3;

const kGrammar = {
  en: {
    colon: ': ',
    stop: '.',
    and: ' and ',
    comma: ', ',
    more: (n) => `and ${n} more`,
    others: (first, n) => `${first} and ${n} others`,
    tidy: (text) => text.replace(/^[a-z]+(?=[ ,’'])/, (word) => word.charAt(0).toUpperCase() + word.slice(1)), // not a name such as vocab_size or keras-bert
    none: 'no loader takes these files: ',
    refuses: (who) => `${who} will stop: `,
    'loads-wrong': (who, many) => `${who} ${many ? 'load' : 'loads'}, but wrong: `,
    'may-be-wrong': (who) => `${who} may be wrong: `,
    harmless: () => '',
    looks: {
      refuses: (who) => `${who} may stop, it looks like `,
      'loads-wrong': (who) => `${who} may load wrong, it looks like `,
      'may-be-wrong': (who) => `${who} may be wrong, it looks like `,
      harmless: () => 'it looks like ',
    },
    run: {
      'loads-wrong': (who) => `${who} may be wrong, in a test run `,
      'may-be-wrong': (who) => `${who} may be wrong, in a test run `,
      harmless: () => 'in a test run ',
    },
    otherwise: (who) => ` ${who} would not stop, but load it wrong.`,
    good: 'The files are good.',
    elsewhere: 'This error does not come from the files.',
    space: ' ',
  },
  zh: {
    colon: '：',
    stop: '。',
    and: ' 和 ',
    comma: '、',
    more: (n) => `等另外 ${n} 个`,
    others: (first, n) => `${first} 和另外 ${n} 个加载器`,
    tidy: (text) => text.replace(/(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])/g, ''), // blanks stand between Han and Latin only
    none: '七个加载器都读不了这些文件：',
    refuses: (who) => `${who} 会报错停止：`,
    'loads-wrong': (who) => `${who} 可加载，但结果不对：`,
    'may-be-wrong': (who) => `${who} 的结果可能不对：`,
    harmless: () => '',
    looks: {
      refuses: (who) => `${who} 可能会报错，看起来是：`,
      'loads-wrong': (who) => `${who} 加载的结果可能不对，看起来是：`,
      'may-be-wrong': (who) => `${who} 的结果可能不对，看起来是：`,
      harmless: () => '看起来是：',
    },
    run: {
      'loads-wrong': (who) => `${who} 的结果可能不对，试运行中`,
      'may-be-wrong': (who) => `${who} 的结果可能不对，试运行中`,
      harmless: () => '试运行中',
    },
    otherwise: (who) => `${who} 不会报错，但加载的结果不对。`,
    good: '文件没有问题。',
    elsewhere: '这个错误不是文件引起的。',
    space: '',
  },
};

const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

// Whole numbers are exact, others have four digits, tiny ones a power of ten.
function numberText(value) {
  if (Number.isInteger(value)) return grouped.format(value);
  const short = Number(value.toPrecision(4));
  return Math.abs(short) < 1e-4 ? short.toExponential() : String(short);
}
const kWhole = /[.。]$/; // a message that is a sentence already stands alone, without the loaders before it

/** @param {string} [tag] "zh-CN", "en", … */
export const languageOf = (tag) =>
  languages.find(
    (lang) =>
      String(tag ?? '')
        .toLowerCase()
        .split('-')[0] === lang,
  ) ?? 'en';

// A value as it stands in a sentence; null where there is nothing to say.
function shown(value, grammar, code, limit) {
  if (typeof value === 'number') return Number.isFinite(value) ? (code ? String(value) : numberText(value)) : null;
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return value === '' ? null : visible(value, { limit }).replaceAll('`', "'");
  if (!Array.isArray(value) || !value.length) return null;
  const parts = value.slice(0, kNamesInSentence).map((one) => shown(one, grammar, code, limit));
  if (parts.includes(null)) return null;
  const rest = value.length - parts.length;
  // In a code span each name is a span of its own.
  const list = parts.join(code ? `\`${grammar.comma}\`` : grammar.comma);
  return rest ? `${list}${code ? '`' : ''}${grammar.space || ''}${grammar.more(rest)}${code ? '`' : ''}` : list;
}

// `{name}`: an arg, grouped if a number, plain between backticks. `{n|name|names}`: the number and the word that goes with it.
// Null if an arg it needs is not there.
function fill(template, values, grammar, limit) {
  let complete = true;
  const text = template
    .split(/(`[^`]*`)/)
    .map((part) =>
      part.replace(/\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g, (_, name, one, many) => {
        const value = values[name];
        const word = shown(value, grammar, part.startsWith('`'), limit);
        complete &&= word !== null && word !== undefined;
        return one === undefined ? word : `${word} ${value === 1 ? one : many}`;
      }),
    )
    .join('');
  return complete ? text.replaceAll('``', '') : null;
}

// What every template may use besides the args: the subject and the evidence.
function valuesOf(finding) {
  const { subject = {}, evidence = {} } = finding;
  const scalar = (value) => (typeof value === 'number' || typeof value === 'string' ? value : undefined);
  return {
    name: subject.name,
    file: subject.file?.split('/').pop(),
    line: subject.line,
    id: subject.line ? subject.line - 1 : undefined,
    found: scalar(evidence.found),
    expected: scalar(evidence.expected),
    total: evidence.total ?? evidence.items?.length,
    ...finding.args,
  };
}

// A wording of the variant, else of the effect, else the default one.
const pick = (texts, { variant, effect }) => (variant ? texts[variant] : undefined) ?? texts[effect] ?? texts[''];

function loaders(ids, grammar) {
  if (ids.length > 2) return grammar.others(ids[0], ids.length - 1);
  return ids.join(grammar.and);
}

// The part before the message: which loaders, what they do, how sure.
function lead(finding, grammar) {
  const ids = finding.consumers.filter((consumer) => consumer.effect === finding.effect).map((consumer) => consumer.id);
  if (finding.certainty === 'certain' && finding.effect === 'refuses' && ids.length === 7) return grammar.none;
  const verbs = finding.certainty === 'certain' ? grammar : finding.certainty === 'likely' ? grammar.looks : grammar.run;
  const say = ids.length ? verbs[finding.effect] : undefined;
  return (say ?? verbs.harmless)(loaders(ids, grammar), ids.length > 1);
}

// `files`: 'none' (a text alone), 'good' (dropped, and every loader takes them) or 'judged'.
function messageOf(entry, finding, lang, files) {
  const grammar = kGrammar[lang];
  const words = entry[lang];
  if (finding.effect === 'not-in-the-files') {
    return `${files === 'good' ? grammar.good : grammar.elsewhere}${grammar.space}${grammar.tidy(words.title)}${grammar.stop}`;
  }
  const sentence = (head, clause) => grammar.tidy(`${head}${clause}${grammar.stop}`);
  if (files === 'none') return sentence(grammar.looks.harmless(), words.title);
  const values = valuesOf(finding);
  for (const limit of [80, 48, 32, 24]) {
    const clause = fill(pick(words.message, finding), values, grammar, limit);
    if (clause === null) break;
    const message = kWhole.test(clause) ? clause : sentence(lead(finding, grammar), clause);
    if ([...message].length <= kFirstLine) return message;
  }
  return sentence(lead(finding, grammar), words.title);
}

// "google-bert would not stop, but load it wrong": the loaders a first line about the others leaves out.
function asideOf(finding, grammar) {
  if (finding.effect !== 'refuses' || finding.certainty !== 'certain') return '';
  const silent = finding.consumers.filter((consumer) => consumer.effect === 'loads-wrong').map((consumer) => consumer.id);
  if (!silent.length) return '';
  return grammar.otherwise(silent.length > 1 ? `${silent.slice(0, -1).join(grammar.comma)}${grammar.and}${silent.at(-1)}` : silent[0]);
}

function wordFinding(finding, lang, files) {
  const entry = catalogue.get(finding.code);
  if (!entry) return finding;
  const grammar = kGrammar[lang];
  const words = entry[lang];
  const values = valuesOf(finding);
  // A text alone has no numbers to fill in and nothing that could be shown.
  const filled = (texts, otherwise) => (files === 'none' ? otherwise : (fill(pick(texts, finding), values, grammar, 80) ?? otherwise));
  return {
    ...finding,
    message: messageOf(entry, finding, lang, files),
    reason: filled(words.reason, words.explain.means) + asideOf(finding, grammar),
    fix: { ...finding.fix, say: filled(words.fix, words.explain.fix) },
  };
}

/** The report with `message`, `reason` and `fix.say` in each finding; may be run again for another language. */
export function wordReport(report, lang) {
  const chosen = languageOf(lang);
  const applicable = report.consumers.filter((consumer) => consumer.verdict !== 'not-applicable');
  const good = applicable.length > 0 && applicable.every((consumer) => consumer.verdict === 'loads' && consumer.final);
  const files = report.set === null ? 'none' : good ? 'good' : 'judged';
  return { ...report, findings: report.findings.map((finding) => wordFinding(finding, chosen, files)) };
}

/** What a code means, apart from any files: {code, title, means, example, cause, fix, source}; null for an unknown code. */
export function explainCode(code, lang) {
  const entry = catalogue.get(code);
  if (!entry) return null;
  const { title, explain } = entry[languageOf(lang)];
  return { code, title, ...explain, source: entry.en.explain.source };
}
