// The page as one thing that can stand in any root: keeps the set that is open, asks the client, shows the panels.
import { announce } from './announcer.js';
import { ComparePanel } from './compare-panel.js';
import { ConvertPanel } from './convert-panel.js';
import { append, button, el } from './dom.js';
import { acceptDrops } from './drop-zone.js';
import { emptyPanel } from './empty-panel.js';
import { kLoaders } from './loaders.js';
import { pasteField } from './paste-field.js';
import { nameNode, plainText, prose } from './plain-text.js';
import { privacyPanel } from './privacy-panel.js';
import { ProgressBar } from './progress-bar.js';
import { reportPanel, saveReport } from './report-panel.js';
import { RunPanel } from './run-panel.js';
import { speak } from './speak.js';
import { TensorPanel } from './tensor-panel.js';
import { verdictBanner } from './verdict.js';
import { verdictActions, verdictPanel, verdictText } from './verdict-panel.js';

const kPanels = ['verdict', 'tensors', 'run', 'compare', 'report'];
const kShowReadingAfter = 200; // ms; what is faster than this needs no word

// engine: see engine.js; sample(which) → {path: bytes}
// heading: level of the first heading; panels: which there are; compact: the verdict alone, for a narrow column; consumers: what to
// judge for, as the engine takes them; may_run: whether the encoder may be run; empty(): nodes to show before any file.
// onTitle(text), onPanel(name), onEvent(name, detail) tell the page around: start, progress, report, error, cancel.
export class App {
  constructor(root, { engine, sample, lang = 'en', dropTarget = root, ...options }) {
    const defaults = { heading: 1, panels: kPanels, compact: false, may_run: true, link: null, empty: null };
    Object.assign(this, defaults, { engine, sample, onTitle() {}, onPanel() {}, onEvent() {} }, options);
    this.ui = speak(lang);
    this.setConsumers(options.consumers ?? []);
    this.view = el('div', { class: this.compact ? 'bp compact' : 'bp' });
    root.append(this.view);
    this.listening = new AbortController();
    acceptDrops(dropTarget, (transfer) => this.openFiles(transfer), this.listening.signal);
    this.reset();
  }

  setConsumers(consumers) {
    this.modes = new Map(consumers.map((one) => [typeof one === 'string' ? one.split(':')[0] : one.id, one]));
    this.chosen = this.modes.size ? kLoaders.filter((id) => this.modes.has(id)) : kLoaders;
  }

  reset() {
    this.controller?.abort();
    this.run_panel?.close();
    void this.set?.close();
    Object.assign(this, {
      controller: null,
      phase: 'empty',
      set: null,
      report: null,
      tensors: [],
      tested: false,
      pasted: '',
      explained: null,
      panel: 'verdict',
      privacy: false,
      files: null,
      failure: '',
      said: '',
      shell: null,
      filter: { loader: '' },
    });
    this.render();
  }

  setLanguage(lang) {
    this.ui = speak(lang);
    if (this.report) this.report = this.engine.wordReport(this.report, this.ui.lang);
    if (this.explained) this.explained = this.engine.wordReport(this.explained, this.ui.lang);
    if (this.set) this.makePanels();
    this.render();
  }

  // --- the main job -----------------------------------------------------------
  async openFiles(input) {
    const collecting = this.engine.collect(input); // before anything else: a DataTransfer is emptied after its event
    this.onEvent('start', {});
    this.run_panel?.close();
    void this.set?.close();
    Object.assign(this, {
      set: null,
      report: null,
      tensors: [],
      tested: false,
      explained: null,
      panel: 'verdict',
      privacy: false,
      failure: '',
      said: '',
      phase: 'reading',
    });
    await this.run(async (signal) => {
      const late = setTimeout(() => !signal.aborted && this.phase === 'reading' && this.render(), kShowReadingAfter);
      try {
        this.files = await collecting;
        if (signal.aborted) return;
        if (!this.files.length) {
          this.phase = 'empty';
          this.said = this.ui.t('drop.nothing');
          this.render();
          return;
        }
        const set = await this.engine.open(this.files, { ...this.options(), signal });
        if (signal.aborted) return void set.close();
        this.set = set;
        this.report = await set.check({ ...this.options(), quick: true, signal });
      } finally {
        clearTimeout(late);
      }
      this.tensors = this.set.tensors;
      this.makePanels();
      await this.readData(signal);
    });
  }

  // One job at a time: a new one ends the one before. An abort is no failure.
  async run(job) {
    this.controller?.abort();
    this.controller = new AbortController();
    const { signal } = this.controller;
    try {
      await job(signal);
    } catch (error) {
      if (!signal.aborted) this.fail(error);
    }
  }

  options() {
    return { consumers: this.chosen.map((id) => this.modes.get(id) ?? id), lang: this.ui.lang, paste: this.pasted || undefined };
  }

  async readData(signal) {
    this.phase = 'data';
    this.progress = new ProgressBar(this.ui, this.ui.t('progress.data'), () => this.cancel());
    this.render();
    announce(verdictText(this.ui, this.report, this));
    const judged = this.chosen;
    const check = (options) => this.set.check({ ...this.options(), run: false, signal, ...options });
    this.report = await check({
      onProgress: (step) => {
        announce(this.progress.show(step));
        this.onEvent('progress', step);
      },
    });
    if (this.chosen !== judged) this.report = await check();
    if (signal.aborted) return;
    this.tensors = this.set.tensors;
    this.tensor_panel.update(this.tensors);
    this.phase = 'final';
    this.render();
    if (this.panel === 'verdict') this.focusHeading();
    announce(verdictText(this.ui, this.report, this), { soon: true });
    if (this.wanted_finding) this.showFinding(this.wanted_finding);
    this.onEvent('report', this.report);
  }

  // What was found by name and shape stays.
  cancel() {
    this.controller?.abort();
    this.onEvent('cancel', {});
    if (!this.report) return this.reset();
    this.phase = 'stopped';
    this.render();
    announce(this.ui.t('progress.stopped'), { soon: true });
    this.view.querySelector('[data-go-on]')?.focus();
    return undefined;
  }

  fail(error) {
    this.phase = 'failed';
    this.failure = plainText(error?.message ?? error, 400);
    this.render();
    this.focusHeading();
    announce(this.failure, { soon: true });
    this.onEvent('error', error);
  }

  makePanels() {
    const filter = this.tensor_panel?.set === this.set ? this.tensor_panel : null;
    this.tensor_panel = Object.assign(
      new TensorPanel(this.ui),
      filter && { sort: filter.sort, down: filter.down, filter: filter.filter, open: filter.open },
      { set: this.set },
    );
    this.tensor_panel.update(this.tensors);
    const { files } = this;
    const openInt8 = () => this.engine.open(files, { lang: this.ui.lang, precision: 'int8' });
    this.run_panel = new RunPanel(this.ui, { set: this.set, openInt8, before: this.run_panel });
    this.compare_panel = new ComparePanel(this.ui, { engine: this.engine, files: this.files, before: this.compare_panel });
    this.convert_panel = new ConvertPanel(this.ui, { set: this.set, before: this.convert_panel });
  }

  // Judges again what is already read: for other loaders, with the user's own call, or with test sentences.
  judgeAgain(options = {}, done = () => {}) {
    return this.run(async (signal) => {
      const report = await this.set.check({ ...this.options(), quick: this.phase === 'stopped', run: this.tested, signal, ...options });
      if (signal.aborted) return;
      this.report = report;
      done();
      this.render();
      this.onEvent('report', report);
    });
  }

  // `last` is the box just pressed: the list of loaders stays open on it.
  async choose(ids, last) {
    this.chosen = ids;
    if (this.phase !== 'final' && this.phase !== 'stopped') return;
    await this.judgeAgain();
    const chooser = this.view.querySelector('.chooser');
    if (!chooser) return;
    chooser.open = true;
    chooser.querySelector(`input[value="${last}"]`)?.focus();
  }

  // Other loaders, from outside.
  async judgeFor(consumers) {
    this.setConsumers(consumers);
    await this.choose(this.chosen);
  }

  saveReport(format) {
    saveReport(format, (name) => this.engine.format(name, this.report, this.ui.lang));
  }

  async paste(text) {
    this.pasted = text;
    if (this.set && (this.phase === 'final' || this.phase === 'stopped')) {
      await this.judgeAgain();
      this.focusHeading();
      announce(verdictText(this.ui, this.report, this), { soon: true });
    } else if (!this.set) {
      this.explained = await this.engine.explain(text, { lang: this.ui.lang });
      this.render();
      this.view.querySelector('[data-explained]')?.focus();
    }
  }

  // Test sentences, with a bar where the button was. Stopping them leaves the report as it is.
  async test(place) {
    const bar = new ProgressBar(this.ui, this.ui.t('progress.probe'), () => {
      this.controller.abort();
      this.render();
    });
    place.replaceChildren(bar.node);
    await this.judgeAgain({ run: true, onProgress: (step) => announce(bar.show(step)) }, () => (this.tested = true));
  }

  async openSample(which) {
    this.said = '';
    await this.openFiles(await this.sample(which));
  }

  // --- what is shown ----------------------------------------------------------
  get reading() {
    return this.phase === 'data';
  }

  context() {
    const { ui, set, link, engine } = this;
    return { ui, set, link, explain: (code) => engine.explainCode(code, ui.lang) };
  }

  showPanel(panel) {
    if (panel === 'privacy') return this.showPrivacy();
    const back = this.privacy;
    this.privacy = false;
    const other = this.report && this.shownPanels().includes(panel) && panel !== this.panel;
    if (other) this.panel = panel;
    if (other || back) {
      this.render();
      this.focusHeading();
    }
    return undefined;
  }

  // What is promised stands before whatever is open, which goes on behind it.
  showPrivacy() {
    this.privacy = true;
    this.render();
    this.focusHeading();
  }

  // Remembered until there is a report.
  showFinding(code) {
    this.wanted_finding = this.report ? '' : code;
    this.privacy = false;
    if (!this.report) return;
    this.panel = 'verdict';
    this.render();
    const place = [...this.view.querySelectorAll('[data-code]')].find((node) => node.dataset.code === code);
    if (!place) return;
    if (place.tagName === 'DETAILS') place.open = true;
    const target = place.tagName === 'DETAILS' ? place.querySelector('summary') : place;
    target.focus({ preventScroll: true });
    target.scrollIntoView({ block: 'start' });
  }

  focusHeading() {
    const heading = this.view.querySelector(`main h${this.heading}, h${this.heading}[tabindex]`);
    heading?.focus({ preventScroll: true });
    heading?.scrollIntoView?.({ block: 'nearest' });
  }

  actions() {
    if (this.phase !== 'final') return [];
    return verdictActions(this.ui, this.report, {
      panels: this.shownPanels(),
      abilities: this.set.abilities,
      onPanel: (panel) => this.goTo(panel),
      onFinding: (code) => this.showFinding(code),
    });
  }

  goTo(panel) {
    this.showPanel(panel);
    this.onPanel(panel);
  }

  render() {
    const { ui, view } = this;
    view.lang = ui.tag;
    view.dataset.phase = this.phase;
    const frame = this.privacy ? this.privacyNodes() : this.phase === 'empty' ? this.emptyNodes() : this.setNodes();
    if (view.firstChild !== frame) view.replaceChildren(frame);
    this.onTitle(this.report ? ui.t('title.of', { verdict: verdictText(ui, this.report, this) }) : ui.t('title.empty'));
  }

  privacyNodes() {
    const onBack = () => {
      this.privacy = false;
      this.render();
      this.onPanel(this.report ? this.panel : '');
      this.focusHeading();
    };
    return el('div', { class: 'frame' }, privacyPanel(this.ui, this.heading, { onBack }));
  }

  emptyNodes() {
    if (this.empty) return this.empty(this);
    return emptyPanel(this.context(), {
      heading: this.heading,
      said: this.said,
      pasted: this.pasted,
      symptoms: this.engine.symptoms(this.ui.lang),
      explained: this.explained,
      onFiles: (files) => this.openFiles(files),
      onSample: (which) => this.openSample(which),
      onText: (text) => this.paste(text),
    });
  }

  // The name of the set and the links between panels stay; what is below them is drawn anew.
  setNodes() {
    const { ui } = this;
    const name = this.report?.set?.prefix || this.files?.[0]?.path || ui.t('set.unnamed');
    const key = JSON.stringify([ui.lang, name, this.report !== null]);
    if (this.shell?.key !== key) this.shell = this.makeShell(key, name);
    const { frame, tabs, place } = this.shell;
    for (const [panel, tab] of tabs) {
      if (panel === this.panel) tab.setAttribute('aria-current', 'page');
      else tab.removeAttribute('aria-current');
    }
    place.replaceChildren(this.panelNode());
    return frame;
  }

  shownPanels() {
    return kPanels.filter((panel) => this.panels.includes(panel) && (panel !== 'run' || this.may_run));
  }

  makeShell(key, name) {
    const { ui } = this;
    const tabs = this.shownPanels().map((panel) => [
      panel,
      el(
        'a',
        {
          href: `#${panel}`,
          onclick: (event) => {
            event.preventDefault();
            this.goTo(panel);
          },
        },
        ui.t(`panel.${panel}`),
      ),
    ]);
    const place = el('div');
    const frame = el(
      'div',
      { class: 'frame' },
      el(
        'div',
        { class: 'set-line' },
        nameNode(name),
        button(ui.t('drop.another'), () => this.another(), { kind: 'quiet' }),
      ),
      this.report && tabs.length > 1
        ? el(
            'nav',
            { class: 'tabs', 'aria-label': ui.t('panel.nav') },
            tabs.map(([, tab]) => tab),
          )
        : null,
      place,
    );
    return { key, frame, tabs, place };
  }

  another() {
    this.reset();
    this.onPanel('');
    this.view.querySelector('.drop .primary')?.focus();
  }

  panelNode() {
    const { ui, heading } = this;
    if (this.phase === 'failed') {
      const again = button(ui.t('action.again'), () => this.openFiles(this.files ?? []), { kind: 'primary' });
      return el(
        'div',
        null,
        verdictBanner('bad', ui.t('verdict.failed'), [prose(this.failure)], { heading }),
        this.files?.length ? el('div', { class: 'row after' }, again) : null,
      );
    }
    if (!this.report)
      return el(
        'div',
        null,
        verdictBanner('wait', ui.t('verdict.reading'), [], { heading }),
        el(
          'div',
          { class: 'row after' },
          button(ui.t('action.cancel'), () => this.cancel()),
        ),
      );
    if (this.panel === 'tensors') return this.tensor_panel.node(heading);
    if (this.panel === 'run') return this.run_panel.node(heading, this.phase === 'final');
    if (this.panel === 'compare') return this.compare_panel.node(heading);
    if (this.panel === 'report')
      return el(
        'div',
        { class: 'stack' },
        reportPanel(ui, this.report, (name) => this.engine.format(name, this.report, ui.lang), heading),
        this.phase === 'final' ? this.convert_panel.node(heading + 1) : null,
      );
    return verdictPanel(this.context(), {
      report: this.report,
      tensors: this.tensors,
      files: this.set.files,
      reading: this.reading,
      chosen: this.chosen,
      actions: this.actions(),
      compact: this.compact,
      filter: this.filter,
      heading,
      tested: this.tested,
      progress: this.progressNode(),
      onChoose: (ids, last) => this.choose(ids, last),
      onTest: this.phase === 'final' && this.may_run && this.set.abilities?.probes ? (place) => this.test(place) : null,
      paste: pasteField(ui, {
        label: ui.t('paste.label-set'),
        action: ui.t('paste.button-set'),
        text: this.pasted,
        symptoms: this.engine.symptoms(ui.lang),
        onText: (text) => this.paste(text),
      }),
    });
  }

  progressNode() {
    const { ui } = this;
    if (this.phase === 'data') return this.progress.node;
    if (this.phase !== 'stopped') return null;
    return append(el('div', { class: 'row after' }), [
      button(ui.t('action.go-on'), () => this.run((signal) => this.readData(signal)), { kind: 'primary', 'data-go-on': true }),
      el('span', { class: 'small muted' }, ui.t('progress.kept')),
    ]);
  }
}
