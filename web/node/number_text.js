// float32 arrays as JSON, 9 significant digits: enough to get every float32 back. About ten times as fast as toPrecision.

const kDigits = 9;
const kPowers = Array.from({ length: 632 }, (_, i) => Number(`1e${i - 323}`));
const power = (exponent) => kPowers[exponent + 323];

const kZero = 48, kMinus = 45, kPoint = 46, kComma = 44, kOpen = 91, kClose = 93;
const kPiece = 1 << 20;
const kLongest = 20;  // "-1.23456789e-45" and a comma

/** Writes `x` into `bytes` at `at`; returns the place after it. What is not finite becomes null, as in JSON.stringify. */
export function writeNumber(x, bytes, at) {
  if (!Number.isFinite(x)) {
    for (const letter of [110, 117, 108, 108]) bytes[at++] = letter;
    return at;
  }
  if (x < 0) {
    bytes[at++] = kMinus;
    x = -x;
  }
  if (x === 0) {
    bytes[at++] = kZero;
    return at;
  }
  let exponent = Math.floor(Math.log10(x));
  let digits = Math.round(scaled(x, kDigits - 1 - exponent));
  if (digits >= 1e9) {  // 9.999999999 rounds up to 10, or log10 was a hair low
    exponent += 1;
    digits = Math.round(scaled(x, kDigits - 1 - exponent));
  } else if (digits < 1e8) {
    exponent -= 1;
    digits = Math.round(scaled(x, kDigits - 1 - exponent));
  }
  let count = kDigits;
  while (digits % 10 === 0) {
    digits /= 10;
    count -= 1;
  }
  if (exponent < -6 || exponent > 14) {
    at = writeDigits(digits, count, 1, bytes, at);
    bytes[at++] = 101;  // e
    if (exponent < 0) bytes[at++] = kMinus;
    const size = Math.abs(exponent);
    return writeDigits(size, size > 9 ? 2 : 1, 9, bytes, at);
  }
  if (exponent >= 0) {
    const whole = exponent + 1;
    at = writeDigits(digits, count, Math.min(whole, count), bytes, at);
    for (let i = count; i < whole; ++i) bytes[at++] = kZero;
    return at;
  }
  bytes[at++] = kZero;
  bytes[at++] = kPoint;
  for (let i = -1; i > exponent; --i) bytes[at++] = kZero;
  return writeDigits(digits, count, count, bytes, at);
}

// In one step where the power is in range; float32 has exponents from -45 to 38.
const scaled = (x, exponent) => (exponent >= 0 ? x * power(exponent) : x / power(-exponent));

// `count` digits with a point after the first `before` of them, if any follow.
function writeDigits(digits, count, before, bytes, at) {
  const point = before < count ? 1 : 0;
  for (let i = count - 1; i >= 0; --i) {
    const rest = Math.floor(digits / 10);
    bytes[at + i + (i >= before ? point : 0)] = kZero + digits - rest * 10;
    digits = rest;
  }
  if (point) bytes[at + before] = kPoint;
  return at + count + point;
}

/** "[…]", or "[[…],…]" for two dimensions, in pieces of about a megabyte. @returns {Iterable<Buffer>} */
export function* arrayText({ data, shape }) {
  const width = shape.at(-1);
  const rows = shape.length > 1 ? shape[0] : 1;
  const piece = Math.max(1, Math.min(rows, Math.floor(kPiece / (width * kLongest + 4))));
  for (let first = 0; first < Math.max(rows, 1); first += piece) {
    const last = Math.min(rows, first + piece);
    const bytes = Buffer.allocUnsafe((last - first) * (width * kLongest + 2) + 4);
    let at = 0;
    if (first === 0 && shape.length > 1) bytes[at++] = kOpen;
    for (let row = first; row < last; ++row) {
      if (row) bytes[at++] = kComma;
      bytes[at++] = kOpen;
      for (let i = row * width; i < (row + 1) * width; ++i) {
        if (i > row * width) bytes[at++] = kComma;
        at = writeNumber(data[i], bytes, at);
      }
      bytes[at++] = kClose;
    }
    if (last === rows && shape.length > 1) bytes[at++] = kClose;
    yield bytes.subarray(0, at);
  }
}
