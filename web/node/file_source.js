// Paths to sources (web/README.md). Files are read in pieces through handles that are open only while they are read.
import { open as openFile, readdir, realpath, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';

import { BertPreflightError } from '../engine/error.js';

const kChunk = 1024 * 1024;
const kSkipped = new Set(['.git', '__MACOSX']);

/** A file on disk. */
export class FileSource {
  constructor(path, place, size) {
    this.path = path;
    this.size = size;
    this.place = place;
  }

  async read(offset, length) {
    const handle = await openFile(this.place);
    try {
      return await fill(handle, Buffer.allocUnsafe(length), offset);
    } finally {
      await handle.close();
    }
  }

  // Two buffers in turn, the next chunk being read while the last one is used.
  async *stream(offset, length) {
    const handle = await openFile(this.place);
    const end = offset + length;
    const buffers = takeBuffers();
    const readAt = (at, turn) => fill(handle, buffers[turn].subarray(0, Math.min(kChunk, end - at)), at);
    let next = null;
    try {
      for (let at = offset, turn = 0; at < end; turn = 1 - turn) {
        const chunk = await (next ?? readAt(at, turn));
        at += chunk.length;
        next = chunk.length && at < end ? readAt(at, 1 - turn) : null;
        next?.catch(() => {});  // reported when its turn comes
        if (!chunk.length) return;  // the file became shorter
        yield chunk;
      }
    } finally {
      await next?.catch(() => {});
      spare_buffers = buffers;
      await handle.close();
    }
  }
}

// Streams that follow one another use the same memory; it would pile up before it is collected.
let spare_buffers = null;
function takeBuffers() {
  const buffers = spare_buffers ?? [0, 1].map(() => Buffer.allocUnsafeSlow(kChunk));
  spare_buffers = null;
  return buffers;
}

// As much of `buffer` as the file has from `offset` on.
async function fill(handle, buffer, offset) {
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, offset + filled);
    if (!bytesRead) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

/** Bytes or a Blob under a name. */
export class BlobSource {
  constructor(path, content) {
    this.path = path;
    this.blob = content instanceof Blob ? content : new Blob([content]);
    this.size = this.blob.size;
  }

  async read(offset, length) {
    return new Uint8Array(await this.blob.slice(offset, offset + length).arrayBuffer());
  }

  async *stream(offset, length) {
    yield* this.blob.slice(offset, offset + length).stream();
  }
}

const kReasons = { ENOENT: 'there is no such file or folder', EACCES: 'no permission to read it', EPERM: 'no permission to read it', ELOOP: 'its links go in a circle', ENAMETOOLONG: 'the name is too long' };
export const reasonOf = (error) => kReasons[error?.code] ?? String(error?.message ?? error);

/**
 * Files and folders to sources. A folder's files are called as if the folder had been dropped: by its own name and what is below.
 * @param {string[]} paths
 * @param {(sentence: string) => void} onSkipped told of each folder inside that cannot be listed
 */
export async function sourcesOf(paths, onSkipped = () => {}) {
  const sources = [];
  const seen = new Set();  // folders by their true place: links may go in circles
  const add = async (place, name, given) => {
    let info;
    try {
      info = await stat(place);
    } catch (error) {
      if (!given) return onSkipped(`${name}: ${reasonOf(error)}`);
      throw new BertPreflightError('no-files', `${place}: ${reasonOf(error)}`, { cause: error });
    }
    if (info.isFile()) return sources.push(new FileSource(name, place, info.size));
    if (!info.isDirectory()) {
      if (given) throw new BertPreflightError('no-files', `${place} is neither a file nor a folder`);
      return undefined;
    }
    const true_place = await realpath(place);
    if (seen.has(true_place)) return undefined;
    seen.add(true_place);
    let names;
    try {
      names = await readdir(place);
    } catch (error) {
      if (!given) return onSkipped(`${name}: ${reasonOf(error)}`);
      throw new BertPreflightError('no-files', `${place}: ${reasonOf(error)}`, { cause: error });
    }
    for (const inner of names.sort()) if (!kSkipped.has(inner)) await add(join(place, inner), name ? `${name}/${inner}` : inner, false);
    return undefined;
  };
  for (const path of paths) await add(path, basename(resolve(path)), true);
  return renamedApart(sources);
}

// Two files of one name (from two folders given) get their places as names.
function renamedApart(sources) {
  const count = new Map();
  for (const { path } of sources) count.set(path, (count.get(path) ?? 0) + 1);
  for (const source of sources) if (count.get(source.path) > 1) source.path = source.place.replaceAll('\\', '/');
  return sources;
}
