// Drives one Session over sources of bytes: reads what it wants, streams what it plans, words what it says.
import { consumerList } from './consumers.js';
import { runConversion } from './conversion.js';
import { streamRun } from './data_run.js';
import { BertPreflightError, stopIfAborted } from './error.js';
import { chooseInstructions, newEngine } from './load.js';
import { breathe, throttled, Turns } from './pacing.js';
import { addPasteFindings, pasteFacts } from './paste/index.js';
import { EngineSession } from './session.js';
import { checkWorkers, Team, teamSize } from './team.js';
import { joined } from './tensor_values.js';
import { wordReport } from './words.js';

/**
 * @typedef {{path: string, size: number, read(offset: number, length: number): Promise<Uint8Array>,
 *   stream(offset: number, length: number): AsyncIterable<Uint8Array>}} Source
 * A streamed chunk is valid until the next one is asked for.
 */

/**
 * Resolves once the structure is known, no tensor data read.
 * @param {Source[]} sources
 * @param {{workers?: number, startPeer?: import('./team.js').StartPeer, cores?: number,
 *   outputTo?: (into: any, overwrite: boolean) => import('./conversion.js').Output}} options besides those of `open`: `workers` share the
 *   set, unless said as many as pay, without startPeer one; and where a conversion goes
 */
export async function openSet(compiled, sources, options = {}) {
  if (!sources.length) throw new BertPreflightError('no-files', 'there is no file in what was given');
  checkWorkers(options.workers);
  checkPrecision(options.precision);
  const simd = chooseInstructions(options.simd);
  const set = new OpenSet(compiled, await newEngine(compiled, simd), sources, { ...options, simd });
  try {
    await set.begin(options);
  } catch (error) {
    set.close();
    throw error;
  }
  return set;
}

function checkPrecision(precision = 'f32') {
  if (precision !== 'f32' && precision !== 'int8') throw new BertPreflightError('bad-input', 'precision is f32 or int8');
}

class OpenSet {
  #compiled;
  #session;
  #sources;
  #defaults;
  #sharing;  // {workers, startPeer, cores, simd}
  #precision;
  #turns = new Turns();
  #faults = new Map();  // path → why it could not be read
  #data_read = null;    // how the data was read: {statistics, keep, precision}; null: not yet
  #output_to;
  #weights_bytes = 0;
  #team = null;         // who keeps the other slices of the layers; null: this one keeps all

  constructor(compiled, core, sources, { workers, startPeer, cores, simd, precision = 'f32', ...defaults }) {
    this.#compiled = compiled;
    this.#session = new EngineSession(core);
    this.#sources = [...sources];  // by id; members of archives are added
    this.#output_to = defaults.outputTo;
    this.#sharing = { workers, startPeer, cores, simd };
    this.#precision = precision;
    this.#defaults = { consumers: defaults.consumers, lang: defaults.lang, gelu: defaults.gelu };
  }

  begin({ signal, onProgress }) {
    return this.#turns.take(async () => {
      const refused = ({ path }, fault) => this.#faults.set(path, fault);
      await this.#session.readStructure(this.#sources, { signal, refused, progress: throttled(onProgress) });
      this.#look();
      if (this.#faults.size === this.#sources.length) {
        const [[path, fault]] = this.#faults;
        throw new BertPreflightError('no-files', `none of the files could be read; ${path}: ${fault}`);
      }
    });
  }

  /** Reads the data unless `quick`, once; runs the probes if `run`; judges for `consumers`, and `text` if the user is about to run one. Without `statistics` values are not judged. */
  check(options = {}) {
    return this.#turns.take(async () => {
      const { paste, text, quick = false, run = true, statistics = true, consumers, lang, signal, onProgress } = { ...this.#defaults, ...options };
      const progress = throttled(onProgress);
      this.#setOptions({ consumers, text, paste: paste ? pasteFacts(paste) : null });
      if (!quick) {
        await this.#readData(signal, progress, { statistics, whole: run && this.abilities.probes });
        if (run) await this.#probe(signal, progress);
      }
      stopIfAborted(signal);
      this.#look();
      const report = this.#ask('report');
      return wordReport(paste ? addPasteFindings(report, paste) : report, lang);
    });
  }

  /** @returns {Promise<{tokens: string[], input_ids: number[], token_type_ids: number[], attention_mask: number[], offsets: number[][], casing: string}>} */
  tokenize(text, pair, options = {}) {
    return this.#turns.take(() => this.#answer('tokenize', { ...chosen(options, ['casing', 'keep_special', 'special']), ...textInput(text, pair) }));
  }

  /** Of a text and perhaps a second one, or of {input_ids, token_type_ids?, attention_mask?}. Reads the data first if that was not done. */
  encode(input, pair, options = {}) {
    return this.#turns.take(async () => {
      if (isOptions(pair)) [pair, options] = [undefined, pair];
      const { signal, onProgress } = options;
      if (!this.abilities.encoder) throw new BertPreflightError('not-possible', this.abilities.why.encoder);
      await this.#readData(signal, throttled(onProgress), { statistics: this.#data_read?.statistics, precision: this.#precision });
      stopIfAborted(signal);
      this.#setOptions({ gelu: options.gelu });
      const given = typeof input === 'string' ? textInput(input, pair) : chosen(input, ['input_ids', 'token_type_ids', 'attention_mask']);
      const question = { ...chosen(options, ['layers', 'logits', 'top', 'attention', 'casing', 'keep_special', 'special']), ...plainArrays(given) };
      return this.#team ? this.#encodeShared(question) : this.#outputs(this.#answer('encode', question));
    });
  }

  /**
   * Writes the model as another container, under that one's names, with what can be mended on the way. Reads the data first if that was
   * not done, and then once more. Rejects with the finding that stands in the way, and leaves no half of a file.
   * @param {{to: 'safetensors'|'tf-bundle', into?: any, overwrite?: boolean, cutRows?: boolean}} options  cutRows: no word rows that the vocabulary has no words for
   */
  convert(options = {}) {
    return this.#turns.take(async () => {
      const { to, into, overwrite = false, cutRows, lang, signal, onProgress } = { ...this.#defaults, ...options };
      const progress = throttled(onProgress);
      if (to !== 'safetensors' && to !== 'tf-bundle') throw new BertPreflightError('bad-input', 'a set is converted to safetensors or tf-bundle');
      const output = this.#output_to(into, overwrite);
      await this.#readData(signal, progress, { statistics: false, keep: false });
      stopIfAborted(signal);
      this.#setOptions({});
      const session = {
        ask: (...args) => this.#ask(...args),
        call: (...args) => this.#call(...args),
        bring: (bytes) => {
          this.#session.bring('convert', bytes);
        },
        sources: this.#sources,
        report: () => wordReport(this.#ask('report'), lang),
      };
      return runConversion(session, output, { to, cutRows, lang, signal, progress });
    });
  }

  async excerpt({ file, offset, length }) {
    const source = this.#sources.find(({ path }) => path === file);
    if (!source) throw new BertPreflightError('bad-input', `no file ${file} in this set`);
    const start = Math.min(offset, source.size);
    return source.read(start, Math.min(length, source.size - start));
  }

  /** Where the values of tensors[index] lie: {parts, big_endian, item}. */
  layout(index) {
    return this.#ask('layout', index);
  }

  /** Of all workers that share the set: bytes of the engines' memory, which only grows, and of the weights kept in it; and how many there are. */
  get memory() {
    return { engine: this.#session.memory + (this.#team?.memory ?? 0), weights: this.#weights_bytes + (this.#team?.weights ?? 0), workers: this.#team?.count ?? 1 };
  }

  close() {
    this.#endTeam();
    for (const source of this.#sources) source.close?.();
    this.#session.close();
  }

  // --- reading --------------------------------------------------------------------

  // One pass for everything that needs the data: checksums, statistics, and the weights if the encoder can run. `whole`: this
  // session must keep them all, in float32, for a test run changes them and tries other numbers of heads. `precision`: in no other.
  async #readData(signal, progress, { statistics = true, keep = true, whole = false, precision = whole ? 'f32' : undefined } = {}) {
    const earlier = this.#data_read;
    const as_kept = !keep || (earlier?.keep && [undefined, earlier.precision].includes(precision));
    if (earlier && (earlier.statistics || !statistics) && as_kept && !(whole && this.#team)) return;
    this.#data_read = null;
    this.#endTeam();
    const data = { keep: keep && this.abilities.encoder, statistics, precision: precision ?? this.#precision };
    const count = data.keep && !whole ? this.#workers() : 1;
    try {
      await this.#readRuns(count, data, signal, progress);
    } catch (error) {
      const never_ran = this.#team?.started === false && this.#sharing.workers === undefined;  // no worker may be started here
      this.#endTeam();
      if (signal?.aborted || !never_ran) throw error;
      await this.#readRuns(1, data, signal, progress);
    }
    this.#data_read = { statistics, keep, precision: data.precision };
  }

  #workers() {
    const { workers, startPeer, cores } = this.#sharing;
    if (!startPeer) return 1;
    const bytes = this.tensors.reduce((sum, tensor) => sum + tensor.bytes, 0);
    return teamSize(workers, { bytes, heads: this.#call('heads') }, cores);
  }

  async #readRuns(count, data, signal, progress) {
    const plan = this.#ask('beginData', JSON.stringify({ ...data, workers: count }));
    let done = 0;
    const onRead = (length) => {
      stopIfAborted(signal);
      done += length;
      progress({ phase: 'data', bytesDone: done, bytesTotal: plan.bytes }, () => ({ tensor: this.#call('currentTensor') }));
    };
    if (count > 1 && plan.share) {
      const { startPeer, simd } = this.#sharing;
      this.#team = new Team(startPeer, count, { compiled: this.#compiled, simd });
      await this.#team.load(this.#session, this.#sources, plan, { onRead, signal });
    } else {
      await streamRun(this.#session, this.#sources, plan.reads, onRead);
    }
    this.#call('endData');
    this.#weights_bytes = plan.keeps;
    if (!this.#ask('abilities').encoder) this.#endTeam();
  }

  #endTeam() {
    this.#team?.close();
    this.#team = null;
  }

  async #probe(signal, progress) {
    for (;;) {
      const { done, total } = this.#ask('probe');
      progress({ phase: 'probe', bytesDone: done, bytesTotal: total });
      if (done >= total) return;
      await breathe();
      stopIfAborted(signal);
    }
  }

  // --- the Session ----------------------------------------------------------------

  #call(method, ...args) {
    return this.#session.call(method, ...args);
  }

  #ask(method, ...args) {
    return this.#session.ask(method, ...args);
  }

  #answer(method, ...questions) {
    const answer = this.#ask(method, ...questions.map((question) => JSON.stringify(question)));
    if (answer.error) throw new BertPreflightError('not-possible', answer.error);
    return answer;
  }

  // As the answer of encode. Without one of the workers the layers are not whole: the next call reads the data again.
  async #encodeShared(question) {
    if (this.#team.fault) throw new BertPreflightError('not-possible', this.#team.fault);
    const { join } = this.#answer('encodeBegin', question);
    let attention;
    try {
      attention = await this.#team.encode(this.#session, join);
    } catch (error) {
      this.#endTeam();
      this.#data_read = null;
      throw error;
    }
    return this.#outputs(this.#answer('encodeEnd'), attention);
  }

  #setOptions({ consumers = this.#defaults.consumers, paste = null, text = null, gelu = this.#defaults.gelu }) {
    const fault = this.#call('setOptions', JSON.stringify({ consumers: consumerList(consumers), paste, text, gelu: gelu ?? null }));
    if (fault) throw new BertPreflightError('bad-input', fault);
  }

  // What was found so far, as plain properties.
  #look() {
    this.files = this.#ask('files');
    this.tensors = this.#ask('tensors');
    this.abilities = this.#ask('abilities');
  }

  // `others`: the attention of the other workers' heads, which follow this one's, by layer.
  #outputs({ layers, hidden, vocab, ...answer }, others = []) {
    const tokens = answer.input_ids.length;
    const matrix = (index, ...shape) => (index === null || index === undefined ? null : { data: this.#call('output', index).slice(), shape });
    return {
      ...answer,
      layers: Object.fromEntries(layers.map(({ layer, output }) => [layer, matrix(output, tokens, hidden)])),
      pooled: matrix(answer.pooled, hidden),
      mlm_logits: matrix(answer.mlm_logits, tokens, vocab),
      nsp_logits: matrix(answer.nsp_logits, 2),
      attention: answer.attention?.map((output, layer) => {
        const data = joined([matrix(output).data, ...(others[layer] ?? [])]);
        return { data, shape: [data.length / (tokens * tokens), tokens, tokens] };
      }) ?? null,
    };
  }
}

const isOptions = (value) => typeof value === 'object' && value !== null;

function textInput(text, pair) {
  for (const one of [text, pair ?? '']) if (typeof one !== 'string') throw new BertPreflightError('bad-input', 'a text is a string');
  return pair === undefined || pair === null ? { text } : { text, pair };
}

const chosen = (options, keys) => Object.fromEntries(keys.filter((key) => options?.[key] !== undefined).map((key) => [key, options[key]]));

// Typed arrays of ids, too.
const plainArrays = (input) => Object.fromEntries(Object.entries(input).map(([key, value]) => [key, ArrayBuffer.isView(value) ? Array.from(value) : value]));
