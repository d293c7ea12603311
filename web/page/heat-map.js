// Layer × part as a real table: the number in the cell, its place in the column as colour, faults outlined.
import { append, el, hidden, mark } from './dom.js';
import { measured } from './language.js';
import { roving } from './roving.js';
import { atFault, spread } from './tensor-facts.js';

// Part, last parts of the name in Google's and in Hugging Face's spelling, label where there is little room.
// Norms are shown by the mean of their gammas.
const kParts = [
  ['query', /attention[/.]self[/.]query[/.](?:kernel|weight)$/, 'Q'],
  ['key', /attention[/.]self[/.]key[/.](?:kernel|weight)$/, 'K'],
  ['value', /attention[/.]self[/.]value[/.](?:kernel|weight)$/, 'V'],
  ['attention', /attention[/.]output[/.]dense[/.](?:kernel|weight)$/, 'O'],
  ['norm1', /attention[/.]output[/.]LayerNorm[/.](?:gamma|weight)$/, 'N1'],
  ['intermediate', /intermediate[/.]dense[/.](?:kernel|weight)$/, 'I'],
  ['output', /(?<!attention[/.])output[/.]dense[/.](?:kernel|weight)$/, 'F'],
  ['norm2', /(?<!attention[/.])output[/.]LayerNorm[/.](?:gamma|weight)$/, 'N2'],
];
const kSteps = 7;

// Two digits, so that columns line up: .079, 1.0
function twoDigits(value) {
  const plain = Math.abs(value) >= 1e-4 && Math.abs(value) < 100;
  return (plain ? value.toPrecision(2) : measured(value, 2)).replace('-', '−').replace(/^(−?)0\./, '$1.');
}

function cells(tensors) {
  const layers = [];
  for (const tensor of tensors) {
    if (!(tensor.layer >= 0)) continue;
    const part = kParts.findIndex(([, pattern]) => pattern.test(tensor.name));
    if (part >= 0) (layers[tensor.layer] ??= [])[part] = tensor;
  }
  return layers;
}

// onOpen(tensor). Nothing without layers or without numbers.
export function heatMap(ui, tensors, heading, onOpen) {
  const layers = cells(tensors);
  if (!layers.length || !tensors.some((tensor) => tensor.stats)) return null;
  const shown = (tensor, part) => (kParts[part][0].startsWith('norm') ? (tensor?.stats?.mean ?? null) : tensor ? spread(tensor) : null);
  const faults = layers.flat().filter((tensor) => tensor && atFault(tensor)).length;
  let by = 'spread';
  const table = el('table', { class: 'heat' });
  const note = el('p', { class: 'micro muted' });
  const scale = el('p', { class: 'scale', 'aria-hidden': 'true' });
  const buttons = ['spread', 'faults'].map((key) =>
    el('button', { type: 'button', onclick: () => draw(key) }, ui.t(`heat.${key}`, { n: faults })),
  );
  const spans = kParts.map((_, part) => {
    const values = layers.map((layer) => shown(layer?.[part], part)).filter(Number.isFinite);
    return [Math.min(...values), Math.max(...values)];
  });
  const step = (value, [low, high]) =>
    !Number.isFinite(value) ? 0 : high > low ? Math.min(kSteps - 1, Math.floor(((value - low) / (high - low)) * kSteps)) : 3;

  function cell(layer, part) {
    const tensor = layers[layer]?.[part];
    if (!tensor) return el('td', { class: 'none' }, '–');
    const value = shown(tensor, part);
    const bad = atFault(tensor);
    const text = value === null ? '–' : twoDigits(value);
    const values = { layer: String(layer), part: ui.t(`part.${kParts[part][0]}`).replaceAll('\u00ad', ''), value: text };
    const name = ui.t(bad ? 'heat.cell-fault' : 'heat.cell', values);
    return el(
      'td',
      { class: `${by === 'spread' ? `h${step(value, spans[part])}` : 'h0'}${bad ? ' fault' : ''}` },
      el(
        'button',
        { type: 'button', 'aria-label': name, tabindex: -1, 'data-at': `${layer} ${part}`, onclick: () => onOpen(tensor) },
        by === 'faults' && bad ? mark('bad') : el('span', { 'aria-hidden': 'true' }, text),
      ),
    );
  }

  function draw(key) {
    by = key;
    buttons.forEach((node, i) => node.setAttribute('aria-pressed', String(['spread', 'faults'][i] === by)));
    table.replaceChildren(
      el('caption', { class: 'vh' }, ui.t('heat.caption')),
      el(
        'thead',
        null,
        el(
          'tr',
          null,
          el('th', { scope: 'col' }, hidden(ui.t('heat.layer'))),
          kParts.map(([part, , short]) =>
            el(
              'th',
              { scope: 'col' },
              el('span', { class: 'full' }, ui.t(`part.${part}`)),
              el('span', { class: 'short', 'aria-hidden': 'true' }, short),
            ),
          ),
        ),
      ),
      append(
        el('tbody'),
        Array.from(layers, (_, layer) =>
          el(
            'tr',
            null,
            el('th', { scope: 'row' }, String(layer)),
            kParts.map((__, part) => cell(layer, part)),
          ),
        ),
      ),
    );
    table.querySelector('button')?.setAttribute('tabindex', '0');
    scale.replaceChildren(
      ...(by === 'spread'
        ? [
            el('span', null, ui.t('heat.smallest')),
            ...Array.from({ length: kSteps }, (_, i) => el('i', { class: `h${i}` })),
            el('span', null, ui.t('heat.largest')),
          ]
        : []),
    );
    note.textContent = ui.t(by === 'spread' ? 'heat.note' : 'heat.fault-note');
  }

  roving(table, kParts.length);
  draw(by);
  return el(
    'section',
    { class: 'block', part: 'chart' },
    el(
      'div',
      { class: 'block-head' },
      el(`h${heading}`, null, ui.t('heat.head')),
      el('div', { class: 'segments', role: 'group', 'aria-label': ui.t('heat.by') }, buttons),
    ),
    table,
    scale,
    note,
  );
}
