// One finding: what happens, found against expected, why, how sure, the fix, the place itself.
import { append, button, chevron, disclosure, el, freshId, mark, save } from './dom.js';
import { codeBlock } from './code-block.js';
import { placeOf } from './evidence.js';
import { replacedBy } from './file-text.js';
import { nameNode, plainText, prose, visible } from './plain-text.js';

const kMarks = { error: 'bad', warning: 'wrong', note: 'note' };
const kEffects = ['refuses', 'loads-wrong', 'may-be-wrong', 'harmless'];
const kChecksums = new Set(['bundle/checksum-mismatch']);
const kPastes = new Set(['prefix', 'config', 'rename', 'code', 'text']);

// found and expected are typed values; text is shown as it stands in the file.
function value(ui, item) {
  if (item === null || item === undefined) return '–';
  if (typeof item === 'number') return ui.number(item);
  if (typeof item === 'boolean') return String(item);
  if (typeof item === 'string') return /^[\p{L}\p{N} ,.]+ [\p{L}\p{N} ,.]+$/u.test(item) ? visible(item, { limit: 300 }) : nameNode(item);
  if (Array.isArray(item)) {
    const shape = item.every((part) => typeof part === 'number');
    return shape
      ? el('code', null, `[${item.join(', ')}]`)
      : append(
          document.createDocumentFragment(),
          item.flatMap((part, i) => [i ? ', ' : null, value(ui, part)]),
        );
  }
  return el(
    'dl',
    { class: 'pairs' },
    Object.entries(item).map(([key, part]) => [el('dt', null, visible(key)), el('dd', null, value(ui, part))]),
  );
}

const given = (item) => item !== null && item !== undefined && item !== '' && !(Array.isArray(item) && !item.length);

function subjectNode(ui, subject) {
  const parts = [];
  if (subject.name) parts.push(nameNode(subject.name));
  if (subject.file) parts.push(nameNode(subject.file.split('/').pop()));
  if (subject.line)
    parts.push(
      subject.kind === 'vocab-line'
        ? ui.t('finding.vocab-line', { n: subject.line, id: String(subject.line - 1) })
        : ui.t('finding.line', { n: String(subject.line) }),
    );
  return append(
    document.createDocumentFragment(),
    parts.flatMap((part, i) => [i ? ', ' : null, part]),
  );
}

function witness(ui, finding) {
  const { found, expected, why } = finding.evidence ?? {};
  if (!given(found) && !given(expected)) {
    if (!finding.subject?.name && !finding.subject?.file) return null;
    return el('dl', { class: 'pairs' }, el('dt', null, ui.t('finding.place')), el('dd', null, subjectNode(ui, finding.subject)));
  }
  const shown = kChecksums.has(finding.code)
    ? (item) => el('code', null, `${item} (0x${Number(item).toString(16).padStart(8, '0')})`)
    : (item) => value(ui, item);
  const numbers = !kChecksums.has(finding.code) && typeof found === 'number' && typeof expected === 'number';
  const agree = why?.length
    ? ui.nodes('finding.agree', {
        files: append(
          document.createDocumentFragment(),
          why.flatMap((file, i) => [i ? ', ' : null, ui.has(`source.${file}`) ? ui.t(`source.${file}`) : visible(file)]),
        ),
      })
    : null;
  const line = (kind, item, from) =>
    given(item) &&
    el(
      'tr',
      { class: kind },
      el('th', { scope: 'row' }, ui.t(`finding.${kind}`)),
      numbers ? [el('td', { class: 'value' }, shown(item)), el('td', { class: 'from' }, from)] : el('td', null, shown(item), from && el('div', { class: 'from' }, from)),
    );
  return el(
    'table',
    { class: numbers ? 'witness numbers' : 'witness' },
    el('tbody', null, line('found', found, subjectNode(ui, finding.subject ?? {})), line('expected', expected, agree)),
  );
}

// The worst it does to a loader: a place in the list of effects.
export const worstEffect = (finding) => Math.min(...finding.consumers.map(({ effect }) => kEffects.indexOf(effect)), kEffects.length);

function who(ui, finding) {
  const rows = [];
  for (const effect of kEffects) {
    const ids = finding.consumers.filter((consumer) => consumer.effect === effect).map((consumer) => consumer.id);
    if (ids.length) rows.push([ui.t(`effect.${effect}`), ui.list(ids)]);
  }
  const { at, seen_as: text, items = [], total } = finding.evidence ?? {};
  if (text) rows.push([ui.t('finding.seen-as'), nameNode(text, { limit: 2000 })]);
  if (at) {
    const values = { length: at.length, offset: at.offset };
    rows.push([ui.t('finding.bytes'), [nameNode(at.file), ', ', ui.t(at.length ? 'finding.at' : 'finding.at-point', values)]]);
  }
  if (items.length) {
    const more = (total ?? items.length) - items.length;
    rows.push([
      ui.t('finding.items', { n: total ?? items.length }),
      el(
        'ul',
        null,
        items.map((item) => el('li', null, nameNode(item))),
        more > 0 ? el('li', null, ui.t('finding.items-more', { n: more })) : null,
      ),
    ]);
  }
  if (finding.covers?.length) {
    rows.push([
      ui.t('finding.covers'),
      finding.covers.map((cover, i) => [i ? ', ' : null, el('code', null, cover.code), cover.count > 1 ? ` × ${cover.count}` : null]),
    ]);
  }
  return rows.length
    ? disclosure(
        ui.t('finding.who'),
        el(
          'dl',
          { class: 'pairs' },
          rows.map(([name, content]) => [el('dt', null, name), el('dd', null, content)]),
        ),
      )
    : null;
}

function explanation(ui, words) {
  if (!words) return null;
  const part = (key, text, mono) =>
    text && [key ? el('dt', null, ui.t(`finding.${key}`)) : null, el('dd', null, mono ? nameNode(text, { limit: 4000 }) : prose(text))];
  return disclosure(
    ui.t('finding.explain'),
    el(
      'div',
      { class: 'explain' },
      el('p', null, prose(words.means)),
      el(
        'dl',
        { class: 'pairs' },
        part('example', words.example),
        part('cause', words.cause),
        part('fix-long', words.fix),
        part('source', words.source),
      ),
    ),
  );
}

// A file to save: a corrected config, a script that renames. {label, run}
export function fileAction(ui, finding) {
  const { file } = finding.fix ?? {};
  if (!file) return null;
  const label = file.name.endsWith('.json') ? ui.t('fix.download-config') : ui.t('fix.download', { name: plainText(file.name) });
  return { label, run: () => save(file.name, file.text, 'application/octet-stream') };
}

// A change shown in place says all that lines to paste would.
function fixNodes(context, finding, place) {
  const { ui } = context;
  const { fix } = finding;
  if (!fix) return [place];
  const { paste, say } = fix;
  const in_place = paste?.kind === 'config' && replacedBy(context.set, finding);
  const file = fileAction(ui, finding);
  return [
    say ? el('p', null, el('strong', null, ui.t('finding.fix')), ' ', prose(say)) : null,
    place,
    paste && !in_place && kPastes.has(paste.kind) ? codeBlock(ui, ui.t(`fix.${paste.kind}`), paste.text) : null,
    el(
      'div',
      { class: 'row' },
      file && button(file.label, file.run, { kind: 'primary' }),
      context.link && context.set && el('a', { class: 'small', href: context.link(finding.code) }, ui.t('finding.link')),
    ),
  ];
}

function meta(ui, finding) {
  return el(
    'p',
    { class: 'meta' },
    el(
      'span',
      { class: `severity ${kMarks[finding.severity]}` },
      mark(kMarks[finding.severity]),
      ' ',
      el('strong', null, ui.t(`severity.${finding.severity}`)),
    ),
    el('span', null, ui.t(`certainty.${finding.certainty}`)),
    el('code', null, finding.code),
  );
}

// The place in the file arrives after the card: the file is read for it.
function body(context, finding) {
  const { ui } = context;
  const place = el('div', { class: 'place' });
  void placeOf(context, finding)
    .catch(() => null)
    .then((node) => node && place.replaceChildren(node));
  return [
    witness(ui, finding),
    finding.reason ? el('p', null, el('strong', null, ui.t('finding.why')), ' ', prose(finding.reason)) : null,
    el('div', { class: 'fix' }, fixNodes(context, finding, place)),
    el('div', null, explanation(ui, context.explain?.(finding.code)), who(ui, finding)),
  ];
}

export function findingCard(context, finding, heading) {
  const id = freshId('finding');
  return el(
    'article',
    { class: `finding ${finding.severity}`, 'aria-labelledby': id, 'data-code': finding.code, tabindex: -1, part: 'finding' },
    el('div', null, meta(context.ui, finding), el(`h${heading}`, { id }, prose(finding.message))),
    body(context, finding),
  );
}

// A note: one line, the rest behind it, made when it is opened.
export function noteRow(context, finding) {
  const content = el('div', { class: 'body' });
  const details = el(
    'details',
    {
      'data-code': finding.code,
      ontoggle: () =>
        details.open &&
        !content.firstChild &&
        append(content, [
          el('p', { class: 'meta' }, el('span', null, context.ui.t(`certainty.${finding.certainty}`)), el('code', null, finding.code)),
          body(context, finding),
        ]),
    },
    el('summary', null, mark('note'), el('span', null, prose(finding.message)), chevron()),
    content,
  );
  return el('li', null, details);
}
