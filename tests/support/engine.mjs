// The built engine over files in memory: one call from {path: bytes} to a report.
import { open } from '../../web/node/index.js';

/** @returns {Promise<object>} the report, data read; nothing is run unless asked for */
export async function judge(files, { paste, consumers, run = false, quick = false } = {}) {
  const set = await open(files, { consumers });
  try {
    return await set.check({ paste, run, quick, consumers });
  } finally {
    set.close();
  }
}
