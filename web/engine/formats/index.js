// A worded report as a document.
import { jsonText } from '../escape.js';
import { htmlReport } from './html.js';
import { jsonReport } from './json.js';
import { markdownReport } from './markdown.js';
import { sarifReport } from './sarif.js';
import { terminalReport } from './terminal.js';

export { jsonText };

const kFormats = { json: jsonReport, sarif: sarifReport, markdown: markdownReport, html: htmlReport, text: terminalReport };

/** @param {'json'|'sarif'|'markdown'|'html'|'text'} name @param {{colour?: boolean, version?: string}} [options] */
export function formatReport(name, report, lang, options) {
  return kFormats[name](report, lang, options);
}
