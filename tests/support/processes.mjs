// What /proc tells of the processes a browser starts.
import { readdirSync, readFileSync } from 'node:fs';

const kinOf = (pid) => {
  try {
    const [, parent] = /\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    return [[pid, Number(parent)]];
  } catch {
    return []; // ended meanwhile
  }
};

/** Ids of the processes that one started, and those that they did. */
export function processesBelow(pid) {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((name) => kinOf(Number(name)));
  const below = (of) => all.filter(([, parent]) => parent === of).flatMap(([id]) => [id, ...below(id)]);
  return below(pid);
}

/** Names of the threads of a process. */
export function threadsOf(pid) {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) => readFileSync(`/proc/${pid}/task/${task}/comm`, 'utf8').trim());
  } catch {
    return [];
  }
}

/** How it was called, blanks between the words; nothing of one that ended. */
export function commandOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trimEnd();
  } catch {
    return '';
  }
}
