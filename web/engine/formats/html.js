// One self-contained page: no script, no request; its policy forbids both.
import { escapeHtml, visible } from '../escape.js';
import { languageOf } from '../words.js';
import { countText, labels, placeText, unsettledText, valueText, verdictText } from './labels.js';

const kStyle = `
:root{color-scheme:light dark;--ink:#17191c;--soft:#50545a;--ground:#faf9f7;--sunken:#f1f0ec;--line:#dcdad3;--error:#a3201c;--warning:#7a4b00;--ok:#1a6639}
@media (prefers-color-scheme:dark){:root{--ink:#eceae4;--soft:#adb2b8;--ground:#121416;--sunken:#212529;--line:#343a40;--error:#ff9d93;--warning:#e8b650;--ok:#7fd09a}}
body{margin:0 auto;max-width:46rem;padding:24px;background:var(--ground);color:var(--ink);font:16px/1.55 system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif}
:lang(zh){line-height:1.75}
h1{font-size:24px}h2{font-size:17px;margin:0}article{border-left:4px solid var(--line);padding:0 0 0 16px;margin:32px 0}
.error{border-color:var(--error)}.warning{border-color:var(--warning)}
table{border-collapse:collapse}td,th{text-align:left;padding:4px 24px 4px 0;border-bottom:1px solid var(--line);font-variant-numeric:tabular-nums}
.refuses,.error>.kind b{color:var(--error)}.loads-wrong,.warning>.kind b{color:var(--warning)}.loads{color:var(--ok)}
.kind,footer{color:var(--soft);font-size:14px}code,pre{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:.9em;unicode-bidi:isolate;overflow-wrap:anywhere}
pre{background:var(--sunken);padding:12px;white-space:pre-wrap}dt{color:var(--soft);font-size:14px}dd{margin:0 0 8px}dd ul{margin:0;padding-left:20px}`;

export function htmlReport(report, lang) {
  const words = labels(lang);
  const text = (value) => escapeHtml(visible(value, { limit: 2000 }));
  const name = (value) => `<code>${escapeHtml(visible(value, { limit: 300 }))}</code>`;
  const prose = (value) =>
    visible(value, { limit: 2000 })
      .split(/(`[^`]+`)/)
      .map((part) => (/^`[^`]+`$/.test(part) ? `<code>${escapeHtml(part.slice(1, -1))}</code>` : escapeHtml(part)))
      .join('');
  const block = (value) => `<pre>${escapeHtml(visible(value, { limit: Infinity, lines: true }))}</pre>`;
  const row = (label, content) => (content ? `<dt>${label}</dt><dd>${content}</dd>` : '');
  const list = (items) => `<ul>${items.map((item) => `<li>${item}</li>`).join('')}</ul>`;

  const consumers = report.consumers.map(
    (consumer) =>
      `<tr><th scope="row">${text(consumer.id)}</th><td class="${consumer.final || consumer.verdict !== 'loads' ? escapeHtml(consumer.verdict) : ''}">${verdictText(consumer, words)}</td><td>${countText(consumer, words)}</td></tr>`,
  );
  const articles = report.findings.map((finding) => {
    const { evidence = {}, fix = {} } = finding;
    const more = (evidence.total ?? evidence.items?.length ?? 0) - (evidence.items?.length ?? 0);
    const found = valueText(evidence.found, name),
      place = placeText(finding, words, name);
    const agree = evidence.why?.length ? ` (${evidence.why.map(name).join(', ')} ${words.agree})` : '';
    const expected = valueText(evidence.expected, name);
    return `<article class="${escapeHtml(finding.severity)}" id="${escapeHtml(finding.code)}"><h2>${prose(finding.message)}</h2>
<p class="kind"><b>${words.severity[finding.severity]}</b> · ${words.certainty[finding.certainty]} · ${name(finding.code)}</p>
<dl>${row(words.found, [found, place].filter(Boolean).join('<br>'))}${row(words.expected, expected && expected + agree)}${row(words.why, finding.reason && prose(finding.reason))}${row(words.seen_as, evidence.seen_as && name(evidence.seen_as))}${row(words.items, evidence.items?.length && list([...evidence.items.map(name), ...(more > 0 ? [words.more(more)] : [])]))}${row(words.covers, finding.covers?.length && finding.covers.map(({ code, count }) => name(code) + (count > 1 ? ` × ${count}` : '')).join(', '))}${row(words.fix, fix.say && prose(fix.say) + (fix.paste ? block(fix.paste.text) : ''))}</dl></article>`;
  });
  const calls = report.consumers
    .filter((consumer) => consumer.call)
    .map((consumer) =>
      row(`${consumer.verdict === 'not-applicable' ? words.conversion : words.call} (${text(consumer.id)})`, block(consumer.call)),
    );
  const nothing = report.findings.length ? '' : `<p>${report.set === null ? words.unknown : words.nothing}</p>`;
  return `<!DOCTYPE html>
<html lang="${languageOf(lang) === 'zh' ? 'zh-Hans' : 'en'}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<title>${words.title}</title><style>${kStyle}</style></head><body>
<h1>${words.title}</h1>${report.set ? `<p>${name(report.set.prefix || '.')} (${text(report.set.kind)})</p>` : ''}
${consumers.length ? `<table><thead><tr><th scope="col">${words.loader}</th><th scope="col">${words.answer}</th><th scope="col">${words.tensors}</th></tr></thead><tbody>${consumers.join('\n')}</tbody></table>` : ''}
${articles.join('\n')}${nothing}
${report.refuted?.length ? `<p>${words.refuted}${words.colon}${report.refuted.map(name).join(', ')}</p>` : ''}${report.truncated ? `<p>${words.truncated(report.truncated)}</p>` : ''}
${calls.length ? `<dl>${calls.join('')}</dl>` : ''}
${report.unsettled?.length ? `<footer>${words.unsettled}${words.colon}${unsettledText(report, words)}</footer>` : ''}
</body></html>
`;
}
