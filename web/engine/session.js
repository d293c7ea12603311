// One Session of the engine (src/bindings/session.h) and how it is talked to: JSON in and out, bytes through its inbox.
import { BertPreflightError, stopIfAborted } from './error.js';
import { memberSource } from './member_source.js';

const kInbox = 4 * 1024 * 1024;  // the most that crosses at once; the engine keeps that much room
const kReadsAtOnce = 16;

export class EngineSession {
  #core;
  #session;

  constructor(core) {
    this.#core = core;
    this.#session = new core.Session();
  }

  call(method, ...args) {
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

  ask(method, ...args) {
    return JSON.parse(this.call(method, ...args));
  }

  /** `args`, where the bytes stand: a file and an offset. False: not taken. */
  bring(method, bytes, ...args) {
    for (let start = 0; start < bytes.length; start += kInbox) {
      const piece = bytes.subarray(start, start + kInbox);
      this.call('inbox', piece.length).set(piece);
      const offset = args.length ? [...args.slice(0, -1), args.at(-1) + start] : [];
      if (this.call(method, ...offset, piece.length) === false) return false;
    }
    return true;
  }

  /**
   * Reads what the structure is known from. Files that lie in archives are added to `sources`, which stand by their id.
   * @param {{signal?: AbortSignal, progress?: (step: object) => void, refused?: (source: object, fault: string) => void}} to
   */
  async readStructure(sources, { signal, progress = () => {}, refused = () => {} } = {}) {
    for (const source of sources) this.call('addFile', source.path, source.size);
    let done = 0;
    for (;;) {
      const wanted = this.ask('wantedReads');
      for (const member of this.ask('takeMembers')) sources[member.file] = memberSource(sources[member.parent], member);
      if (!wanted.length) return;
      const pieces = wanted.flatMap(inPieces);
      let total = done;
      for (const { length } of pieces) total += length;
      for (let i = 0; i < pieces.length; i += kReadsAtOnce) {
        const batch = pieces.slice(i, i + kReadsAtOnce);
        const read = await Promise.all(batch.map(({ file, offset, length }) => readPiece(sources[file], offset, length)));
        stopIfAborted(signal);
        batch.forEach(({ file, offset, length }, at) => {
          const { bytes, fault } = read[at];
          if (fault) {
            refused(sources[file], fault);
            this.call('refuseFile', file, fault);
          } else {
            this.bring('supply', bytes, file, offset);
          }
          done += length;
        });
        progress({ phase: 'structure', bytesDone: done, bytesTotal: total });
      }
    }
  }

  /** Bytes of the engine's memory, which only grows. */
  get memory() {
    return this.#core?.HEAPU8.byteLength ?? 0;
  }

  close() {
    this.#session?.delete();
    this.#session = null;
    this.#core = null;
  }
}

async function readPiece(source, offset, length) {
  try {
    const bytes = await source.read(offset, length);
    return bytes.length === length ? { bytes } : { fault: 'the file is shorter than it was' };
  } catch (error) {
    return { fault: String(error?.message ?? error) };
  }
}

function inPieces({ file, offset, length }) {
  const pieces = [];
  for (let at = 0; at < length; at += kInbox) pieces.push({ file, offset: offset + at, length: Math.min(kInbox, length - at) });
  return pieces;
}
