// What the page asks of the engine.
import { collect, compareSets, explain, open, symptoms } from '../browser/client.js';
import { formatReport } from '../engine/formats/index.js';
import { explainCode, wordReport } from '../engine/words.js';

export const engine = {
  collect,
  compareSets,
  explain,
  symptoms,
  explainCode,
  open,
  wordReport,
  format: (name, report, lang) => formatReport(name, report, lang),
};
