// Threads that share a set with this one (engine/team.js). peer.js stands beside this script, and beside the bundles it is part of.
import { Worker } from 'node:worker_threads';

/** @type {import('../engine/team.js').StartPeer} */
export function startPeer({ message, ended }) {
  // Not with the program's own flags: some, as --input-type, are not for a thread.
  const worker = new Worker(new URL('./peer.js', import.meta.url), { execArgv: [] });
  worker.on('message', message);
  worker.on('error', (error) => ended(error.message));
  worker.on('exit', () => ended('it is gone'));
  return {
    post: (what, transfer) => worker.postMessage(what, transfer),
    // A program ends though its sets are open.
    hold: (busy) => (busy ? worker.ref() : worker.unref()),
    end: () => void worker.terminate(),
  };
}
