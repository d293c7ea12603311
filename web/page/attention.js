// Attention of one run: how focused every head is, and one head from token to token.
import { append, el, hidden } from './dom.js';
import { measured } from './language.js';
import { plainText, visible } from './plain-text.js';
import { roving } from './roving.js';

const kSteps = 7;
const kMostTokens = 24; // more make cells too small to see
const shade = (share) => `h${Math.max(0, Math.min(kSteps - 1, Math.floor(share * kSteps)))}`;

// 1: all on one token, 0: spread evenly over all. Mean over the rows of 1 − entropy / ln n.
export function focus({ data, shape: [, tokens] }, head) {
  if (tokens < 2) return 1;
  let entropy = 0;
  for (let i = head * tokens * tokens; i < (head + 1) * tokens * tokens; i += 1) if (data[i] > 0) entropy -= data[i] * Math.log(data[i]);
  return Math.max(0, 1 - entropy / tokens / Math.log(tokens));
}

// A few cells should not become posters.
function narrow(table, columns) {
  table.style.maxWidth = `${4.25 + 3.25 * columns}rem`;
  return table;
}

// answer: {tokens, attention: [{data, shape: [heads, n, n]} a layer]}
export function attentionPart(ui, answer, heading, lang) {
  const { tokens, attention } = answer;
  const heads = attention[0].shape[0];
  const picture = el('div');
  const map = el('table', { class: 'heat square' });

  function choose(layer, head) {
    for (const cell of map.querySelectorAll('.chosen')) cell.classList.remove('chosen');
    map.querySelector(`[data-at="${layer} ${head}"]`).closest('td').classList.add('chosen');
    picture.replaceChildren(tokensTable(layer, head));
  }

  function tokensTable(layer, head) {
    const { data } = attention[layer];
    const n = tokens.length;
    const shown = Math.min(n, kMostTokens);
    const row = (i) => Array.from({ length: shown }, (_, j) => data[(head * n + i) * n + j]);
    const label = (i) => tokens[i].replace(/^\[(.)[A-Z]+\]$/, '$1');
    const name = (i, scope) =>
      el('th', { scope, lang, class: [...label(i)].length === 1 ? 'one' : null }, hidden(plainText(tokens[i])), el('span', { 'aria-hidden': 'true' }, visible(label(i), { limit: 12 })));
    return el(
      'figure',
      null,
      el('figcaption', { class: 'small muted' }, ui.t('attention.head', { layer: String(layer), head: String(head) })),
      append(narrow(el('table', { class: 'heat square tokens-map' }), shown), [
        el(
          'thead',
          null,
          el(
            'tr',
            null,
            el('th', { scope: 'col' }, hidden(ui.t('attention.corner'))),
            Array.from({ length: shown }, (_, j) => name(j, 'col')),
          ),
        ),
        el(
          'tbody',
          null,
          Array.from({ length: shown }, (_, i) => {
            const shares = row(i);
            const most = Math.max(...shares);
            return el(
              'tr',
              null,
              name(i, 'row'),
              shares.map((share) => el('td', { class: shade(most ? share / most : 0) }, hidden(measured(share, 2)))),
            );
          }),
        ),
      ]),
      n > shown ? el('p', { class: 'micro muted' }, ui.t('attention.cut', { n: shown, of: n })) : null,
    );
  }

  append(map, [
    el('caption', { class: 'vh' }, ui.t('attention.caption', { n: heads * attention.length })),
    el(
      'thead',
      null,
      el(
        'tr',
        null,
        el('th', { scope: 'col' }, hidden(ui.t('heat.layer'))),
        Array.from({ length: heads }, (_, head) => el('th', { scope: 'col' }, String(head))),
      ),
    ),
    el(
      'tbody',
      null,
      attention.map((layer, i) =>
        el(
          'tr',
          null,
          el('th', { scope: 'row' }, String(i)),
          Array.from({ length: heads }, (_, head) => {
            const value = focus(layer, head);
            return el(
              'td',
              { class: shade(value) },
              el('button', {
                type: 'button',
                tabindex: i || head ? -1 : 0,
                'data-at': `${i} ${head}`,
                'aria-label': ui.t('attention.cell', { layer: String(i), head: String(head), value: measured(value, 2) }),
                onclick: () => choose(i, head),
              }),
            );
          }),
        ),
      ),
    ),
  ]);
  narrow(map, heads);
  roving(map, heads);
  choose(attention.length - 1, 0);
  const scale = el(
    'p',
    { class: 'scale', 'aria-hidden': 'true' },
    el('span', null, ui.t('attention.spread')),
    Array.from({ length: kSteps }, (_, i) => el('i', { class: `h${i}` })),
    el('span', null, ui.t('attention.focused')),
  );
  return el(
    'section',
    { class: 'inner', part: 'chart' },
    el(`h${heading}`, null, ui.t('attention.title')),
    el('p', { class: 'small muted' }, ui.t('attention.lead')),
    el('div', { class: 'two' }, el('div', null, map, scale), picture),
  );
}
