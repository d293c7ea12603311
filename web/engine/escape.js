// Names of files, tensors and tokens come from files nobody vouches for. Here they are made fit to be printed:
// what is not seen, or turns the text around it, is shown as ‹U+202E›; then each format escapes its own markup.

// Controls, format characters, separators other than the blank, lone surrogates, private use, noncharacters.
const kUnseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\ufffe\uffff]|(?! )\p{Zs}/gu;
const kLimit = 120;

const label = (point) => `‹U+${point.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}›`;

// At most `limit` characters. What is cut is the middle: a path's end says more than its folders.
export function shorten(text, limit = kLimit) {
  const points = [...text];
  if (points.length <= limit) return text;
  const head = Math.max(0, Math.ceil((limit - 1) / 3));
  return `${points.slice(0, head).join('')}…${points.slice(points.length - (limit - 1 - head)).join('')}`;
}

// One line of plain text. `lines`: line feeds and tabs stay.
export function visible(text, { limit = kLimit, lines = false } = {}) {
  const shown = String(text ?? '').replace(kUnseen, (point) => (lines && (point === '\n' || point === '\t') ? point : label(point)));
  return shorten(shown, limit);
}

/** JSON in which the same signs stand by their numbers: read again it gives the same strings. Blanks between its parts stay. */
export function jsonText(value, indent) {
  const numbers = (sign) => Array.from({ length: sign.length }, (_, i) => `\\u${sign.charCodeAt(i).toString(16).padStart(4, '0')}`).join('');
  return JSON.stringify(value, null, indent).replace(kUnseen, (sign) => (sign === '\n' ? sign : numbers(sign)));
}

const kEntities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

export function escapeHtml(text) {
  return String(text).replace(/[&<>"']/g, (sign) => kEntities[sign]);
}

// Text between markup: every sign to which Markdown, or HTML in it, gives a meaning in the middle of a line.
export function escapeMarkdown(text) {
  return String(text)
    .replace(/[\\`*_{}[\]<>&|~#$]/g, (sign) => kEntities[sign] ?? `\\${sign}`)
    .replaceAll('@', '&#64;')
    .replaceAll('://', '&#58;//')
    .replace(/www\./gi, (www) => `${www.slice(0, 3)}&#46;`); // no mention, no bare link
}

// A code span that any text fits in: longer backticks around than inside.
export function markdownCode(text) {
  const plain = String(text);
  const longest = Math.max(0, ...[...plain.matchAll(/`+/g)].map((run) => run[0].length));
  const fence = '`'.repeat(longest + 1);
  const pad = longest > 0 || /^ .* $/.test(plain) || plain === '' ? ' ' : '';
  return `${fence}${pad}${plain}${pad}${fence}`;
}

export function markdownBlock(text, language = '') {
  const longest = Math.max(2, ...[...String(text).matchAll(/`+/g)].map((run) => run[0].length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${String(text).replace(/\n$/, '')}\n${fence}`;
}
