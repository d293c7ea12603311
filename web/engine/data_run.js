// One worker's run of the data: streamed once into its Session, and what the other workers keep of it lent to them.
import { BertPreflightError } from './error.js';

const kLoan = 1024 * 1024;  // bytes
const kLoans = 8;           // at a time: all that is held besides the chunk being read

/**
 * @param {import('./session.js').EngineSession} session after beginData
 * @param {{file: number, offset: number, length: number}[]} reads in order
 * @param {{lender?: Lender, onRead: (bytes: number) => void, stop?: () => void}} to `stop` throws what ends the reading
 */
export async function streamRun(session, sources, reads, { lender, onRead, stop = () => {} }) {
  for (const { file, offset, length } of reads) {
    const source = sources[file];
    let at = offset;
    try {
      for await (const chunk of source.stream(offset, length)) {
        stop();
        if (!session.bring('feed', chunk, file, at)) throw new BertPreflightError('read-failed', `${source.path} became longer while it was read`);
        await lender?.take(file, at, chunk);
        at += chunk.length;
        onRead(chunk.length);
      }
    } catch (error) {
      throw error instanceof BertPreflightError ? error : new BertPreflightError('read-failed', `${source.path} could not be read: ${error?.message ?? error}`, { cause: error });
    }
    if (at !== offset + length) throw new BertPreflightError('read-failed', `${source.path} became shorter while it was read`);
  }
  await lender?.home();
}

/** Copies what lies in `reads` into a few buffers that go round: each is filled again once everyone has seen it. */
export class Lender {
  #reads;
  #lend;
  #awaited;
  #next = 0;       // the first of the reads that does not lie behind
  #free = [];
  #made = 0;
  #filling = null;

  /**
   * @param {(loan: {file: number, offset: number, length: number, bytes: ArrayBuffer}) => void} lend takes the bytes away, until back()
   * @param {import('./pacing.js').Awaited} awaited looked at after each back()
   */
  constructor(reads, lend, awaited) {
    this.#reads = reads;
    this.#lend = lend;
    this.#awaited = awaited;
  }

  async take(file, offset, chunk) {
    const end = offset + chunk.length;
    const behind = (read) => read.file < file || (read.file === file && read.offset + read.length <= offset);
    while (this.#next < this.#reads.length && behind(this.#reads[this.#next])) this.#next += 1;
    for (const read of this.#reads.slice(this.#next)) {
      if (read.file !== file || read.offset >= end) return;
      const to = Math.min(end, read.offset + read.length);
      for (let at = Math.max(offset, read.offset); at < to;) {
        const loan = await this.#roomFor(file, at);
        const piece = chunk.subarray(at - offset, Math.min(to, at + kLoan - loan.length) - offset);
        new Uint8Array(loan.bytes, loan.length, piece.length).set(piece);
        loan.length += piece.length;
        at += piece.length;
      }
    }
  }

  back(bytes) {
    this.#free.push(bytes);
    this.#awaited.look();
  }

  /** Lends the rest and waits until all is back. */
  async home() {
    this.#flush();
    await this.#awaited.until(() => this.#free.length === this.#made);
  }

  // The buffer being filled, if the next byte of the file follows in it.
  async #roomFor(file, offset) {
    const last = this.#filling;
    if (last && last.file === file && last.offset + last.length === offset && last.length < kLoan) return last;
    this.#flush();
    if (!this.#free.length && this.#made < kLoans) {
      this.#made += 1;
      this.#free.push(new ArrayBuffer(kLoan));
    }
    await this.#awaited.until(() => this.#free.length > 0);
    this.#filling = { file, offset, length: 0, bytes: this.#free.pop() };
    return this.#filling;
  }

  #flush() {
    if (this.#filling) this.#lend(this.#filling);
    this.#filling = null;
  }
}
