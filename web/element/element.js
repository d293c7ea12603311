// <bert-preflight>: the page's parts in any other page. What stands here draws the drop zone; the rest (panels.js, and with it
// the engine) is loaded at the first use, once for all elements of a page.
import sheet_text from '../page/page.css';
import { append, el } from '../page/dom.js';
import { collect } from '../browser/dropped.js';
import { acceptDrops, dropZone } from '../page/drop-zone.js';
import { chooseLanguage, Language } from '../page/language.js';
import en from '../page/strings/start-en.js';
import zh from '../page/strings/start-zh.js';

const kEvents = { start: 'start', progress: 'progress', report: 'report', error: 'error', cancel: 'cancel' };
const kWords = /\s+/;
const panels = () => import('./panels.js');

let sheet = null;
function styleSheet() {
  if (!sheet) (sheet = new CSSStyleSheet()).replaceSync(sheet_text);
  return sheet;
}

// In Node, where documentation is built, there is nothing to extend; importing must work all the same.
const Base = globalThis.HTMLElement ?? class {};

/**
 * Judges a BERT checkpoint dropped on it. Nothing leaves the page.
 *
 * @tag bert-preflight
 * @attr {"en"|"zh"} lang - language of the words; unless said, that of the page
 * @attr {"auto"|"light"|"dark"} theme - colours; auto follows the reader's choice
 * @attr {string} consumers - loaders to judge for, separated by blanks; with modes as in "keras-bert:training=True"; all seven unless said
 * @attr {string} features - panels to offer, separated by blanks, of verdict, tensors, run, compare and report; all unless said
 * @attr {boolean} compact - verdict, loaders and causes alone, for a narrow column
 * @attr {"good"|"bad"} sample - judges a built-in set as soon as the element is seen
 * @attr {boolean} no-run - does not offer to run the encoder
 * @attr {number} heading-level - level of the first heading, 1 to 6; 2 unless said
 * @prop {object|null} report - the last report, or null
 * @fires bert-preflight-start - files were given
 * @fires bert-preflight-progress - detail: {phase, bytesDone, bytesTotal, tensor?}
 * @fires bert-preflight-report - detail: the report
 * @fires bert-preflight-error - detail: the BertPreflightError
 * @fires bert-preflight-cancel - reading was stopped
 * @slot - shown where there is no JavaScript
 * @slot intro - heading and sentence above the drop zone, instead of the element's own
 * @slot empty - below the drop zone, before any file
 * @slot footer - below everything, always
 * @csspart dropzone - where files are dropped
 * @csspart button - every button
 * @csspart progress - bar, words and Cancel while data is read
 * @csspart verdict - the answer
 * @csspart finding - one cause
 * @csspart table - the table of tensors
 * @csspart chart - a picture
 * @cssprop --bp-bg - ground of the page; also --bp-surface, -sunken, -line, -edge, -ink, -ink-2, -accent, -on-accent, -error, -warn, -ok
 * @cssprop --bp-font - of text
 * @cssprop --bp-mono - of names and code
 */
export class BertPreflightElement extends Base {
  static observedAttributes = ['lang', 'consumers'];

  #place = null;  // what is drawn stands in it
  #app = null;    // once loaded
  #loading = null;
  #listening = null;
  #seen = null;

  connectedCallback() {
    if (!this.shadowRoot) this.#build();
    this.#accept();
    if (!this.#app) this.#drawEmpty();
    this.#watchForSample();
  }

  disconnectedCallback() {
    this.#listening?.abort();
    this.#seen?.disconnect();
  }

  attributeChangedCallback(name, before, now) {
    if (before === now || !this.#place) return;
    if (!this.#app) return void (name === 'lang' && this.#drawEmpty());
    if (name === 'lang') this.#app.setLanguage(this.#lang());
    else void this.#app.judgeFor(this.#list('consumers'));
  }

  get report() {
    return this.#app?.report ?? null;
  }

  /** @param files File[], FileList, DataTransfer, FileSystemHandle or {name: Blob|Uint8Array} */
  async open(files) {
    const taken = isTransfer(files) ? takenFrom(files) : files;
    const app = await this.#loaded();
    return app.openFiles(await taken);
  }

  /** Stops reading; what was found by name and shape stays. */
  cancel() {
    this.#app?.cancel();
  }

  /** @param {"json"|"markdown"|"sarif"|"html"} format; saves the report as a file */
  download(format) {
    if (!this.report) throw new Error('there is no report to save yet');
    this.#app.saveReport(format);
  }

  #lang() {
    const around = this.lang || this.closest('[lang]')?.lang || this.ownerDocument.documentElement.lang;
    return chooseLanguage(around ? [around] : navigator.languages);
  }

  #list(name) {
    return (this.getAttribute(name) ?? '').split(kWords).filter(Boolean);
  }

  get #level() {
    const level = Number(this.getAttribute('heading-level') ?? 2);
    return Number.isInteger(level) && level >= 1 && level <= 6 ? level : 2;
  }

  #build() {
    const root = this.attachShadow({ mode: 'open', delegatesFocus: false });
    root.adoptedStyleSheets = [styleSheet()];
    this.#place = el('div');
    root.append(this.#place, el('slot', { name: 'footer' }));
  }

  // Until the rest is here, drops are taken and kept.
  #accept() {
    this.#listening = new AbortController();
    if (!this.#app) acceptDrops(this, (transfer) => void this.open(transfer), this.#listening.signal);
  }

  #drawEmpty() {
    const ui = new Language(this.#lang(), { en, zh });
    this.#place.replaceChildren(
      el('div', { class: this.hasAttribute('compact') ? 'bp compact' : 'bp', lang: ui.tag, 'data-phase': 'empty' }, this.#emptyNodes(ui, '')),
    );
  }

  #emptyNodes(ui, said) {
    const open = (given) => void this.#loaded().then((app) => app.openFiles(given));
    const sample = (which) => void this.#loaded().then((app) => app.openSample(which));
    const heading = [el(`h${this.#level}`, { tabindex: -1 }, ui.t('empty.head')), el('p', null, ui.t('empty.intro'))];
    return append(el('div', { class: 'frame' }), [
      el('div', { class: 'intro' }, el('slot', { name: 'intro' }, heading)),
      dropZone(ui, { said, onFiles: open, onSample: sample }),
      el('slot', { name: 'empty' }),
    ]);
  }

  #loaded() {
    this.#loading ??= panels().then(({ makeApp }) => {
      this.#listening?.abort();
      this.#place.replaceChildren();
      const features = this.#list('features');
      const compact = this.hasAttribute('compact');
      this.#app = makeApp(this.#place, {
        lang: this.#lang(),
        heading: this.#level,
        landmarks: false,
        compact,
        ...(compact ? { panels: ['verdict'] } : features.length ? { panels: features } : {}),
        consumers: this.#list('consumers'),
        may_run: !this.hasAttribute('no-run'),
        dropTarget: this,
        empty: ({ ui, said }) => this.#emptyNodes(ui, said),
        onEvent: (name, detail) => this.dispatchEvent(new CustomEvent(`bert-preflight-${kEvents[name]}`, { detail, bubbles: true, composed: true })),
      });
      return this.#app;
    });
    this.#loading.catch(() => (this.#loading = null));
    return this.#loading;
  }

  #watchForSample() {
    const which = this.getAttribute('sample');
    if (!which || this.#app) return;
    this.#seen = new IntersectionObserver((entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      this.#seen.disconnect();
      void this.#loaded().then((app) => app.openSample(which === 'bad' ? 'bad' : 'good'));
    });
    this.#seen.observe(this);
  }
}

const isTransfer = (files) => Boolean(globalThis.DataTransfer && files instanceof DataTransfer);

// A DataTransfer is empty after its event, so it is read before anything is loaded.
const takenFrom = (transfer) => collect(transfer);

if (globalThis.customElements && !customElements.get('bert-preflight')) customElements.define('bert-preflight', BertPreflightElement);
