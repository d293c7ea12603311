// Tokens as they become ids: a chip each; the piece of text it came from is marked in the line above.
import { append, el, hidden } from './dom.js';
import { visible } from './plain-text.js';

// encoding: {tokens, input_ids, offsets?}; special tokens have the empty offset.
export function tokenChips(ui, text, encoding, lang) {
  const { tokens, input_ids: ids, offsets = [] } = encoding;
  const line = el('p', { class: 'source', lang });
  const said = el('span', { class: 'muted', lang: ui.tag });
  let kept = -1;
  const chips = tokens.map((token, i) => {
    const [start, end] = offsets[i] ?? [0, 0];
    const special = start === end;
    const id = ids[i] < 0 ? ui.t('run.unknown') : String(ids[i]);
    const values = {
      token: el('span', { class: 'token', lang }, visible(token)),
      id: el('span', { class: 'id' }, id),
      start: String(start),
      end: String(end),
    };
    const chip = el(
      'button',
      {
        type: 'button',
        class: special ? 'chip special' : 'chip',
        'aria-pressed': 'false',
        onmouseenter: () => show(i),
        onmouseleave: () => show(kept),
        onfocus: () => show(i),
        onblur: () => show(kept),
        onclick: () => {
          kept = kept === i ? -1 : i;
          chips.forEach((other, at) => other.setAttribute('aria-pressed', String(at === kept)));
          show(kept);
        },
      },
      ui.nodes(special ? 'run.chip' : 'run.chip-span', values),
    );
    // Seen are the token and its id; the words between them are for those who hear the chip.
    for (const node of [...chip.childNodes]) if (node.nodeType === Node.TEXT_NODE) node.replaceWith(hidden(node.data));
    return chip;
  });

  function show(i) {
    const [start, end] = offsets[i] ?? [0, 0];
    if (i < 0 || start === end) {
      line.replaceChildren(visible(text, { limit: 2000 }));
      said.textContent = '';
      return;
    }
    line.replaceChildren(
      visible(text.slice(0, start), { limit: 2000 }),
      append(el('mark'), [visible(text.slice(start, end))]),
      visible(text.slice(end), { limit: 2000 }),
    );
    const id = ids[i] < 0 ? ui.t('run.unknown') : String(ids[i]);
    said.textContent =
      end - start > 1
        ? ui.t('run.span', { start: String(start), end: String(end), id })
        : ui.t('run.span-one', { start: String(start), id });
  }
  show(-1);
  return el(
    'div',
    { class: 'tokens' },
    line,
    el('p', { class: 'small' }, ui.t('run.tokens', { n: tokens.length }), ' ', said),
    el(
      'ol',
      { class: 'chips' },
      chips.map((chip) => el('li', null, chip)),
    ),
  );
}
