// Small helpers about time: progress that is not told too often, turns taken one after another, room for events.

/** Passes on at most 20 steps a second, and always the last; `rest()` makes what of a step takes time to make. */
export function throttled(onProgress, now = () => performance.now()) {
  if (!onProgress) return () => {};
  let last = -Infinity;
  return (step, rest) => {
    const time = now();
    if (time - last < 50 && step.bytesDone !== step.bytesTotal) return;
    last = time;
    onProgress({ ...step, ...rest?.() });
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

/** One task's wait for something that messages bring about. */
export class Awaited {
  #waiting = null;  // {holds, resolve, reject}
  #fault = null;

  async until(holds) {
    if (this.#fault) throw this.#fault;
    if (!holds()) await new Promise((resolve, reject) => (this.#waiting = { holds, resolve, reject }));
  }

  /** Call it when something came. */
  look() {
    if (!this.#waiting?.holds()) return;
    const { resolve } = this.#waiting;
    this.#waiting = null;
    resolve();
  }

  /** Ends this wait and any later one. */
  fail(fault) {
    this.#fault ??= fault;
    this.#waiting?.reject(this.#fault);
    this.#waiting = null;
  }
}

/** Lets events (an abort, a message) in between two pieces of work. */
export const breathe = () => new Promise((resolve) => setTimeout(resolve));
