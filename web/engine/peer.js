// A worker that shares a set with the first one (team.js says how): it has its own Session over the same files, reads its run of the
// data, keeps its slice of every layer and computes with it.
import { Lender, streamRun } from './data_run.js';
import { BertPreflightError } from './error.js';
import { newEngine } from './load.js';
import { Awaited } from './pacing.js';
import { EngineSession } from './session.js';
import { takeLoan } from './team.js';

const kTell = 2 * 1024 * 1024;  // bytes read between two words about it

/**
 * @param {(message: object, transfer?: ArrayBuffer[]) => void} post to the first worker
 * @param {(handle: object) => object} sourceOf a source's `handle`, as it came over
 * @returns {(message: object) => Promise<void>} takes each message of the first worker
 */
export function servePeer(post, sourceOf) {
  const peer = new Peer(post, sourceOf);
  return async (message) => {
    try {
      await peer.take(message);
    } catch (error) {
      post({ fault: BertPreflightError.from(error).toMessage() });
    }
  };
}

class Peer {
  #post;
  #sourceOf;
  #begun = null;  // promise of the session, its data begun
  #session = null;
  #lender = null;
  #awaited = new Awaited();
  #half = 0;
  #attention = false;

  constructor(post, sourceOf) {
    this.#post = post;
    this.#sourceOf = sourceOf;
  }

  async take({ setup, visit, back, all, join, sum, ping }) {
    if (setup) return this.#load(setup);
    if (visit) {
      takeLoan(await this.#begun, visit);
      this.#post({ visited: visit }, visit.bytes ? [visit.bytes] : []);
    }
    if (back) this.#lender.back(back);
    if (all) this.#session.call('endData');
    if (join) this.#join(join);
    if (sum) this.#step(sum);
    if (ping) this.#post({ pong: true });
    return undefined;
  }

  async #load({ compiled, simd, handles, data, index, count, layers }) {
    this.#post({ read: 0 });  // it runs
    const sources = handles.map(this.#sourceOf);
    let plan;
    this.#begun = (async () => {
      this.#session = new EngineSession(await newEngine(compiled, simd));
      await this.#session.readStructure(sources);
      plan = this.#session.ask('beginData', JSON.stringify({ ...data, workers: { index, count, layers } }));
      return this.#session;
    })();
    const session = await this.#begun;
    this.#lender = new Lender(plan.shared[index], (loan) => this.#post({ lent: loan }, loan.bytes ? [loan.bytes] : []), this.#awaited);
    let untold = 0;
    const tell = (most) => {
      if (untold <= most) return;
      this.#post({ read: untold });
      untold = 0;
    };
    const onRead = (bytes) => {
      untold += bytes;
      tell(kTell);
    };
    await streamRun(session, sources, plan.reads, { lender: this.#lender, onRead });
    tell(0);
    for (let page = 0; ; page += 1) {
      const records = session.call('records', page).slice().buffer;
      if (!records.byteLength) break;
      this.#post({ records }, [records]);
    }
    this.#post({ loaded: { shared: JSON.stringify(plan.shared), why: layers ? plan.why : '', keeps: plan.keeps, memory: session.memory } });
  }

  #join(join) {
    const fault = this.#session.call('encodeJoin', JSON.stringify(join));
    if (fault) throw new BertPreflightError('engine-failed', fault);
    this.#half = 0;
    this.#attention = join.attention;
  }

  // Takes the sum over all workers, then computes its part of the next half layer.
  #step(sum) {
    const values = new Float32Array(sum);
    this.#session.call('partial').set(values);
    this.#session.call('encodeFinish');
    if (!this.#session.call('encodeHalf')) return;
    values.set(this.#session.call('partial'));
    const attention = this.#attention && this.#half % 2 === 0 ? this.#session.call('attention').slice() : undefined;
    this.#half += 1;
    this.#post({ partial: sum, attention }, attention ? [sum, attention.buffer] : [sum]);
  }
}
