// A folder that a conversion is written to: every file under a name of its own first, all under their names once all are whole.
import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rmdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';

import { BertPreflightError } from '../engine/error.js';
import { reasonOf } from './file_source.js';

export class FolderOutput {
  #folder;
  #overwrite;
  #made = false;        // the folder was not there before
  #parts = new Map();   // name → place while it is written

  constructor(folder, overwrite) {
    if (typeof folder !== 'string' || !folder) throw new BertPreflightError('bad-input', 'say which folder to write to');
    this.#folder = folder;
    this.#overwrite = overwrite;
  }

  async begin(names) {
    await this.#guarded(this.#folder, async () => (this.#made = (await mkdir(this.#folder, { recursive: true })) !== undefined));
    await this.#lookFor(names);
  }

  async create(name) {
    const place = join(this.#folder, `${name}.${randomBytes(6).toString('hex')}.part`);
    const handle = await this.#guarded(place, () => open(place, 'wx'));
    this.#parts.set(name, place);
    return {
      write: (bytes) => this.#guarded(place, () => handle.writeFile(bytes)),
      close: () => this.#guarded(place, () => handle.close()),
    };
  }

  async finish() {
    await this.#lookFor(this.#parts.keys());  // what came meanwhile
    for (const [name, place] of this.#parts) {
      await this.#guarded(join(this.#folder, name), () => rename(place, join(this.#folder, name)));
      this.#parts.delete(name);
    }
  }

  async discard() {
    for (const place of this.#parts.values()) await unlink(place).catch(() => {});
    this.#parts.clear();
    if (this.#made) await rmdir(this.#folder).catch(() => {});
  }

  async #lookFor(names) {
    for (const name of names) {
      const place = join(this.#folder, name);
      const there = await stat(place).catch(() => null);
      if (there?.isDirectory()) throw new BertPreflightError('write-failed', `${place} is a folder`);
      if (there && !this.#overwrite) throw new BertPreflightError('write-failed', `${place} is there already; nothing was written`);
    }
  }

  async #guarded(place, work) {
    try {
      return await work();
    } catch (error) {
      throw new BertPreflightError('write-failed', `${place} could not be written: ${reasonOf(error)}`, { cause: error });
    }
  }
}
