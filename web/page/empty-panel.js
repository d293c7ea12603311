// What is there before any file: the drop zone, the field for an error or a call, and what helps.
import { el, mark } from './dom.js';
import { dropZone, helpList } from './drop-zone.js';
import { findingCard } from './finding-card.js';
import { kLoaders } from './loaders.js';
import { pasteField } from './paste-field.js';

// state: {heading, said, pasted, symptoms, explained: report|null, onFiles, onSample, onText}
export function emptyPanel(context, { heading, said, pasted, symptoms, explained, onFiles, onSample, onText }) {
  const { ui } = context;
  const field = pasteField(ui, { label: ui.t('paste.label'), action: ui.t('paste.button'), text: pasted, symptoms, onText });
  return el(
    'div',
    { class: 'frame' },
    el('div', { class: 'intro' }, el(`h${heading}`, { tabindex: -1 }, ui.t('empty.head')), el('p', null, ui.t('empty.intro'))),
    el(
      'div',
      { class: 'columns' },
      el(
        'div',
        { class: 'stack' },
        dropZone(ui, { said, onFiles, onSample }),
        el('div', null, field, explanations(context, explained, heading)),
      ),
      el('aside', { class: 'stack aside' }, helpList(ui, mark, kLoaders)),
    ),
  );
}

function explanations(context, explained, heading) {
  if (!explained) return null;
  const { ui } = context;
  const { findings } = explained;
  const head = findings.length ? ui.t('paste.head', { n: findings.length }) : ui.t('paste.none');
  return el(
    'section',
    { class: 'block explained' },
    el(`h${heading + 1}`, { tabindex: -1, 'data-explained': true }, head),
    findings.map((finding) => findingCard(context, finding, heading + 2)),
    findings.length ? el('p', { class: 'small muted' }, ui.t('paste.more')) : null,
  );
}
