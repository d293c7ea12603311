// The page as one thing that can stand in any root: shows how the job stands, panel by panel, and hands it what the user does.
import { announce } from './announcer.js';
import { ComparePanel } from './compare-panel.js';
import { ConvertPanel } from './convert-panel.js';
import { append, button, el } from './dom.js';
import { acceptDrops } from './drop-zone.js';
import { emptyPanel } from './empty-panel.js';
import { Job } from './job.js';
import { pasteField } from './paste-field.js';
import { plainText, prose } from './plain-text.js';
import { privacyPanel } from './privacy-panel.js';
import { ProgressBar } from './progress-bar.js';
import { reportPanel, saveReport } from './report-panel.js';
import { RunPanel } from './run-panel.js';
import { SetFrame } from './set-frame.js';
import { speak } from './speak.js';
import { TensorPanel } from './tensor-panel.js';
import { verdictBanner } from './verdict.js';
import { verdictActions, verdictPanel, verdictText } from './verdict-panel.js';

const kPanels = ['verdict', 'tensors', 'run', 'compare', 'report'];

// engine: see engine.js; sample(which) → {path: bytes}
// heading: level of the first heading; landmarks: whether parts are landmarks, as on a page that holds nothing else; panels: which
// there are; compact: the verdict alone, for a narrow column; consumers: what to judge for, as the engine takes them; may_run: whether
// the encoder may be run; empty(): nodes to show before any file.
// onTitle(text), onPanel(name), onEvent(name, detail) tell the page around: start, progress, report, error, cancel.
export class App {
  constructor(root, { engine, sample, lang = 'en', dropTarget = root, consumers, ...options }) {
    const defaults = { heading: 1, landmarks: true, panels: kPanels, compact: false, may_run: true, link: null, empty: null };
    Object.assign(this, defaults, { engine, sample, onTitle() {}, onPanel() {}, onEvent() {} }, options);
    this.ui = speak(lang);
    this.job = new Job(engine, { lang, consumers, onPhase: () => this.followJob(), onStep: (step) => this.showStep(step) });
    this.view = el('div', { class: this.compact ? 'bp compact' : 'bp' });
    root.append(this.view);
    this.listening = new AbortController();
    acceptDrops(dropTarget, (transfer) => this.openFiles(transfer), this.listening.signal);
    this.reset();
  }

  get report() {
    return this.job.report;
  }

  reset() {
    this.run_panel?.close();
    this.job.forget();
    Object.assign(this, { panel: 'verdict', privacy: false, set_frame: null, filter: { loader: '' } });
    this.render();
  }

  setLanguage(lang) {
    this.ui = speak(lang);
    this.job.speak(this.ui.lang);
    if (this.job.set) this.makePanels();
    this.render();
  }

  // --- what the user does -----------------------------------------------------
  openFiles(input) {
    this.onEvent('start', {});
    this.run_panel?.close();
    Object.assign(this, { panel: 'verdict', privacy: false });
    return this.job.open(input);
  }

  // Of several sets that came together.
  openOther(prefix) {
    this.onEvent('start', {});
    this.run_panel?.close();
    this.panel = 'verdict';
    return this.job.openOther(prefix);
  }

  async openSample(which) {
    await this.openFiles(await this.sample(which));
  }

  cancel() {
    this.onEvent('cancel', {});
    if (!this.job.cancel()) this.reset();
  }

  async judgeAgain(options) {
    if (!(await this.job.judge(options))) return;
    this.render();
    this.onEvent('report', this.report);
  }

  // `last` is the box just pressed: the list of loaders stays open on it.
  async choose(ids, last) {
    this.job.chosen = ids;
    if (!this.job.judged) return;
    await this.judgeAgain();
    const chooser = this.view.querySelector('.chooser');
    if (!chooser) return;
    chooser.open = true;
    chooser.querySelector(`input[value="${last}"]`)?.focus();
  }

  // Other loaders, from outside.
  async judgeFor(consumers) {
    this.job.judgeFor(consumers);
    if (this.job.judged) await this.judgeAgain();
  }

  saveReport(format) {
    saveReport(format, (name) => this.engine.format(name, this.report, this.ui.lang));
  }

  async paste(text) {
    this.job.pasted = text;
    if (this.job.judged) {
      await this.judgeAgain();
      this.focusHeading();
      announce(this.verdict(), { soon: true });
    } else if (!this.job.set) {
      await this.job.explain(text);
      this.render();
      this.view.querySelector('[data-explained]')?.focus();
    }
  }

  // Test sentences, with a bar where the button was. Stopping them leaves the report as it is.
  async test(place) {
    const bar = new ProgressBar(this.ui, this.ui.t('progress.probe'), () => {
      this.job.stop();
      this.render();
    });
    place.replaceChildren(bar.node);
    await this.judgeAgain({ run: true, onProgress: (step) => announce(bar.show(step)) });
  }

  // --- how the job stands -----------------------------------------------------
  followJob() {
    const { ui, job } = this;
    const now = { soon: true };
    if (job.phase === 'data') this.prepareReading();
    if (job.phase === 'final') this.tensor_panel.update(job.tensors);
    const held = this.view.contains(this.view.getRootNode().activeElement);
    this.render();
    if (job.phase === 'data') announce(this.verdict());
    if (job.phase === 'stopped') {
      announce(ui.t('progress.stopped'), now);
      this.view.querySelector('[data-go-on]')?.focus();
    }
    if (job.phase === 'failed') {
      this.focusHeading();
      announce(this.failure(), now);
      this.onEvent('error', job.error);
    }
    if (job.phase === 'final') {
      if (this.panel === 'verdict' || (held && !this.view.contains(this.view.getRootNode().activeElement))) this.focusHeading();
      announce(this.verdict(), now);
      if (this.wanted_finding) this.showFinding(this.wanted_finding);
      this.onEvent('report', this.report);
    }
  }

  prepareReading() {
    if (this.tensor_panel?.set !== this.job.set) this.makePanels();
    this.progress = new ProgressBar(this.ui, this.ui.t('progress.data'), () => this.cancel());
  }

  showStep(step) {
    announce(this.progress.show(step));
    this.onEvent('progress', step);
  }

  verdict() {
    return verdictText(this.ui, this.report, this.job);
  }

  failure() {
    return plainText(this.job.error?.message ?? this.job.error, 400);
  }

  makePanels() {
    const { ui, engine } = this;
    const { set, files, tensors } = this.job;
    const filter = this.tensor_panel?.set === set ? this.tensor_panel : null;
    this.tensor_panel = Object.assign(
      new TensorPanel(ui),
      filter && { sort: filter.sort, down: filter.down, filter: filter.filter, open: filter.open, chosen: filter.chosen, in_table: filter.in_table },
      { set },
    );
    this.tensor_panel.update(tensors);
    const openInt8 = () => engine.open(files, { lang: ui.lang, precision: 'int8' });
    this.run_panel = new RunPanel(ui, { set, openInt8, before: this.run_panel });
    this.compare_panel = new ComparePanel(ui, { engine, files, before: this.compare_panel });
    this.convert_panel = new ConvertPanel(ui, { set, before: this.convert_panel });
  }

  // --- what is shown ----------------------------------------------------------
  context() {
    const { ui, link, engine } = this;
    return { ui, set: this.job.set, link, explain: (code) => engine.explainCode(code, ui.lang) };
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
    this.filter.loader = ''; // or it might be hidden
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
    if (this.job.phase !== 'final') return [];
    return verdictActions(this.ui, this.report, {
      panels: this.shownPanels(),
      abilities: this.job.set.abilities,
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
    view.dataset.phase = this.job.phase;
    const frame = this.privacy ? this.privacyNodes() : this.job.phase === 'empty' ? this.emptyNodes() : this.setNodes();
    if (view.firstChild !== frame) view.replaceChildren(frame);
    this.onTitle(this.report ? ui.t('title.of', { verdict: this.verdict() }) : ui.t('title.empty'));
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
    const { ui, job, heading } = this;
    const said = job.came_to_nothing ? ui.t('drop.nothing') : '';
    if (this.empty) return this.empty({ ui, said });
    return emptyPanel(this.context(), {
      heading,
      said,
      pasted: job.pasted,
      symptoms: this.engine.symptoms(ui.lang),
      explained: job.explained,
      onFiles: (files) => this.openFiles(files),
      onSample: (which) => this.openSample(which),
      onText: (text) => this.paste(text),
    });
  }

  // The frame stays while it would say the same; what is below it is drawn anew.
  setNodes() {
    const { ui, landmarks } = this;
    const name = this.report?.set?.prefix || this.job.files?.[0]?.path || ui.t('set.unnamed');
    const { sets } = this.job;
    const key = JSON.stringify([ui.lang, name, sets, this.report !== null]);
    if (this.set_frame?.key !== key) {
      const does = { onPanel: (panel) => this.goTo(panel), onSet: (prefix) => this.openOther(prefix), onAnother: () => this.another() };
      const says = { name, sets, landmarks, panels: this.report ? this.shownPanels() : [], ...does };
      this.set_frame = Object.assign(new SetFrame(ui, says), { key });
    }
    this.set_frame.show(this.panel, this.panelNode());
    return this.set_frame.node;
  }

  shownPanels() {
    return kPanels.filter((panel) => this.panels.includes(panel) && (panel !== 'run' || this.may_run));
  }

  another() {
    this.reset();
    this.onPanel('');
    this.view.querySelector('.drop .primary')?.focus();
  }

  panelNode() {
    const { ui, job, heading } = this;
    if (job.phase === 'failed') return this.failedNode();
    if (!this.report) return this.readingNode();
    const final = job.phase === 'final';
    const format = (name) => this.engine.format(name, this.report, ui.lang);
    if (this.panel === 'tensors') return this.tensor_panel.node(heading);
    if (this.panel === 'run') return this.run_panel.node(heading, final);
    if (this.panel === 'compare') return this.compare_panel.node(heading);
    if (this.panel === 'report')
      return append(el('div', { class: 'stack' }), [
        reportPanel(ui, this.report, format, heading),
        final ? this.convert_panel.node(heading + 1) : null,
      ]);
    return verdictPanel(this.context(), {
      report: this.report,
      tensors: job.tensors,
      files: job.set.files,
      reading: job.reading,
      chosen: job.chosen,
      actions: this.actions(),
      compact: this.compact,
      landmarks: this.landmarks,
      filter: this.filter,
      heading,
      tested: job.tested,
      progress: this.progressNode(),
      onChoose: (ids, last) => this.choose(ids, last),
      onTest: final && this.may_run && job.set.abilities?.probes ? (place) => this.test(place) : null,
      why_not: final && this.may_run ? job.set.abilities?.why?.probes : '',
      paste: pasteField(ui, {
        label: ui.t('paste.label-set'),
        action: ui.t('paste.button-set'),
        text: job.pasted,
        symptoms: this.engine.symptoms(ui.lang),
        onText: (text) => this.paste(text),
      }),
    });
  }

  failedNode() {
    const { ui, heading } = this;
    const { files } = this.job;
    const again = button(ui.t('action.again'), () => this.openFiles(files), { kind: 'primary' });
    return append(el('div'), [
      verdictBanner('bad', ui.t('verdict.failed'), [prose(this.failure())], { heading }),
      files?.length ? el('div', { class: 'row after' }, again) : null,
    ]);
  }

  readingNode() {
    const { ui, heading } = this;
    const cancel = button(ui.t('action.cancel'), () => this.cancel());
    return el('div', null, verdictBanner('wait', ui.t('verdict.reading'), [], { heading }), el('div', { class: 'row after' }, cancel));
  }

  progressNode() {
    const { ui, job } = this;
    if (job.phase === 'data') return this.progress.node;
    if (job.phase !== 'stopped') return null;
    return append(el('div', { class: 'row after' }), [
      button(ui.t('action.go-on'), () => job.goOn(), { kind: 'primary', 'data-go-on': true }),
      el('span', { class: 'small muted' }, ui.t('progress.kept')),
    ]);
  }
}
