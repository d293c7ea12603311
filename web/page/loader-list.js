// One row a loader, always in the same order, so that two reports compare line by line.
import { append, chevron, el, mark } from './dom.js';
import { codeBlock } from './code-block.js';
import { kLoaders } from './loaders.js';
import { prose } from './plain-text.js';

const kReadsAll = new Set(['hf-convert']); // counts every tensor of the set, not only the encoder's

export function verdictWord(consumer) {
  if (consumer.verdict === 'loads' && !consumer.final) return consumer.of ? ['wait', 'so-far'] : ['absent', 'not-checked'];
  return {
    loads: ['ok', 'loads'],
    'loads-wrong': ['wrong', 'loads-wrong'],
    refuses: ['bad', 'refuses'],
    'not-applicable': ['na', 'not-applicable'],
  }[consumer.verdict];
}

function count(ui, consumer) {
  const values = { n: consumer.loaded, of: consumer.of };
  if (consumer.verdict === 'not-applicable') return ui.t(consumer.call ? 'loaders.convert' : 'loaders.other');
  if (!consumer.of) return '';
  if (!consumer.final) return ui.t('loaders.fit-quick', values);
  if (consumer.verdict === 'loads') return ui.t(kReadsAll.has(consumer.id) ? 'loaders.count-all' : 'loaders.count', values);
  return ui.t('loaders.fit', values);
}

function details(ui, consumer, report) {
  const causes = consumer.because.map((index) => report.findings[index]).filter(Boolean);
  if (consumer.verdict === 'not-applicable') return consumer.call ? codeBlock(ui, ui.t('loaders.conversion'), consumer.call) : null;
  const parts = [];
  if (consumer.verdict !== 'loads') {
    const text = causes.find((finding) => finding.evidence?.seen_as)?.evidence.seen_as;
    if (text) parts.push(codeBlock(ui, ui.t('loaders.prints'), text));
    else if (consumer.verdict === 'loads-wrong') parts.push(el('p', null, ui.t('loaders.no-text')));
    parts.push(...causes.map((finding) => el('p', null, ui.nodes('loaders.because', { cause: prose(finding.message) }))));
  } else if (!consumer.final) {
    parts.push(el('p', null, ui.t('loaders.waiting')));
  }
  if (consumer.call) parts.push(codeBlock(ui, ui.t('loaders.call'), consumer.call));
  return parts;
}

function modeText(mode) {
  return Object.entries(mode ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(', ');
}

function row(ui, consumer, report, open) {
  const [kind, word] = verdictWord(consumer);
  return el(
    'li',
    null,
    el(
      'details',
      { open, 'data-loader': consumer.id },
      el(
        'summary',
        null,
        mark(kind),
        el('span', { class: 'loader whole', title: modeText(consumer.mode) }, consumer.id),
        el('span', { class: `word ${kind}` }, ui.t(`word.${word}`)),
        el('span', { class: 'count' }, count(ui, consumer)),
        chevron(),
      ),
      el('div', { class: 'body' }, details(ui, consumer, report)),
    ),
  );
}

// onChoose(ids, last): the loaders to judge for, and the box just pressed.
export function loaderList(ui, report, { heading, chosen, onChoose }) {
  const all_fine = report.consumers.every((consumer) => consumer.verdict === 'loads' || consumer.verdict === 'not-applicable');
  const first = all_fine ? report.consumers.find((consumer) => consumer.verdict === 'loads' && consumer.final) : null;
  return el(
    'section',
    { class: 'block' },
    el('div', { class: 'block-head' }, el(`h${heading}`, null, ui.t('loaders.head')), chooser(ui, chosen, onChoose)),
    el(
      'ul',
      { class: 'loaders', 'aria-label': ui.t('loaders.head') },
      report.consumers.map((consumer) => row(ui, consumer, report, consumer === first)),
    ),
  );
}

function chooser(ui, chosen, onChoose) {
  const label = chosen.length === kLoaders.length ? ui.t('loaders.choose-all') : ui.t('loaders.choose', { n: chosen.length });
  const boxes = kLoaders.map((id) => {
    const box = el('input', { type: 'checkbox', value: id, checked: chosen.includes(id) });
    return el('label', { class: 'check' }, box, el('span', { class: 'whole' }, id));
  });
  const change = (event) => {
    const ids = kLoaders.filter((id, i) => boxes[i].querySelector('input').checked);
    if (ids.length) onChoose(ids, event.target.value);
    else event.target.checked = true;
  };
  return el(
    'details',
    { class: 'chooser' },
    el('summary', { class: 'button quiet' }, label, chevron()),
    append(el('fieldset', { onchange: change }), [el('legend', { class: 'vh' }, ui.t('loaders.legend')), boxes]),
  );
}
