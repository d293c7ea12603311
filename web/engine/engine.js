// Drives one Session over sources of bytes: reads what it wants, streams what it plans, words what it says.
import { consumerList } from './consumers.js';
import { runConversion } from './conversion.js';
import { BertPreflightError, stopIfAborted } from './error.js';
import { newEngine } from './load.js';
import { memberSource } from './member_source.js';
import { breathe, throttled, Turns } from './pacing.js';
import { addPasteFindings, pasteFacts } from './paste/index.js';
import { wordReport } from './words.js';

const kInbox = 4 * 1024 * 1024;  // the most that crosses at once; the engine keeps that much room
const kReadsAtOnce = 16;

/**
 * @typedef {{path: string, size: number, read(offset: number, length: number): Promise<Uint8Array>,
 *   stream(offset: number, length: number): AsyncIterable<Uint8Array>}} Source
 * A streamed chunk is valid until the next one is asked for.
 */

/**
 * @param {Source[]} sources; resolves once the structure is known, no tensor data read
 * @param {{outputTo?: (into: any, overwrite: boolean) => import('./conversion.js').Output}} options  besides those of `open`: where a conversion goes
 */
export async function openSet(compiled, sources, options = {}) {
  if (!sources.length) throw new BertPreflightError('no-files', 'there is no file in what was given');
  const set = new OpenSet(await newEngine(compiled, options.simd), sources, options);
  try {
    await set.begin(options);
  } catch (error) {
    set.close();
    throw error;
  }
  return set;
}

class OpenSet {
  #core;
  #session;
  #sources;
  #defaults;
  #turns = new Turns();
  #faults = new Map();  // path → why it could not be read
  #data_read = null;    // how the data was read: {statistics, keep}; null: not yet
  #output_to;
  #weights_bytes = 0;

  constructor(core, sources, defaults) {
    this.#core = core;
    this.#session = new core.Session();
    this.#sources = [...sources];  // by id; members of archives are added
    this.#output_to = defaults.outputTo;
    this.#defaults = { consumers: defaults.consumers, lang: defaults.lang, gelu: defaults.gelu };
  }

  begin({ signal, onProgress }) {
    return this.#turns.take(async () => {
      for (const source of this.#sources) this.#call('addFile', source.path, source.size);
      await this.#readStructure(signal, throttled(onProgress));
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
        await this.#readData(signal, progress, { statistics });
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
      await this.#readData(signal, throttled(onProgress), { statistics: this.#data_read?.statistics });
      stopIfAborted(signal);
      this.#setOptions({ gelu: options.gelu });
      const given = typeof input === 'string' ? textInput(input, pair) : chosen(input, ['input_ids', 'token_type_ids', 'attention_mask']);
      return this.#outputs(this.#answer('encode', { ...chosen(options, ['layers', 'logits', 'top', 'attention', 'casing', 'keep_special', 'special']), ...plainArrays(given) }));
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
          this.#call('inbox', bytes.length).set(bytes);
          this.#call('convert', bytes.length);
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

  /** Bytes of the engine's memory, which only grows, and of the weights kept in it. */
  get memory() {
    return { engine: this.#core.HEAPU8.byteLength, weights: this.#weights_bytes };
  }

  close() {
    for (const source of this.#sources) source.close?.();
    this.#session?.delete();
    this.#session = null;
    this.#core = null;
  }

  // --- reading --------------------------------------------------------------------

  async #readStructure(signal, progress) {
    let done = 0;
    for (;;) {
      const wanted = this.#ask('wantedReads');
      for (const member of this.#ask('takeMembers')) this.#sources[member.file] = memberSource(this.#sources[member.parent], member);
      if (!wanted.length) return;
      const pieces = wanted.flatMap(inPieces);
      let total = done;
      for (const { length } of pieces) total += length;
      for (let i = 0; i < pieces.length; i += kReadsAtOnce) {
        const batch = pieces.slice(i, i + kReadsAtOnce);
        const read = await Promise.all(batch.map(({ file, offset, length }) => this.#readPiece(this.#sources[file], offset, length)));
        stopIfAborted(signal);
        batch.forEach(({ file, offset, length }, at) => {
          if (read[at].fault) this.#refuse(file, read[at].fault);
          else this.#bring('supply', file, offset, read[at].bytes);
          done += length;
        });
        progress({ phase: 'structure', bytesDone: done, bytesTotal: total });
      }
    }
  }

  #refuse(file, fault) {
    this.#faults.set(this.#sources[file].path, fault);
    this.#call('refuseFile', file, fault);
  }

  async #readPiece(source, offset, length) {
    try {
      const bytes = await source.read(offset, length);
      return bytes.length === length ? { bytes } : { fault: 'the file is shorter than it was' };
    } catch (error) {
      return { fault: String(error?.message ?? error) };
    }
  }

  // One pass for everything that needs the data: checksums, statistics, and the weights if the encoder can run.
  async #readData(signal, progress, { statistics = true, keep = true } = {}) {
    const earlier = this.#data_read;
    if (earlier && (earlier.statistics || !statistics) && (earlier.keep || !keep)) return;
    this.#data_read = null;
    const { reads, bytes, keeps } = this.#ask('beginData', JSON.stringify({ keep: keep && this.abilities.encoder, statistics }));
    const cut = new Set();  // files that gave not all of it
    let before = 0;
    for (const { file, offset, length } of reads) {
      let at = offset;
      const take = (chunk) => {
        stopIfAborted(signal);
        for (let start = 0; start < chunk.length; start += kInbox) {
          const piece = chunk.subarray(start, start + kInbox);
          this.#bring('feed', file, at, piece);
          at += piece.length;
        }
        progress({ phase: 'data', bytesDone: before + at - offset, bytesTotal: bytes, tensor: this.#call('currentTensor') });
      };
      if (!cut.has(file)) {
        const fault = await drain(this.#sources[file], offset, length, take);
        if (fault) {
          cut.add(file);
          this.#call('refuseData', file, at, fault);
        }
      }
      before += length;
    }
    this.#call('endData');
    this.#data_read = { statistics, keep };
    this.#weights_bytes = keeps;
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
    if (!this.#session) throw new BertPreflightError('bad-input', 'the set is closed');
    try {
      return this.#session[method](...args);
    } catch (cause) {
      // A trap leaves the instance in no known state.
      this.#session = null;
      const memory = /memory|abort/i.test(String(cause?.message)) ? ' (it ran out of memory)' : '';
      throw new BertPreflightError('engine-failed', `the engine stopped in ${method}${memory}`, { cause });
    }
  }

  #ask(method, ...args) {
    return JSON.parse(this.#call(method, ...args));
  }

  #answer(method, question) {
    const answer = this.#ask(method, JSON.stringify(question));
    if (answer.error) throw new BertPreflightError('not-possible', answer.error);
    return answer;
  }

  #bring(method, file, offset, bytes) {
    this.#call('inbox', bytes.length).set(bytes);
    return this.#call(method, file, offset, bytes.length);
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

  #outputs({ layers, hidden, vocab, ...answer }) {
    const tokens = answer.input_ids.length;
    const matrix = (index, ...shape) => (index === null || index === undefined ? null : { data: this.#call('output', index).slice(), shape });
    return {
      ...answer,
      layers: Object.fromEntries(layers.map(({ layer, output }) => [layer, matrix(output, tokens, hidden)])),
      pooled: matrix(answer.pooled, hidden),
      mlm_logits: matrix(answer.mlm_logits, tokens, vocab),
      nsp_logits: matrix(answer.nsp_logits, 2),
      attention: answer.attention?.map((output) => {
        const { data } = matrix(output);
        return { data, shape: [data.length / (tokens * tokens), tokens, tokens] };
      }) ?? null,
    };
  }
}

// Hands each chunk of the range to `take`; what `take` throws is thrown. Answers why the source did not give all of it, if so.
async function drain(source, offset, length, take) {
  let chunks, left = length;
  try {
    chunks = source.stream(offset, length)[Symbol.asyncIterator]();
    for (;;) {
      const { done, value } = await chunks.next();
      if (done) return left ? 'the file is shorter than it was' : null;
      left -= value.length;
      try {
        take(value);
      } catch (error) {
        throw new Stopped(error);
      }
    }
  } catch (error) {
    if (error instanceof Stopped) throw error.cause;
    return String(error?.message ?? error);
  } finally {
    await chunks?.return?.();
  }
}

class Stopped extends Error {
  constructor(cause) {
    super('', { cause });
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

function inPieces({ file, offset, length }) {
  const pieces = [];
  for (let at = 0; at < length; at += kInbox) pieces.push({ file, offset: offset + at, length: Math.min(kInbox, length - at) });
  return pieces;
}
