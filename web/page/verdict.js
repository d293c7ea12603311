// The answer in one line, the likeliest cause in the next, then what to press. Counted over the loaders chosen.
import { append, el, mark } from './dom.js';
import { prose } from './plain-text.js';
import { kLoaders } from './loaders.js';
import { whole } from './language.js';

// Loaders by verdict, in the fixed order of the report.
export function tally(report) {
  const by = { loads: [], 'loads-wrong': [], refuses: [], 'not-applicable': [] };
  for (const consumer of report.consumers) by[consumer.verdict]?.push(consumer);
  const applies = report.consumers.filter((consumer) => consumer.verdict !== 'not-applicable');
  return { ...by, applies, open: applies.filter((consumer) => !consumer.final) };
}

// What decided: the root cause of the worst verdict there is; else the first thing to check.
export function deciding(report) {
  const { refuses, 'loads-wrong': wrong } = tally(report);
  const worst = [...refuses, ...wrong].find((consumer) => consumer.because.length);
  return report.findings[worst?.because[0]] ?? report.findings.find((finding) => finding.severity !== 'note');
}

const ids = (consumers) => consumers.map((consumer) => consumer.id);

// What stands in the heading: {kind: mark, head: nodes}.
export function headline(ui, report, { reading = false } = {}) {
  const { loads, refuses, applies, open, 'loads-wrong': wrong } = tally(report);
  const say = (kind, head) => ({ kind, head });
  if (!applies.length) return say('na', ui.t(report.set?.kind && report.set.kind !== 'none' ? 'verdict.none' : 'verdict.nothing'));
  // Only what is certain is said flatly.
  const looks = deciding(report)?.certainty === 'certain' ? '' : 'looks-';
  if (refuses.length) {
    if (!looks && refuses.length === 7) return say('bad', ui.t('verdict.refuses-all'));
    if (!looks && refuses.length === report.consumers.length && refuses.length > 1) return say('bad', ui.t('verdict.refuses-none'));
    return say('bad', ui.nodes(`verdict.${looks}refuses`, { loaders: ui.loaders(ids(refuses)) }));
  }
  if (wrong.length) return say('wrong', ui.nodes(`verdict.${looks}wrong`, { loaders: ui.loaders(ids(wrong)) }));
  if (open.length && open.every((consumer) => !consumer.of)) return say('absent', ui.t('verdict.not-checked'));
  if (open.length) return say('wait', ui.t(reading ? 'verdict.fits' : 'verdict.fits-stopped'));
  if (loads.length === 1 && report.consumers.length === 1) return say('ok', ui.nodes('verdict.loads-one', { loaders: whole(loads[0].id) }));
  return say('ok', ui.t('verdict.loads-all', { n: loads.length, words: ui.words(loads.length) }));
}

// The cause without the loaders before it, for the heading has named them. Where it is not sure, the sentence stays whole.
const kBefore = new RegExp(`^(?:${kLoaders.join('|')})[^:：\`]*[:：]\\s*`);
function clause(ui, { certainty, message }) {
  const rest = certainty === 'certain' ? message.replace(kBefore, '') : message;
  return prose(rest === message ? message : ui.capital(rest));
}

function leads(ui, report, tensors, state) {
  const { loads, refuses, applies, open, 'loads-wrong': wrong } = tally(report);
  const lines = [];
  const cause = deciding(report);
  if (refuses.length || wrong.length) {
    if (cause) lines.push(clause(ui, cause));
    const rest = [];
    if (refuses.length && wrong.length) rest.push(ui.nodes('verdict.others-wrong', { loaders: ui.list(ids(wrong)) }), ui.gap);
    const fine = loads.filter((consumer) => consumer.final);
    if (fine.length) rest.push(ui.nodes('verdict.others-load', { loaders: ui.list(ids(fine)) }));
    if (rest.length) lines.push(append(document.createDocumentFragment(), rest));
    return lines;
  }
  if (!applies.length) return cause ? [prose(cause.message)] : [];
  if (open.length && open.every((consumer) => !consumer.of)) return [ui.t('verdict.not-checked-lead')];
  if (open.length) {
    if (state.reading) lines.push(ui.t('verdict.fits-lead', { n: open.length, words: ui.capital(ui.words(open.length)) }));
    lines.push(ui.t('verdict.structure-counts', { n: open[0].loaded, of: open[0].of }));
    return lines;
  }
  const release = report.findings.find((finding) => finding.code === 'set/known-release');
  const summed = tensors.filter((tensor) => tensor.crc32c !== null && tensor.crc32c !== undefined);
  const good = summed.filter((tensor) => tensor.state === 'good').length;
  const most = loads.reduce((a, b) => (b.of > a.of ? b : a), loads[0]);
  lines.push(
    append(document.createDocumentFragment(), [
      release ? [prose(release.message), ui.gap] : null,
      ui.t('verdict.counts', { n: most.loaded, of: most.of }),
      summed.length ? [ui.gap, ui.t('verdict.checksums', { n: good, of: summed.length })] : null,
    ]),
  );
  if (cause) lines.push(ui.nodes('verdict.check', { message: prose(cause.message) }));
  return lines;
}

// `heading`: 1 to 6.
export function verdictHeader(ui, report, tensors, state, { heading }) {
  const { kind, head } = headline(ui, report, state);
  return verdictBanner(kind, head, leads(ui, report, tensors, state), { heading });
}

export function verdictBanner(kind, head, lines, { heading = 1 } = {}) {
  return el(
    'header',
    { class: `verdict ${kind}`, part: 'verdict' },
    mark(kind),
    el(
      'div',
      null,
      el(`h${heading}`, { tabindex: -1, 'data-verdict': true }, head),
      lines.map((line, i) => el('p', { class: i ? 'lead second' : 'lead' }, line)),
    ),
  );
}
