// The report for another program or a colleague.
import { button, disclosure, el, save } from './dom.js';
import { codeBlock, copyButton } from './code-block.js';

const kFormats = [
  ['json', 'JSON', 'application/json'],
  ['markdown', 'Markdown', 'text/markdown'],
  ['sarif', 'SARIF', 'application/sarif+json'],
  ['html', 'HTML', 'text/html'],
];
const kEndings = { json: 'json', markdown: 'md', sarif: 'sarif', html: 'html' };

// format(name) gives the document as a string.
export function reportPanel(ui, report, format, heading) {
  const stem = 'bert-preflight-report';
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
      kFormats.map(([name, label, type]) =>
        el(
          'li',
          null,
          button(ui.t('report.save', { format: label }), () => save(`${stem}.${kEndings[name]}`, format(name), type)),
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
