// One worker's run of the data: streamed once into its Session, and what the other workers keep of it lent to them.
const kLoan = 1024 * 1024;  // bytes
const kLoans = 8;           // at a time: all that is held besides the chunk being read
const kShorter = 'the file is shorter than it was';

/**
 * A source that fails, or gives less than it should, ends only the reading of its own file: the Session is told where and why.
 * @param {import('./session.js').EngineSession} session after beginData
 * @param {{file: number, offset: number, length: number}[]} reads in order
 * @param {{lender?: Lender, onRead: (bytes: number) => void, stop?: () => void}} to `stop` throws what ends the reading
 */
export async function streamRun(session, sources, reads, { lender, onRead, stop = () => {} }) {
  const refused = new Set();
  for (const { file, offset, length } of reads) {
    let at = offset;
    const take = async (chunk) => {
      stop();
      const whole = session.bring('feed', chunk, file, at);
      if (!whole) return false;
      await lender?.take(file, at, chunk);
      at += chunk.length;
      onRead(chunk.length);
      return true;
    };
    if (!refused.has(file)) {
      const fault = await drain(sources[file], offset, length, take);
      if (fault) {
        refused.add(file);
        session.call('refuseData', file, at, fault);
        lender?.refuse(file, at, fault);
      }
    }
    if (at < offset + length) onRead(offset + length - at);  // what will not come
  }
  await lender?.home();
}

// Hands each chunk of the range to `take`; what `take` throws is thrown. Answers why the source did not give just the range, if so.
async function drain(source, offset, length, take) {
  let chunks, left = length;
  try {
    chunks = source.stream(offset, length)[Symbol.asyncIterator]();
    for (;;) {
      const { done, value } = await chunks.next();
      if (done) return left ? kShorter : null;
      left -= value.length;
      let taken;
      try {
        taken = await take(value);
      } catch (error) {
        throw new Stopped(error);
      }
      if (!taken) return 'the file is longer than it was';
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
   * @param {(loan: {file: number, offset: number, length: number, bytes: ArrayBuffer|null, fault?: string}) => void} lend takes the bytes
   *   away, until back(); `fault`: from there on the file cannot be read, and there are none
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

  refuse(file, offset, fault) {
    this.#flush();
    this.#lend({ file, offset, length: 0, bytes: null, fault });
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
