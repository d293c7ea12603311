// Where a conversion goes in a page: a folder the user chose, or blobs to download. A folder's files take their names when they are
// closed, and not before.
import { BertPreflightError } from '../engine/error.js';

const fault = (name, error) => new BertPreflightError('write-failed', `${name} could not be written: ${error?.message ?? error}`, { cause: error });

/** @param {FileSystemDirectoryHandle|null|undefined} into  nothing: blobs */
export function outputTo(into, overwrite) {
  if (into === undefined || into === null) return new BlobOutput();
  if (typeof into.getFileHandle !== 'function') throw new BertPreflightError('bad-input', 'a conversion is written into the handle of a folder, or into blobs');
  return new HandleOutput(into, overwrite);
}

class BlobOutput {
  #blobs = {};

  async begin() {}

  async create(name) {
    const pieces = [];
    return {
      write: async (bytes) => void pieces.push(new Blob([bytes])),  // which the browser keeps where it has room, not here
      close: async () => void (this.#blobs[name] = { blob: new Blob(pieces) }),
    };
  }

  async finish() {
    return this.#blobs;
  }

  async discard() {
    this.#blobs = {};
  }
}

class HandleOutput {
  #folder;
  #overwrite;
  #open = new Map();    // name → stream not closed yet
  #fresh = new Set();   // names that were not there before

  constructor(folder, overwrite) {
    this.#folder = folder;
    this.#overwrite = overwrite;
  }

  async begin(names) {
    for (const name of names) {
      const there = await this.#folder.getFileHandle(name).catch((error) => {
        if (error?.name === 'NotFoundError') return null;
        throw fault(name, error);
      });
      if (there && !this.#overwrite) throw new BertPreflightError('write-failed', `${name} is there already; nothing was written`);
      if (!there) this.#fresh.add(name);
    }
  }

  async create(name) {
    try {
      const stream = await (await this.#folder.getFileHandle(name, { create: true })).createWritable();
      this.#open.set(name, stream);
      return {
        write: (bytes) => stream.write(bytes).catch((error) => Promise.reject(fault(name, error))),
        close: async () => {},
      };
    } catch (error) {
      throw fault(name, error);
    }
  }

  async finish() {
    for (const [name, stream] of this.#open) {
      await stream.close().catch((error) => Promise.reject(fault(name, error)));
      this.#open.delete(name);
      this.#fresh.delete(name);
    }
  }

  async discard() {
    for (const stream of this.#open.values()) await stream.abort().catch(() => {});
    for (const name of this.#open.keys()) if (this.#fresh.has(name)) await this.#folder.removeEntry(name).catch(() => {});
    this.#open.clear();
  }
}
