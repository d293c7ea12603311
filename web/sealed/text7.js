// Bytes as text that may stand in a script element of a UTF-8 document: seven bits a character of ASCII, 14 % more than the bytes.
// Six characters mean something to HTML or are changed by it; one of them and the seven bits behind it are one character of
// two bytes, from U+0100 on.
const kLeftOut = [0, 10, 13, 38, 60, 92]; // NUL, both ends of a line, "&", "<", "\"
const kTwo = 0x100;

/** @param {Uint8Array} bytes */
export function toText7(bytes) {
  const sevens = [];
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    for (; bits >= 7; bits -= 7) sevens.push((held >> (bits - 7)) & 127);
    held &= 127;
  }
  if (bits) sevens.push((held << (7 - bits)) & 127);
  const out = [];
  for (let i = 0; i < sevens.length; i++) {
    const which = kLeftOut.indexOf(sevens[i]);
    out.push(String.fromCharCode(which < 0 ? sevens[i] : kTwo + which * 128 + (sevens[++i] ?? 0)));
  }
  return out.join('');
}

/** @param {string} text of toText7; @param {number} size how many bytes it holds */
export function fromText7(text, size) {
  const bytes = new Uint8Array(size);
  let held = 0;
  let bits = 0;
  let at = 0;
  const take = (seven) => {
    held = (held << 7) | seven;
    bits += 7;
    if (bits < 8) return;
    bits -= 8;
    if (at < size) bytes[at++] = held >> bits;
    held &= 127;
  };
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 128) {
      take(code);
    } else {
      take(kLeftOut[(code - kTwo) >> 7]);
      take((code - kTwo) & 127);
    }
  }
  return bytes;
}
