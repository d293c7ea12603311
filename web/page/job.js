// The main job, without its picture: the set that is open, how far it is read, what is judged of it and for which loaders.
import { kLoaders } from './loaders.js';
import { filesOfSet, setsIn } from './sets.js';

const kReadingIsLong = 200; // ms; what is faster than this needs no word
const kNoSet = { set: null, report: null, tensors: [], tested: false, explained: null, error: null, came_to_nothing: false };

// phase: empty → reading (names and shapes) → data → final; stopped: data not read on request; failed: not to be judged, see error.
// explained: what a pasted text means, without a set. pasted: the user's call or error, a fact of every judgement.
export class Job {
  // engine: see engine.js. onPhase(): the phase has changed ("reading" is told only where it takes long); onStep(step): data is read.
  constructor(engine, { lang, consumers = [], onPhase, onStep }) {
    Object.assign(this, { engine, lang, onPhase, onStep, controller: null });
    this.judgeFor(consumers);
    this.forget();
  }

  get reading() {
    return this.phase === 'data';
  }

  // Whether what has been read can be judged again.
  get judged() {
    return this.phase === 'final' || this.phase === 'stopped';
  }

  // As the engine takes them: a loader's id, with its modes or without; none is all.
  judgeFor(consumers) {
    this.modes = new Map(consumers.map((one) => [typeof one === 'string' ? one.split(':')[0] : one.id, one]));
    this.chosen = this.modes.size ? kLoaders.filter((id) => this.modes.has(id)) : kLoaders;
  }

  forget() {
    this.stop();
    void this.set?.close();
    Object.assign(this, kNoSet, { phase: 'empty', files: null, given: null, sets: [], pasted: '' });
  }

  stop() {
    this.controller?.abort();
  }

  speak(lang) {
    this.lang = lang;
    for (const key of ['report', 'explained']) if (this[key]) this[key] = this.engine.wordReport(this[key], lang);
  }

  #become(phase) {
    this.phase = phase;
    this.onPhase();
  }

  // One thing at a time: a new one ends the one before. An abort is no failure. Answers what `work` does.
  async #alone(work) {
    this.stop();
    this.controller = new AbortController();
    const { signal } = this.controller;
    try {
      return await work(signal);
    } catch (error) {
      if (!signal.aborted) {
        this.error = error;
        this.#become('failed');
      }
      return undefined;
    }
  }

  #options() {
    return { consumers: this.chosen.map((id) => this.modes.get(id) ?? id), lang: this.lang, paste: this.pasted || undefined };
  }

  // given: what the engine's collect takes.
  open(given) {
    const collecting = this.engine.collect(given); // before anything else: a DataTransfer is emptied after its event
    return this.#open(async () => Object.assign(this, { given: await collecting, sets: [] }).given);
  }

  // Another of the sets that came together (`sets`, by their prefixes).
  openOther(prefix) {
    return this.#open(() => filesOfSet(this.given, prefix, this.sets));
  }

  #open(filesToRead) {
    void this.set?.close();
    Object.assign(this, kNoSet, { phase: 'reading' });
    return this.#alone(async (signal) => {
      const late = setTimeout(() => !signal.aborted && this.phase === 'reading' && this.onPhase(), kReadingIsLong);
      try {
        const files = await filesToRead();
        if (signal.aborted) return;
        this.files = files;
        if (!this.files.length) {
          this.came_to_nothing = true;
          this.#become('empty');
          return;
        }
        const set = await this.engine.open(this.files, { ...this.#options(), signal });
        if (signal.aborted) return void set.close();
        this.set = set;
        this.report = await set.check({ ...this.#options(), quick: true, signal });
        if (!this.sets.length) this.sets = setsIn(this.report, this.given);
      } finally {
        clearTimeout(late);
      }
      await this.#readData(signal);
    });
  }

  goOn() {
    return this.#alone((signal) => this.#readData(signal));
  }

  async #readData(signal) {
    this.tensors = this.set.tensors;
    this.#become('data');
    const judged = this.chosen;
    const check = (options) => this.set.check({ ...this.#options(), run: false, signal, ...options });
    this.report = await check({ onProgress: this.onStep });
    if (this.chosen !== judged) this.report = await check();
    if (signal.aborted) return;
    this.tensors = this.set.tensors;
    this.#become('final');
  }

  // What was found by name and shape stays. Answers whether anything was.
  cancel() {
    this.stop();
    if (!this.report) this.forget();
    else this.#become('stopped');
    return this.report !== null;
  }

  // Judges again what is already read: for other loaders, with the user's own call, or with test sentences (run).
  // Answers whether there is a new report.
  judge({ run = this.tested, onProgress } = {}) {
    return this.#alone(async (signal) => {
      const report = await this.set.check({ ...this.#options(), quick: this.phase === 'stopped', run, onProgress, signal });
      if (signal.aborted) return false;
      Object.assign(this, { report, tested: run });
      return true;
    });
  }

  async explain(text) {
    this.explained = await this.engine.explain(text, { lang: this.lang });
  }
}
