// What goes wrong besides the files: `code` is stable, `message` one sentence.
//   aborted        the caller's signal fired
//   bad-input      the call itself: options, text, ids
//   no-files       nothing was given, or nothing of it is a file
//   not-possible   this set cannot do what was asked (no vocabulary, no encoder); `message` says why
//   read-failed    the files are not what they were when the set was opened
//   write-failed   a file could not be written, or is there already
//   engine-failed  the engine could not be loaded, or stopped
export class BertPreflightError extends Error {
  constructor(code, message, { findings = [], cause } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'BertPreflightError';
    this.code = code;
    this.findings = findings;
  }

  // Across postMessage an error is plain data.
  toMessage() {
    return { code: this.code, message: this.message, findings: this.findings };
  }

  static from(error) {
    if (error instanceof BertPreflightError) return error;
    if (error?.code && typeof error.message === 'string' && !(error instanceof Error)) return new BertPreflightError(error.code, error.message, error);
    return new BertPreflightError('engine-failed', String(error?.message ?? error), { cause: error });
  }
}

export function stopIfAborted(signal) {
  if (signal?.aborted) throw new BertPreflightError('aborted', 'the caller stopped it', { cause: signal.reason });
}
