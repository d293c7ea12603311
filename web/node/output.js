// Where a command's answer goes: stdout, or a file that is written whole or not at all.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { open, rename, stat, unlink } from 'node:fs/promises';

import { BertPreflightError } from '../engine/error.js';
import { reasonOf } from './file_source.js';

const fault = (file, error) => new BertPreflightError('bad-input', `${file} could not be written: ${reasonOf(error)}`, { cause: error });

/** An output has write(text|Buffer), finish() and discard(). */
export async function openOutput(file) {
  if (file === undefined) return new StandardOutput();
  const other = await stat(file).catch(() => null);
  // A device or a pipe has no whole; a folder is a slip.
  if (other?.isDirectory()) throw new BertPreflightError('bad-input', `${file} is a folder`);
  const place = other && !other.isFile() ? file : `${file}.${randomBytes(6).toString('hex')}.part`;
  try {
    return new FileOutput(file, place, await open(place, place === file ? 'w' : 'wx'));
  } catch (error) {
    throw fault(file, error);
  }
}

class StandardOutput {
  terminal = process.stdout.isTTY === true;

  async write(text) {
    if (process.stdout.destroyed) return;
    if (process.stdout.write(text)) return;
    // An error also ends the wait; cli.js judges it: a reader that stopped early is none.
    const waiting = new AbortController();
    const { signal } = waiting;
    await Promise.race(['drain', 'close'].map((event) => once(process.stdout, event, { signal }))).catch(() => {});
    waiting.abort();
  }

  async finish() {}
  async discard() {}
}

class FileOutput {
  terminal = false;

  constructor(file, place, handle) {
    Object.assign(this, { file, place, handle });
  }

  async write(text) {
    try {
      await this.handle.writeFile(text);
    } catch (error) {
      throw fault(this.file, error);
    }
  }

  async finish() {
    try {
      await this.handle.close();
      if (this.place !== this.file) await rename(this.place, this.file);
    } catch (error) {
      await unlink(this.place).catch(() => {});
      throw fault(this.file, error);
    }
  }

  async discard() {
    await this.handle.close().catch(() => {});
    if (this.place !== this.file) await unlink(this.place).catch(() => {});
  }
}
