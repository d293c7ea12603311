// The report for another program or a colleague.
import { button, disclosure, el, save } from './dom.js';
import { codeBlock, copyButton } from './code-block.js';

// Name, label, media type, ending.
const kFormats = [
  ['json', 'JSON', 'application/json', 'json'],
  ['markdown', 'Markdown', 'text/markdown', 'md'],
  ['sarif', 'SARIF', 'application/sarif+json', 'sarif'],
  ['html', 'HTML', 'text/html', 'html'],
];

// format(name) gives the document as a string.
export function saveReport(wanted, format) {
  const [name, , type, ending] = kFormats.find(([known]) => known === wanted) ?? [];
  if (!name) throw new Error(`no format ${wanted}: json, markdown, sarif and html are`);
  save(`bert-preflight-report.${ending}`, format(name), type);
}

export function reportPanel(ui, report, format, heading) {
  const final = report.consumers.every((consumer) => consumer.final || consumer.verdict === 'not-applicable');
  return el(
    'div',
    { class: 'stack' },
    el(
      'div',
      null,
      el(`h${heading}`, { tabindex: -1 }, ui.t('report.head')),
      el('p', { class: 'lead' }, ui.t('report.lead')),
      final ? null : el('p', { class: 'muted' }, ui.t('report.not-final')),
    ),
    el(
      'ul',
      { class: 'formats' },
      kFormats.map(([name, label]) =>
        el(
          'li',
          null,
          button(ui.t('report.save', { format: label }), () => saveReport(name, format)),
          el('span', { class: 'muted small' }, ui.t(`report.${name}`)),
        ),
      ),
      el(
        'li',
        null,
        copyButton(ui, '', () => format('markdown'), { kind: '', label: ui.t('report.copy') }),
      ),
    ),
    disclosure(ui.t('report.preview'), codeBlock(ui, 'JSON', format('json'), { tall: true })),
  );
}
