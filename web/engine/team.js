// The workers that share a set with this one (the first, who starts them and talks to each), over plain messages: where a page
// may not share memory, this is how every core is used. Loading: the first reads, and hands out what the others keep of the layers as
// it comes by (a stream of a blob is faster than its checks; sharing the reading gained nothing). Encoding: each computes its slice of
// a half layer, the first adds the parts up in a fixed order and hands the sum back; two exchanges a layer.
//
// To a peer: {setup}, {share}, {slices: buffer, length}, {whole: true}, {join, sum}, {sum}, {ping}. From it: {runs: true}, {taken: buffer},
// {loaded: {…}}, {partial, attention?}, {fault}, {pong}.
import { streamRun } from './data_run.js';
import { BertPreflightError, stopIfAborted } from './error.js';
import { Awaited } from './pacing.js';

const kPays = 64 * 1024 * 1024;  // of data: below it, starting a worker takes longer than it saves
const kMost = 4;                 // unless asked for: each adds to what the first has to add up
const kMostAsked = 64;
const kHandedOut = 1024 * 1024;  // bytes read between two messages of slices
const kAhead = 8;                // of these messages, that a peer has not taken yet
// A worker of a browser can be gone without any event: one that says nothing for so many pings is. Turns of this worker are counted
// and not time, so that a machine may sleep.
const kPing = 2000;  // ms
const kUnanswered = 5;

/**
 * How many workers share a set.
 * @param {number|undefined} asked
 * @param {{bytes: number, heads: number}} work `heads` 0: nothing is encoded
 */
export function teamSize(asked, { bytes, heads }, cores = 1) {
  if (!heads) return 1;
  return asked ?? (bytes < kPays ? 1 : Math.max(1, Math.min(cores, kMost, heads)));
}

export function checkWorkers(asked) {
  if (asked === undefined || (Number.isInteger(asked) && asked >= 1 && asked <= kMostAsked)) return;
  throw new BertPreflightError('bad-input', `workers is a number from 1 to ${kMostAsked}`);
}

/**
 * @typedef {{post(message: object, transfer?: ArrayBuffer[]): void, hold(busy: boolean): void, end(): void}} Port to a new worker, in which
 *   servePeer (peer.js) runs; `hold` says whether anything waits for it
 * @typedef {(hear: {message: (message: object) => void, ended: (why: string) => void}) => Port} StartPeer
 */

export class Team {
  #ports = [];
  #awaited = new Awaited();
  #spoke = new Set();
  #free = [];        // buffers for slices
  #untaken = [];     // messages of slices, by peer
  #loaded = [];      // what each said at its end
  #unanswered = [];  // pings
  #partials = [];
  #in_step = 0;      // how many of them are here

  /** @param {StartPeer} startPeer @param {{compiled: WebAssembly.Module, simd: string}} setup */
  constructor(startPeer, count, setup) {
    this.count = count;
    this.fault = null;  // why nothing can be encoded
    for (let index = 1; index < count; index += 1) {
      const ended = (why) => this.#fail(new BertPreflightError('engine-failed', `worker ${index + 1} of ${count} ended: ${why}`));
      try {
        const port = startPeer({ message: (message) => this.#heard(index, message), ended });
        this.#ports[index] = port;
        port.hold(false);
        this.#untaken[index] = 0;
        port.post({ setup });
      } catch (error) {
        ended(error.message);
      }
    }
  }

  /** Every worker was started and ran. */
  get started() {
    return this.#spoke.size === this.count - 1;
  }

  get memory() {
    return this.#loaded.reduce((sum, { memory }) => sum + memory, 0);
  }

  get weights() {
    return this.#loaded.reduce((sum, { keeps }) => sum + keeps, 0);
  }

  /**
   * Reads the data into the session; resolves once every byte is where it is kept.
   * @param {object} plan of the session's beginData
   * @param {{onRead: (bytes: number) => void, signal?: AbortSignal}} to
   */
  async load(session, sources, plan, { onRead, signal }) {
    const stop = () => this.#guarded(() => stopIfAborted(signal));
    signal?.addEventListener('abort', stop);
    try {
      stop();
      await this.#held(async () => {
        this.#peers((port, index) => port.post({ share: { ...plan.share, index, count: this.count } }));
        let kept_back = 0;
        await streamRun(session, sources, plan.reads, async (bytes) => {
          onRead(bytes);
          kept_back += bytes;
          if (kept_back < kHandedOut) return;
          kept_back = 0;
          await this.#handOut(session);
        });
        await this.#handOut(session);
        this.#peers((port) => port.post({ whole: true }));
        await this.#awaited.until(() => this.#loaded.length === this.count - 1);
      });
      for (const { why } of this.#loaded) this.fault ??= why || null;
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  // What came by for each peer since the last time; waits while one is behind.
  async #handOut(session) {
    this.#peers((port, index) => {
      const slices = session.call('outbox', index);
      if (!slices.length) return;
      const buffer = this.#roomFor(slices.length);
      new Uint8Array(buffer).set(slices);
      this.#untaken[index] += 1;
      port.post({ slices: buffer, length: slices.length }, [buffer]);
    });
    await this.#awaited.until(() => this.#untaken.every((messages) => messages < kAhead));
  }

  // Buffers go round: new ones become garbage faster than it is collected.
  #roomFor(length) {
    const buffer = this.#free.pop();
    return buffer && buffer.byteLength >= length ? buffer : new ArrayBuffer(length);
  }

  /**
   * The layers of an encode that was begun; resolves to the attention of the others, a list for each layer, if it was asked for.
   * @returns {Promise<Float32Array[][]>}
   */
  async encode(session, join) {
    return this.#held(async () => {
      this.#peers((port) => {
        const sum = session.call('partial').slice().buffer;
        port.post({ join, sum }, [sum]);
      });
      const attention = [];
      for (let half = 0; session.call('encodeHalf'); half += 1) {
        await this.#awaited.until(() => this.#in_step === this.count - 1);
        this.#in_step = 0;
        this.#peers((_, index) => {
          session.call('received').set(new Float32Array(this.#partials[index].partial));
          session.call('addReceived');
        });
        const sum = session.call('partial');
        if (join.attention && half % 2 === 0) attention.push(this.#partials.slice(1).map((one) => one.attention));
        this.#peers((port, index) => {
          const buffer = this.#partials[index].partial;
          new Float32Array(buffer).set(sum);
          port.post({ sum: buffer }, [buffer]);
        });
        session.call('encodeFinish');
      }
      return attention;
    });
  }

  close() {
    this.#fail(new BertPreflightError('aborted', 'the set was closed'));
    this.#peers((port) => port.end());
    this.#ports = [];
  }

  #peers(each) {
    this.#ports.forEach(each);
  }

  async #held(work) {
    this.#peers((port) => port.hold(true));
    this.#unanswered = [];
    const watch = setInterval(() => this.#watch(), kPing);
    try {
      return await work();
    } finally {
      clearInterval(watch);
      this.#peers((port) => port.hold(false));
    }
  }

  #watch() {
    this.#peers((port, index) => {
      const unanswered = this.#unanswered[index] ?? 0;
      if (unanswered === kUnanswered) return this.#fail(new BertPreflightError('engine-failed', `worker ${index + 1} of ${this.count} does not answer`));
      this.#unanswered[index] = unanswered + 1;
      return port.post({ ping: true });
    });
  }

  #fail(error) {
    this.#awaited.fail(error);
  }

  #heard(index, { fault, taken, loaded, ...partial }) {
    this.#spoke.add(index);
    this.#unanswered[index] = 0;
    this.#guarded(() => {
      if (fault) throw BertPreflightError.from(fault);
      if (partial.partial) {
        this.#partials[index] = partial;
        this.#in_step += 1;
      }
      if (taken) {
        this.#untaken[index] -= 1;
        this.#free.push(taken);
      }
      if (loaded) this.#loaded.push(loaded);
    });
    this.#awaited.look();
  }

  // What it throws is the end of the team.
  #guarded(work) {
    try {
      work();
    } catch (error) {
      this.#fail(BertPreflightError.from(error));
    }
  }
}
