// The one script that stands readable in the sealed page: unpacks the rest and starts it. The policy of the page knows
// the hash of this script and of page.js, so that nothing else can run.
import { unpack } from '../packed/unpack.js';

const { dataset, textContent } = document.getElementById('packed');
const parts = unpack({ text: textContent, ...JSON.parse(dataset.pack) });
globalThis.bert_preflight = { parts };

const decoder = new TextDecoder();
const sheet = new CSSStyleSheet();
sheet.replaceSync(decoder.decode(parts['page.css']));
document.adoptedStyleSheets = [sheet];
const script = document.createElement('script');
script.textContent = decoder.decode(parts['page.js']);
document.body.append(script);
