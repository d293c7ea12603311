// Pasted text as the rules want it: no colours, one line, one kind of quote, "/" in paths; and the way back to its lines.

const kEscapes = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;
const kBareColours = /(?<=^|\s|\S)\[(?:0|[0-9]{1,2}(?:;[0-9]{1,3})+|[39][0-7]|1)m/g; // where the escape itself was lost on the way
const kQuotes = /[`'"´‘’‚“”„«»]+/g;
const kLinePrefix = /^\s*(?:>+\s+|\[rank\d+\]:\s?|E\s{2,}(?=\S))/; // quoted mail, torchrun, pytest
const kLimit = 400_000; // characters; a log's head and tail say what happened

export class PastedText {
  constructor(text) {
    let raw = String(text ?? '');
    if (raw.length > kLimit) raw = `${raw.slice(0, kLimit / 2)}\n${raw.slice(-kLimit / 2)}`;
    this.lines = raw
      .replace(kEscapes, '')
      .replace(kBareColours, '')
      .split(/\r\n?|\n|\u2028|\u2029/)
      .map((line) =>
        line
          .replace(kLinePrefix, '')
          .replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '')
          .trim(),
      )
      .filter(Boolean);
    this.starts = [];
    let length = 0;
    const parts = this.lines.map((line) => {
      // "\\" in a printed path is one separator, and TensorFlow mixes both kinds.
      const part = line.replace(kQuotes, "'").replace(/\\+/g, '/').replace(/\s+/g, ' ');
      this.starts.push(length);
      length += part.length + 1;
      return part;
    });
    this.joined = parts.join(' ');
  }

  // The line, as pasted, in which this place of the joined text lies.
  lineAt(offset) {
    let line = this.starts.findLastIndex((start) => start <= offset);
    if (line < 0) line = 0;
    return this.lines[line] ?? '';
  }
}
