// The workers that share a set with this one (the first, who starts them and talks to each), over plain messages: where a page
// may not share memory, this is how every core is used. Loading: each streams its own run of the data, and what others keep of it
// visits them in buffers that are handed on. Encoding: each computes its slice of a half layer, the first adds the parts up in a
// fixed order and hands the sum back; two exchanges a layer.
//
// To a peer: {setup}, {visit: loan}, {back: bytes}, {all: true}, {join, sum}, {sum}, {ping}. From it: {read: bytes}, {lent: loan}, {visited: loan},
// {records}, {loaded: {…}}, {partial, attention?}, {fault}, {pong}. A loan is {owner, left: whom it still has to visit, file, offset, length, bytes};
// one with a `fault` has no bytes and says that from there on the file cannot be read. `all` says that none will come any more.
import { Lender, streamRun } from './data_run.js';
import { BertPreflightError, stopIfAborted } from './error.js';
import { Awaited } from './pacing.js';

const kPays = 64 * 1024 * 1024;  // of data: below it, starting a worker takes longer than it saves
const kMost = 4;                 // unless asked for: each adds to what the first has to add up
const kMostAsked = 64;
// A worker of a browser can be gone without any event: one that says nothing for so many pings is. Turns of this worker are counted
// and not time, so that a machine may sleep.
const kPing = 2000;  // ms
const kUnanswered = 5;

/**
 * How many workers share a set. Sharing only the reading does not pay (bench_team.mjs): unless asked for it stays with one.
 * @param {number|undefined} asked
 * @param {{bytes: number, heads: number}} work `heads` 0: nothing is encoded
 */
export function teamSize(asked, { bytes, heads }, cores = 1) {
  if (asked === undefined) return bytes < kPays ? 1 : Math.max(1, Math.min(cores, kMost, heads));
  return asked;
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
  #loading = null;   // {session, layers, onRead, lender}
  #loaded = [];      // what each said at its end
  #unanswered = [];  // pings
  #partials = [];
  #in_step = 0;      // how many of them are here

  /** @param {StartPeer} startPeer @param {object} setup what peer.js takes, but for its index */
  constructor(startPeer, count, setup) {
    this.count = count;
    this.fault = null;  // why nothing can be encoded
    for (let index = 1; index < count; index += 1) {
      const ended = (why) => this.#fail(new BertPreflightError('engine-failed', `worker ${index + 1} of ${count} ended: ${why}`));
      try {
        const port = startPeer({ message: (message) => this.#heard(index, message), ended });
        this.#ports[index] = port;
        port.hold(false);
        port.post({ setup: { ...setup, index, count } });
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
   * Reads this worker's run while the others read theirs; resolves once every byte is where it is kept and the session knows what
   * all of them found.
   * @param {object} plan of the session's beginData
   */
  async load(session, sources, plan, { layers, onRead, signal }) {
    const stop = () => this.#guarded(() => stopIfAborted(signal));
    signal?.addEventListener('abort', stop);
    try {
      stop();
      await this.#held(() => this.#load(session, sources, plan, { layers, onRead }));
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  async #load(session, sources, plan, { layers, onRead }) {
    const lender = new Lender(plan.shared[0], (loan) => this.#pass({ ...loan, owner: 0, left: this.#visitsOf(0) }), this.#awaited);
    this.#loading = { session, layers, onRead, lender };
    await streamRun(session, sources, plan.reads, { lender, onRead, stop: () => this.#awaited.stopIfFailed() });
    await this.#awaited.until(() => this.#loaded.length === this.count - 1);
    this.#loading = null;
    this.#peers((port) => port.post({ all: true }));
    const shared = JSON.stringify(plan.shared);
    for (const loaded of this.#loaded) {
      if (loaded.shared !== shared) throw new BertPreflightError('read-failed', 'the files changed while they were read');
      this.fault ??= loaded.why || null;
    }
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

  #heard(index, { fault, read, lent, visited, records, loaded, ...partial }) {
    this.#spoke.add(index);
    this.#unanswered[index] = 0;
    this.#guarded(() => {
      if (fault) throw BertPreflightError.from(fault);
      if (partial.partial) {
        this.#partials[index] = partial;
        this.#in_step += 1;
      }
      if (read) this.#loading?.onRead(read);
      if (lent) this.#pass({ ...lent, owner: index, left: this.#visitsOf(index) });
      if (visited) this.#pass(visited);
      if (records) this.#loading?.session.bring('takeRecords', new Uint8Array(records));
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

  // Whom a loan of a worker has to visit. Where only the first keeps weights, nobody but it.
  #visitsOf(owner) {
    if (!this.#loading?.layers) return owner === 0 ? [] : [0];
    return Array.from({ length: this.count }, (_, index) => index).filter((index) => index !== owner);
  }

  // Hands a loan on, and back at the end.
  #pass(loan) {
    const { left: [next, ...left], ...rest } = loan;
    const { owner, bytes } = rest;
    const transfer = bytes ? [bytes] : [];
    if (!this.#loading) return;  // it was given up
    if (next === undefined) {
      if (!bytes) return;
      if (owner === 0) this.#loading.lender.back(bytes);
      else this.#ports[owner].post({ back: bytes }, transfer);
    } else if (next === 0) {
      takeLoan(this.#loading.session, loan);
      this.#pass({ ...rest, left });
    } else {
      this.#ports[next].post({ visit: { ...rest, left } }, transfer);
    }
  }
}

/** Brings a loan to a session. */
export function takeLoan(session, { owner, file, offset, length, bytes, fault }) {
  if (fault) return session.call('refuseShared', owner, file, offset, fault);
  const taken = session.bring('feedShared', new Uint8Array(bytes, 0, length), owner, file, offset);
  if (!taken) throw new BertPreflightError('read-failed', 'the files changed while they were read');
  return undefined;
}
