// The place a finding speaks of, shown in place: the line of a config or vocabulary, or the bytes.
import { append, el, hidden } from './dom.js';
import { codeFrame, copyButton } from './code-block.js';
import { fileText, replacedBy } from './file-text.js';
import { nameNode, visible } from './plain-text.js';

const kAround = 2;
const kRowBytes = 8;

export async function placeOf(context, finding) {
  const { subject, fix, evidence } = finding;
  const { set } = context;
  if (!set) return null;
  const replaced = replacedBy(set, finding);
  if (replaced) return change(context, replaced.path, fix.file.text);
  if (subject?.line && subject.file) return linesAround(context, subject, { note: 'here', warning: 'warn' }[finding.severity] ?? 'del');
  if (evidence?.at && /^(?:bundle|container)\//.test(finding.code)) return bytesAt(context, evidence.at);
  return null;
}

function lineRow(number, sign, text, kind) {
  return el('div', { class: kind }, el('span', { class: 'n' }, number), el('span', { class: 's' }, sign), el('span', null, text));
}

// Lines that differ, with their neighbours.
function changedLines(ui, before, after) {
  const old_lines = before.split('\n');
  const new_lines = after.split('\n');
  let same = 0;
  while (same < old_lines.length && same < new_lines.length && old_lines[same] === new_lines[same]) same += 1;
  let tail = 0;
  while (tail < old_lines.length - same && tail < new_lines.length - same && old_lines.at(-1 - tail) === new_lines.at(-1 - tail)) tail += 1;
  const rows = [];
  const line = (number, text) => rows.push(lineRow(number, ' ', visible(text, { limit: 400, lines: true }), ''));
  for (let i = Math.max(0, same - kAround); i < same; i += 1) line(i + 1, old_lines[i]);
  const changed = Math.max(old_lines.length, new_lines.length) - same - tail;
  const pairs = old_lines.length === new_lines.length;
  const remove = (i) =>
    rows.push(lineRow(i + 1, ['−', hidden(` ${ui.t('evidence.remove')}`)], visible(old_lines[i], { limit: 400, lines: true }), 'del'));
  const insert = (i) =>
    rows.push(lineRow(i + 1, ['+', hidden(` ${ui.t('evidence.add')}`)], visible(new_lines[i], { limit: 400, lines: true }), 'add'));
  if (pairs) {
    for (let i = same; i < same + changed; i += 1) {
      if (old_lines[i] === new_lines[i]) line(i + 1, old_lines[i]);
      else (remove(i), insert(i));
    }
  } else {
    for (let i = same; i < old_lines.length - tail; i += 1) remove(i);
    for (let i = same; i < new_lines.length - tail; i += 1) insert(i);
  }
  const end = new_lines.length - tail + kAround;
  for (let i = new_lines.length - tail; i < Math.min(new_lines.length, end); i += 1)
    if (new_lines[i] || i + 1 < new_lines.length) line(i + 1, new_lines[i]);
  const first_new = new_lines.slice(same, new_lines.length - tail);
  return { rows, first: same + 1, text: first_new.join('\n') };
}

async function change(context, path, after) {
  const { ui } = context;
  const before = await fileText(context.set, path);
  if (before === null || before === after) return null;
  const { rows, first, text } = changedLines(ui, before, after);
  const name = path.split('/').pop();
  const line = String(first);
  return codeFrame(
    [nameNode(name), ', ', ui.t('finding.line', { n: line })],
    copyButton(ui, '', text.trim(), { label: ui.t('copy.line', { n: line }) }),
    el('div', { class: 'lines', role: 'group', 'aria-label': ui.t('evidence.change', { file: name }) }, rows),
  );
}

// `kind` of the line itself: at fault, or only spoken of.
async function linesAround(context, subject, kind) {
  const { ui } = context;
  const lines = (await fileText(context.set, subject.file))?.split('\n') ?? [];
  const at = subject.line - 1;
  if (at >= lines.length) return null;
  const rows = [];
  for (let i = Math.max(0, at - kAround); i <= Math.min(lines.length - 1, at + kAround); i += 1) {
    const here = i === at;
    rows.push(
      lineRow(
        i + 1,
        here ? [kind === 'here' ? '›' : '!', hidden(` ${ui.t('evidence.here')}`)] : ' ',
        visible(lines[i], { limit: 400 }),
        here ? kind : '',
      ),
    );
  }
  const name = subject.file.split('/').pop();
  return codeFrame(
    [nameNode(name), ', ', ui.t('finding.line', { n: String(subject.line) })],
    copyButton(ui, '', lines[at], { label: ui.t('copy.line', { n: String(subject.line) }) }),
    el('div', { class: 'lines', role: 'group', 'aria-label': ui.t('evidence.lines', { file: name }) }, rows),
  );
}

async function bytesAt(context, at) {
  const { ui } = context;
  const file = context.set.files.find((entry) => entry.path === at.file);
  if (!file || !file.size) return null;
  const start = Math.max(0, Math.min(at.offset, file.size - 1) - (at.length > 64 ? 0 : kRowBytes));
  const bytes = await context.set.excerpt({ file: at.file, offset: start, length: Math.min(5 * kRowBytes, file.size - start) });
  if (!bytes.length) return null;
  const hex = (byte) => byte.toString(16).padStart(2, '0');
  const text = el('p', { class: 'hex' });
  const marked = (offset) => at.length && at.length <= 64 && offset >= at.offset && offset < at.offset + at.length;
  for (let row = 0; row < bytes.length; row += kRowBytes) {
    const line = [...bytes.subarray(row, row + kRowBytes)];
    append(text, [
      row ? '\n' : null,
      el('span', { class: 'muted' }, (start + row).toString(16).padStart(8, '0')),
      '  ',
      line.map((byte, i) => [i ? ' ' : null, marked(start + row + i) ? el('mark', { class: 'bad' }, hex(byte)) : hex(byte)]),
    ]);
  }
  return codeFrame(
    ui.nodes(at.length > bytes.length ? 'evidence.hex-first' : 'evidence.hex', { file: nameNode(at.file.split('/').pop()), offset: start, n: bytes.length, of: at.length }),
    copyButton(ui, '', [...bytes].map(hex).join(' '), { label: ui.t('copy.bytes') }),
    text,
  );
}
