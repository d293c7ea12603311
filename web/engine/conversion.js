// Drives a conversion: what the Session plans is streamed past it and written to an output. Nothing stands under its final name
// before all of it is written.
import { BertPreflightError, stopIfAborted } from './error.js';
import { conversionFault, repairWords } from './conversion_words.js';

/**
 * @typedef {{write(bytes: Uint8Array): Promise<void>, close(): Promise<void>}} OutputFile  bytes are good until write is done
 * @typedef {{begin(names: string[]): Promise<void>, create(name: string): Promise<OutputFile>, finish(): Promise<object|undefined>,
 *   discard(): Promise<void>}} Output  begin fails where a name is taken; finish puts all files in their places, by name what else there is to say of them
 */

/**
 * @param {{ask(method: string, ...args: any[]): any, call(method: string, ...args: any[]): any, bring(bytes: Uint8Array): void, sources: object[],
 *   report(): object}} session  of data read to its end
 * @param {Output} output
 */
export async function runConversion(session, output, { to, cutRows = false, lang, signal, progress }) {
  const plan = session.ask('beginConversion', JSON.stringify({ to, cut_rows: cutRows }));
  if (plan.error) throw conversionFault(plan, session.report(), lang);
  const files = [];
  try {
    await output.begin(plan.names);
    const write = async (name, work) => {
      const file = await output.create(name);
      let bytes = 0;
      try {
        await work(async (piece) => {
          bytes += piece.length;
          if (piece.length) await file.write(piece);
        });
      } finally {
        await file.close();
      }
      files.push({ name, bytes });
    };
    await write(plan.names[0], (put) => writeData(session, put, plan.bytes, signal, progress));
    for (const [i, name] of session.ask('endConversion').entries()) await write(name, (put) => put(session.call('convertedFile', i)));
    for (const { file, name } of plan.copies) await write(name, (put) => copy(session.sources[file], put, signal));
    stopIfAborted(signal);
    const more = await output.finish();
    const in_order = plan.names.map((name) => ({ ...files.find((file) => file.name === name), ...more?.[name] }));
    return { to, files: in_order, tensors: plan.tensors, repairs: repairWords(plan.repairs, lang), left_out: plan.left_out, config: plan.config };
  } catch (error) {
    await output.discard();
    throw error;
  }
}

async function writeData(session, put, total, signal, progress) {
  await put(session.call('converted'));
  let done = 0;
  for (;;) {
    const read = session.ask('conversionRead');
    if (!read) return;
    if (read.error) throw new BertPreflightError('read-failed', read.error);
    const made = session.call('converted');  // of bytes that are not read
    done += made.length;
    await put(made);
    let left = read.length;
    for await (const chunk of chunksOf(session.sources[read.file], read.offset, read.length)) {
      stopIfAborted(signal);
      left -= chunk.length;
      session.bring(chunk);
      const ready = session.call('converted');
      done += ready.length;
      await put(ready);
      progress({ phase: 'convert', bytesDone: done, bytesTotal: total, tensor: read.tensor });
    }
    if (left !== 0) throw new BertPreflightError('read-failed', `${session.sources[read.file].path} became shorter while it was read`);
  }
}

async function copy(source, put, signal) {
  for await (const chunk of chunksOf(source, 0, source.size)) {
    stopIfAborted(signal);
    await put(chunk);
  }
}

const kPiece = 4 * 1024 * 1024;

async function* chunksOf(source, offset, length) {
  if (!length) return;
  const chunks = source.stream(offset, length)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await chunks.next().catch((error) => {
        throw new BertPreflightError('read-failed', `${source.path} could not be read: ${error?.message ?? error}`, { cause: error });
      });
      if (done) return;
      for (let at = 0; at < value.length; at += kPiece) yield value.subarray(at, at + kPiece);
    }
  } finally {
    await chunks.return?.();
  }
}
