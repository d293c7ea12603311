// Text from files nobody vouches for. Characters that are not seen, or that turn the text around them, are shown
// as a label with code point and name; the rest is a text node.
import { el } from './dom.js';

const kNames = {
  0x00: 'null',
  0x07: 'bell',
  0x08: 'backspace',
  0x09: 'tab',
  0x0a: 'line feed',
  0x0d: 'carriage return',
  0x1b: 'escape',
  0x7f: 'delete',
  0x85: 'next line',
  0xa0: 'no-break space',
  0xad: 'soft hyphen',
  0x61c: 'Arabic letter mark',
  0x180e: 'Mongolian vowel separator',
  0x200b: 'zero width space',
  0x200c: 'zero width non-joiner',
  0x200d: 'zero width joiner',
  0x200e: 'left-to-right mark',
  0x200f: 'right-to-left mark',
  0x2028: 'line separator',
  0x2029: 'paragraph separator',
  0x202a: 'left-to-right embedding',
  0x202b: 'right-to-left embedding',
  0x202c: 'pop directional formatting',
  0x202d: 'left-to-right override',
  0x202e: 'right-to-left override',
  0x2060: 'word joiner',
  0x2066: 'left-to-right isolate',
  0x2067: 'right-to-left isolate',
  0x2068: 'first strong isolate',
  0x2069: 'pop directional isolate',
  0x3000: 'ideographic space',
  0xfeff: 'byte order mark',
  0xfffd: 'replacement character',
};
// Controls, format characters, separators other than the blank, surrogates alone, private use, noncharacters.
const kUnseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\ufffd\u{1fffe}\u{1ffff}]|(?! )\p{Zs}/u;
const kLimit = 120;

export function codePointLabel(point) {
  const code = `U+${point.toString(16).toUpperCase().padStart(4, '0')}`;
  return kNames[point] ? `${code} ${kNames[point]}` : code;
}

// At most `limit` characters, with a sign that says how many were cut.
function cut(text, limit) {
  const points = [...text];
  return points.length <= limit ? { points, cut: 0 } : { points: points.slice(0, limit), cut: points.length - limit };
}

// One string for places that take no nodes: names of controls, the live region, file names.
export function plainText(text, limit = kLimit) {
  const part = cut(String(text), limit);
  const shown = part.points.map((point) => (kUnseen.test(point) ? `‹${codePointLabel(point.codePointAt(0))}›` : point)).join('');
  return part.cut ? `${shown} (+${part.cut})` : shown;
}

// `lines`: line feeds and tabs stay, for text that is shown in lines.
export function visible(text, { limit = kLimit, lines = false } = {}) {
  const part = cut(String(text ?? ''), limit);
  const fragment = document.createDocumentFragment();
  let run = '';
  for (const point of part.points) {
    if (!kUnseen.test(point) || (lines && (point === '\n' || point === '\t'))) {
      run += point;
      continue;
    }
    if (run) fragment.append(run);
    run = '';
    fragment.append(el('span', { class: 'unseen' }, codePointLabel(point.codePointAt(0))));
  }
  if (part.cut) run += ` (+${part.cut})`;
  if (run) fragment.append(run);
  return fragment;
}

// A name of a file, tensor, key or token: monospaced, apart from the direction of the text around it, broken after "/", "." and "_".
export function nameNode(text, { limit = 400 } = {}) {
  const part = cut(String(text ?? ''), limit);
  const code = el('code', { class: 'name' });
  for (const piece of part.points.join('').split(/(?<=[/._])/)) {
    code.append(visible(piece, { limit: Infinity }), el('wbr'));
  }
  code.lastChild?.remove();
  if (part.cut) code.append(` (+${part.cut})`);
  return code;
}

// Sentences of a report: `code` between backticks, and names that must not break at their hyphens.
const kWhole =
  /(`[^`]+`|\b(?:keras-bert|google-bert|hf-convert|hf-native|model-garden|bert-for-tf2|BERT-(?:base|large|tiny|mini|small|medium))\b)/;

export function prose(text) {
  const fragment = document.createDocumentFragment();
  for (const part of String(text ?? '').split(kWhole)) {
    if (!part) continue;
    if (part.length > 2 && part.startsWith('`') && part.endsWith('`')) fragment.append(nameNode(part.slice(1, -1)));
    else if (kWhole.test(part)) fragment.append(el('span', { class: 'whole' }, part));
    else fragment.append(visible(part, { limit: 2000 }));
  }
  return fragment;
}

// A reason the engine gives: in English, whatever the language around it.
export const engineWords = (text) => el('span', { lang: 'en' }, prose(text));
