// Text for a terminal; colour only where told. Nothing from the files reaches it as it is.
import { visible } from '../escape.js';
import { countText, labels, placeText, unsettledText, valueText, verdictText } from './labels.js';

const kColours = { error: '31', warning: '33', note: '36', refuses: '31', 'loads-wrong': '33', loads: '32', strong: '1', soft: '2' };
const kWide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/; // two columns each

const width = (text) => [...text].reduce((columns, point) => columns + (kWide.test(point) ? 2 : 1), 0);
const padded = (text, columns) => text + ' '.repeat(Math.max(0, columns - width(text)));

export function terminalReport(report, lang, { colour = false } = {}) {
  const words = labels(lang);
  const paint = (name, text) => (colour && kColours[name] ? `\u001b[${kColours[name]}m${text}\u001b[0m` : text);
  const name = (text) => visible(text, { limit: 300 });
  // Messages are visible already; between backticks stand names.
  const prose = (text) => visible(text, { limit: 2000 }).replaceAll('`', '');
  const block = (text, indent) =>
    visible(text, { limit: Infinity, lines: true })
      .replace(/\n$/, '')
      .split('\n')
      .map((line) => `${indent}${line}`)
      .join('\n');
  const lines = [];

  if (report.set) lines.push(`${name(report.set.prefix || words.title)} (${name(report.set.kind)})`, '');
  const columns = Math.max(0, ...report.consumers.map((consumer) => width(verdictText(consumer, words))));
  for (const consumer of report.consumers) {
    const word = paint(
      consumer.final || consumer.verdict !== 'loads' ? consumer.verdict : '',
      padded(verdictText(consumer, words), columns),
    );
    lines.push(`  ${word}  ${padded(consumer.id, 13)} ${countText(consumer, words)}`.trimEnd());
  }
  if (report.consumers.length) lines.push('');

  for (const finding of report.findings) {
    const { evidence = {}, fix = {} } = finding;
    lines.push(`${paint(finding.severity, words.severity[finding.severity])}  ${paint('strong', prose(finding.message))}`);
    lines.push(`  ${paint('soft', `${finding.code} · ${words.certainty[finding.certainty]}`)}`);
    const place = placeText(finding, words, name);
    const found = valueText(evidence.found, name),
      expected = valueText(evidence.expected, name);
    if (found || place)
      lines.push(`  ${words.found}${words.colon}${[found, place && (found ? `(${place})` : place)].filter(Boolean).join(' ')}`);
    if (expected)
      lines.push(
        `  ${words.expected}${words.colon}${expected}${evidence.why?.length ? ` (${evidence.why.map(name).join(', ')} ${words.agree})` : ''}`,
      );
    if (finding.reason) lines.push(`  ${words.why}${words.colon}${prose(finding.reason)}`);
    if (evidence.seen_as) lines.push(`  ${words.seen_as}${words.colon}${name(evidence.seen_as)}`);
    if (evidence.items?.length && finding.severity !== 'note') {
      const more = (evidence.total ?? evidence.items.length) - evidence.items.length;
      lines.push(
        `  ${words.items}${words.colon.trimEnd()}`,
        ...evidence.items.map((item) => `    ${name(item)}`),
        ...(more > 0 ? [`    ${words.more(more)}`] : []),
      );
    }
    if (finding.covers?.length)
      lines.push(
        `  ${words.covers}${words.colon}${finding.covers.map(({ code, count }) => (count > 1 ? `${code} × ${count}` : code)).join(', ')}`,
      );
    if (fix.say) lines.push(`  ${words.fix}${words.colon}${prose(fix.say)}`);
    if (fix.paste) lines.push(block(fix.paste.text, '    '));
    lines.push('');
  }
  if (!report.findings.length) lines.push(report.set === null ? words.unknown : words.nothing, '');
  if (report.refuted?.length) lines.push(`${words.refuted}${words.colon}${report.refuted.join(', ')}`, '');
  if (report.truncated) lines.push(words.truncated(report.truncated), '');
  for (const consumer of report.consumers) {
    if (!consumer.call) continue;
    lines.push(
      `${consumer.verdict === 'not-applicable' ? words.conversion : words.call} (${consumer.id})${words.colon.trimEnd()}`,
      block(consumer.call, '  '),
      '',
    );
  }
  if (report.unsettled?.length) lines.push(`${words.unsettled}${words.colon}${unsettledText(report, words)}`, '');
  return `${lines.join('\n').replace(/\n+$/, '')}\n`;
}
