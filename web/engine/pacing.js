// Small helpers about time: progress that is not told too often, turns taken one after another, room for events.

/** Passes on at most 20 steps a second, and always the last. */
export function throttled(onProgress, now = () => performance.now()) {
  if (!onProgress) return () => {};
  let last = -Infinity;
  return (step) => {
    const time = now();
    if (time - last < 50 && step.bytesDone !== step.bytesTotal) return;
    last = time;
    onProgress(step);
  };
}

/** Runs tasks one after another, in the order asked, whether the ones before failed or not. */
export class Turns {
  #last = Promise.resolve();

  take(task) {
    const done = this.#last.then(task);
    this.#last = done.catch(() => {});
    return done;
  }
}

/** Lets events (an abort, a message) in between two pieces of work. */
export const breathe = () => new Promise((resolve) => setTimeout(resolve));
