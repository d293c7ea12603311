// The data, streamed once into a Session.
const kShorter = 'the file is shorter than it was';

/**
 * A source that fails, or gives less than it should, ends only the reading of its own file: the Session is told where and why.
 * @param {import('./session.js').EngineSession} session after beginData
 * @param {{file: number, offset: number, length: number}[]} reads in order
 * @param {(bytes: number) => Promise<void>|void} onRead after so many more; what it throws ends the reading
 */
export async function streamRun(session, sources, reads, onRead) {
  const refused = new Set();
  for (const { file, offset, length } of reads) {
    let at = offset;
    const take = async (chunk) => {
      const whole = session.bring('feed', chunk, file, at);
      if (!whole) return false;
      at += chunk.length;
      await onRead(chunk.length);
      return true;
    };
    if (!refused.has(file)) {
      const fault = await drain(sources[file], offset, length, take);
      if (fault) {
        refused.add(file);
        session.call('refuseData', file, at, fault);
      }
    }
    if (at < offset + length) await onRead(offset + length - at);  // what will not come
  }
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
