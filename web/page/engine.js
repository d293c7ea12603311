// What the page asks of the engine.
import { collect, compareSets, explain, open, symptoms } from '../browser/client.js';
import { formatReport, jsonText } from '../engine/formats/index.js';
import { explainCode, wordReport } from '../engine/words.js';

export const engine = {
  collect,
  compareSets,
  explain,
  symptoms,
  explainCode,
  open,
  wordReport,
  json: (value) => `${jsonText(value, 2)}\n`,
  format: (name, report, lang) => formatReport(name, report, lang),
};
