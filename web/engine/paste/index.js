// Pasted text to facts for the engine, and to causes with or without files.
import { languageOf, wordReport } from '../words.js';
import { PastedText } from './clean.js';
import { parsePaste } from './call.js';
import { firstRule, kSymptoms } from './first_rule.js';

export { parsePaste };

const kCallEndings = [
  [/\.index$/, 'files/index-given-as-prefix'],
  [/\.data-\d{5,}-of-\d{5,}$|\.meta$|\.h5$|\.zip$|\.txt$|(?:^|\/)checkpoint$/, 'files/part-given-as-prefix'],
  [/\/$/, 'files/no-checkpoint-file'],
];

// Causes that the call itself shows, where no error text decides.
function callCodes({ paths, uses }) {
  const codes = [];
  if (uses.includes('vocab-as-third-argument')) codes.push('env/vocab-as-third-argument');
  for (const path of paths) for (const [ending, code] of kCallEndings) if (ending.test(path)) codes.push(code);
  if (uses.includes('latest_checkpoint')) codes.push('files/no-checkpoint-file', 'files/checkpoint-names-absent-prefix');
  if (uses.includes('get_checkpoint_paths')) codes.push('files/other-basename');
  return [...new Set(codes)];
}

// {codes, seen_as, consumers: [{id, effect}]}, likeliest cause first.
function read(text) {
  const pasted = new PastedText(text);
  const call = parsePaste(pasted);
  const rule = firstRule(pasted);
  if (rule) {
    const ids = rule.by.includes(call.consumer) ? [call.consumer] : rule.by;
    return { codes: rule.codes, seen_as: pasted.lineAt(rule.at), ids, effect: rule.effect };
  }
  return { codes: callCodes(call), seen_as: pasted.lines.at(-1) ?? '', ids: call.consumer ? [call.consumer] : [], effect: 'refuses' };
}

/** Codes the text points to, likeliest first. */
export const explainText = (text) => read(text).codes;

/** What Session's setOptions takes as `paste`. */
export function pasteFacts(text) {
  const { paths, consumer, uses, lower } = parsePaste(text);
  const environment = explainText(text)
    .filter((code) => code.startsWith('env/'))
    .map((code) => code.slice(4));
  return { paths, consumer, lower, uses: [...new Set([...uses, ...environment])] };
}

/** The text's own words beside the causes it points to that lie outside the files. */
export function addPasteFindings(report, text) {
  const { codes, seen_as } = read(text);
  const findings = report.findings.map((finding) => {
    const named = finding.code.startsWith('env/') && codes.includes(finding.code);
    return named ? { ...finding, evidence: { ...finding.evidence, seen_as } } : finding;
  });
  return { ...report, findings };
}

function candidate(code, { seen_as, ids, effect }) {
  const environment = code.startsWith('env/');
  const consumers = environment ? [] : ids.map((id) => ({ id, effect }));
  return {
    code,
    severity: consumers.length === 0 ? 'note' : effect === 'refuses' ? 'error' : 'warning',
    effect: environment ? 'not-in-the-files' : consumers.length === 0 ? 'harmless' : effect,
    certainty: 'likely',
    subject: { kind: 'set' },
    consumers,
    args: {},
    variant: '',
    evidence: { found: null, expected: null, ...(seen_as && { seen_as }) },
    fix: {},
    covers: [],
  };
}

/**
 * Without a report: what the text points to, likeliest first, as a report with "set": null. With one: of these the causes its
 * files confirm, in the text's order, and under `refuted` those they do not.
 */
export function explain(text, { report, lang } = {}) {
  const seen = read(text);
  if (!report) {
    const findings = seen.codes.map((code) => candidate(code, seen));
    return wordReport({ format: 1, set: null, truncated: 0, unsettled: [], consumers: [], findings }, lang);
  }
  const confirms = (finding, code) => finding.code === code || finding.covers.some((cover) => cover.code === code);
  const findings = [],
    refuted = [];
  for (const code of seen.codes) {
    const found = report.findings.filter((finding) => confirms(finding, code));
    const fresh = found.filter((finding) => !findings.includes(finding));
    if (found.length) findings.push(...fresh);
    else if (code.startsWith('env/')) findings.push(candidate(code, seen));
    else refuted.push(code);
  }
  const renumbered = report.consumers.map((consumer) => ({
    ...consumer,
    because: consumer.because.map((i) => findings.indexOf(report.findings[i])).filter((i) => i >= 0),
  }));
  return { ...wordReport({ ...report, consumers: renumbered, findings }, lang), refuted };
}

/** Sentences for faults that print nothing; each may be pasted like an error text. */
export const symptoms = (lang) => kSymptoms.map((symptom) => symptom[languageOf(lang)]);
