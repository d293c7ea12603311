// A worker that shares a set with the first one (team.js says how): it has a Session without files, is sent its slice of every layer
// and computes with it.
import { BertPreflightError } from './error.js';
import { newEngine } from './load.js';
import { EngineSession } from './session.js';

/**
 * @param {(message: object, transfer?: ArrayBuffer[]) => void} post to the first worker
 * @returns {(message: object) => Promise<void>} takes each message of the first worker
 */
export function servePeer(post) {
  const peer = new Peer(post);
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
  #begun = null;  // promise of the session
  #session = null;
  #share = null;  // what beginShare said
  #half = 0;
  #attention = false;

  constructor(post) {
    this.#post = post;
  }

  async take({ setup, share, slices, length, whole, join, sum, ping }) {
    if (ping) return this.#post({ pong: true });
    if (setup) {
      this.#post({ runs: true });
      this.#begun = newEngine(setup.compiled, setup.simd).then((core) => (this.#session = new EngineSession(core)));
    }
    await this.#begun;
    if (share) this.#share = this.#session.ask('beginShare', JSON.stringify(share));
    if (slices) {
      this.#session.bring('takeShare', new Uint8Array(slices, 0, length));
      this.#post({ taken: slices }, [slices]);
    }
    if (whole) this.#post({ loaded: { ...this.#share, memory: this.#session.memory } });
    if (join) this.#join(join);
    if (sum) this.#step(sum);
    return undefined;
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
