// Sources (web/README.md) over files that lie in archives: a range of the archive, or what a range of it inflates to.
import { Turns } from './pacing.js';

// What goes into the inflater at once. It may put out all of it before anyone asks: 1032 times as much.
const kPacked = 16 * 1024;

/** @param {{path: string, method: 'stored'|'deflate'|'gzip', offset: number, length: number, size: number, crc32: number|null}} member */
export function memberSource(parent, member) {
  return member.method === 'stored' ? new RangeSource(parent, member) : new InflatingSource(parent, member);
}

class RangeSource {
  constructor(parent, { path, offset, size }) {
    this.path = path;
    this.size = size;
    this.parent = parent;
    this.offset = offset;
  }

  read(offset, length) {
    return this.parent.read(this.offset + offset, length);
  }

  stream(offset, length) {
    return this.parent.stream(this.offset + offset, length);
  }
}

/**
 * Reads forward and stays where it is for the next read; one that lies behind starts again. Holds a few chunks, whatever the size.
 * Bytes that do not inflate, end early, go on beyond the size or have another check sum reject the read that comes to them.
 */
export class InflatingSource {
  #packed;  // () → chunks of the compressed bytes
  #format;
  #crc32;   // of all bytes, or null
  #turns = new Turns();
  #reader = null;
  #chunk = new Uint8Array();  // inflated and not taken
  #at = 0;                    // where it stands
  #sum = -1;                  // the running check sum

  constructor(parent, { path, method, offset, length, size, crc32 }) {
    this.path = path;
    this.size = size;
    this.#packed = () => parent.stream(offset, length);
    this.#format = method === 'gzip' ? 'gzip' : 'deflate-raw';
    this.#crc32 = crc32 ?? null;
  }

  read(offset, length) {
    return this.#turns.take(async () => {
      const bytes = new Uint8Array(length);
      for (let filled = 0; filled < length; ) {
        const chunk = await this.#take(offset + filled, length - filled);
        bytes.set(chunk, filled);
        filled += chunk.length;
      }
      return bytes;
    });
  }

  async *stream(offset, length) {
    for (let at = offset; at < offset + length; ) {
      const chunk = await this.#turns.take(() => this.#take(at, offset + length - at));
      at += chunk.length;
      yield chunk;
    }
  }

  close() {
    void this.#reader?.cancel().catch(() => {});
    this.#reader = null;
  }

  // The next bytes from `offset`, at most `most`.
  async #take(offset, most) {
    if (!this.#reader || offset < this.#at) this.#restart();
    try {
      for (;;) {
        const skipped = Math.min(offset - this.#at, this.#chunk.length);
        this.#chunk = this.#chunk.subarray(skipped);
        this.#at += skipped;
        if (this.#chunk.length) break;
        await this.#next();
      }
    } catch (error) {
      this.close();
      throw error;
    }
    const taken = this.#chunk.subarray(0, most);
    this.#chunk = this.#chunk.subarray(taken.length);
    this.#at += taken.length;
    return taken;
  }

  #restart() {
    this.close();
    this.#reader = inflated(this.#packed(), this.#format);
    this.#chunk = new Uint8Array();
    this.#at = 0;
    this.#sum = -1;
  }

  // The last chunk is given only once nothing follows it and the sum is right.
  async #next() {
    const { done, value } = await this.#reader.read();
    if (done) throw new Error('the compressed bytes end early');
    const end = this.#at + value.length;
    if (end > this.size) throw new Error(`it inflates to more than its ${this.size} bytes`);
    if (this.#crc32 !== null) this.#sum = extendCrc32(this.#sum, value);
    this.#chunk = value;
    if (end < this.size) return;
    for (let rest; (rest = await this.#reader.read()), !rest.done; ) {
      if (rest.value.length) throw new Error(`it inflates to more than its ${this.size} bytes`);
    }
    if (this.#crc32 !== null && ~this.#sum >>> 0 !== this.#crc32) throw new Error('its check sum is wrong');
  }
}

// A reader of what they inflate to. Each piece waits until the one before is taken: a stream's own queue counts pieces, and Node's
// would take the whole file before anyone reads.
function inflated(packed, format) {
  const { readable, writable } = new DecompressionStream(format);
  void fill(writable.getWriter(), packed);
  return readable.getReader();
}

async function fill(writer, packed) {
  try {
    for await (const chunk of packed) {
      // Copies, for a chunk is valid only until the next one.
      for (let start = 0; start < chunk.length; start += kPacked) await writer.write(new Uint8Array(chunk.subarray(start, start + kPacked)));
    }
    await writer.close();
  } catch (error) {
    await writer.abort(error).catch(() => {});
  }
}

const kCrcTable = Int32Array.from({ length: 256 }, (_, crc) => {
  for (let bit = 0; bit < 8; ++bit) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

// CRC-32 as zip has it; begins with -1 and is the complement of the end.
function extendCrc32(crc, bytes) {
  for (let i = 0; i < bytes.length; ++i) crc = (crc >>> 8) ^ kCrcTable[(crc ^ bytes[i]) & 0xff];
  return crc;
}
