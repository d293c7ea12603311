// Markdown for an issue or a wiki. Names stand in code spans, everything else from the files is escaped.
import { escapeMarkdown, markdownBlock, markdownCode, visible } from '../escape.js';
import { countText, labels, placeText, unsettledText, valueText, verdictText } from './labels.js';

const kBlocks = { config: 'json', rename: 'sh', code: '', prefix: '', text: '' };

export function markdownReport(report, lang) {
  const words = labels(lang);
  const name = (text) => markdownCode(visible(text, { limit: 300 }));
  const prose = (text) =>
    visible(text, { limit: 2000 })
      .split(/(`[^`]+`)/)
      .map((part) => (/^`[^`]+`$/.test(part) ? markdownCode(part.slice(1, -1)) : escapeMarkdown(part)))
      .join('');
  const block = (text, language = '') => markdownBlock(visible(text, { limit: Infinity, lines: true }), language);
  const parts = [`# ${words.title}`];

  if (report.set) parts.push(`${name(report.set.prefix || '.')} (${escapeMarkdown(visible(report.set.kind))})`);
  if (report.consumers.length) {
    parts.push(
      [
        `| ${words.loader} | ${words.answer} | ${words.tensors} |`,
        '| --- | --- | --- |',
        ...report.consumers.map((consumer) => `| ${consumer.id} | ${verdictText(consumer, words)} | ${countText(consumer, words)} |`),
      ].join('\n'),
    );
  }
  for (const finding of report.findings) {
    const { evidence = {}, fix = {} } = finding;
    const place = placeText(finding, words, name);
    const found = valueText(evidence.found, name),
      expected = valueText(evidence.expected, name);
    const facts = [
      (found || place) && `${words.found}${words.colon}${[found, place && (found ? `(${place})` : place)].filter(Boolean).join(' ')}`,
      expected &&
        `${words.expected}${words.colon}${expected}${evidence.why?.length ? ` (${evidence.why.map(name).join(', ')} ${words.agree})` : ''}`,
      finding.reason && `${words.why}${words.colon}${prose(finding.reason)}`,
      evidence.seen_as && `${words.seen_as}${words.colon}${name(evidence.seen_as)}`,
      finding.covers?.length &&
        `${words.covers}${words.colon}${finding.covers.map(({ code, count }) => markdownCode(code) + (count > 1 ? ` × ${count}` : '')).join(', ')}`,
      fix.say && `${words.fix}${words.colon}${prose(fix.say)}`,
    ].filter(Boolean);
    parts.push(
      `### ${prose(finding.message)}`,
      `${words.severity[finding.severity]} · ${words.certainty[finding.certainty]} · ${markdownCode(finding.code)}`,
      facts.map((fact) => `- ${fact}`).join('\n'),
    );
    if (fix.paste) parts.push(block(fix.paste.text, kBlocks[fix.paste.kind]));
    if (evidence.items?.length) {
      const more = (evidence.total ?? evidence.items.length) - evidence.items.length;
      parts.push(
        `${words.items}${words.colon.trimEnd()}`,
        [...evidence.items.map((item) => `- ${name(item)}`), ...(more > 0 ? [`- ${words.more(more)}`] : [])].join('\n'),
      );
    }
  }
  if (!report.findings.length) parts.push(report.set === null ? words.unknown : words.nothing);
  if (report.refuted?.length) parts.push(`${words.refuted}${words.colon}${report.refuted.map(markdownCode).join(', ')}`);
  if (report.truncated) parts.push(words.truncated(report.truncated));
  for (const consumer of report.consumers) {
    if (consumer.call)
      parts.push(
        `${consumer.verdict === 'not-applicable' ? words.conversion : words.call} (${consumer.id})${words.colon.trimEnd()}`,
        block(consumer.call),
      );
  }
  if (report.unsettled?.length) parts.push(`${words.unsettled}${words.colon}${unsettledText(report, words)}`);
  return `${parts.filter(Boolean).join('\n\n')}\n`;
}
