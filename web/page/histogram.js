// How the values of one tensor lie: bars, five labels, one sentence for those who do not see them, and the bins as a table.
import { append, disclosure, el } from './dom.js';
import { measured } from './language.js';

const kMostCharacters = 45;        // of labels, side by side, in the narrowest picture
const kWidth = 640, kHeight = 136;  // of the bars; labels stand below them in the size of the page's text

function svg(tag, attributes, ...children) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** Labels at values, left out where they would run into one that matters more. @returns {[number, string][]} x and text */
export function labelsOf({ from, to }, { mean, variance }, width = kWidth) {
  const sigma = Math.sqrt(variance);
  const place = (value) => (to > from ? ((value - from) / (to - from)) * width : width / 2);
  const wanted = [[from, measured(from)], [to, measured(to)], [0, '0'], [mean - sigma, '−σ'], [mean + sigma, '+σ']];
  const kept = [];
  for (const [value, text] of wanted) {
    if (!(value >= from && value <= to)) continue;
    const x = place(value);
    if (kept.every(([at, other]) => Math.abs(at - x) > (width / kMostCharacters) * Math.max(text.length, other.length))) kept.push([x, text]);
  }
  return kept.sort(([a], [b]) => a - b);
}

export function histogram(ui, { name, histogram: { from, to, counts, taken }, stats }) {
  const most = Math.max(...counts);
  const bar = kWidth / counts.length;
  const shown = counts.reduce((sum, count) => sum + count, 0);
  const picture = svg('svg', { viewBox: `0 0 ${kWidth} ${kHeight}`, preserveAspectRatio: 'none', class: 'histogram', role: 'img', part: 'chart' });
  picture.setAttribute('aria-label', ui.t('histogram.says', {
    from: measured(from), to: measured(to), mean: measured(stats.mean), std: measured(Math.sqrt(stats.variance)), zeros: stats.zeros,
  }));
  counts.forEach((count, i) => {
    if (!count) return;
    const height = Math.max(1, (count / most) * (kHeight - 4));
    picture.append(svg('rect', { x: i * bar + 0.5, y: kHeight - height, width: bar - 1, height }));
  });
  const labels = labelsOf({ from, to }, stats).map(([x, text]) => {
    const label = el('span', { class: x < kWidth / 12 ? 'first' : x > (kWidth * 11) / 12 ? 'last' : null }, text);
    label.style.left = `${(100 * x) / kWidth}%`;
    return label;
  });
  const width = (to - from) / counts.length;
  const rows = counts.map((count, i) => [from + i * width, from + (i + 1) * width, count]).filter(([, , count]) => count);
  return append(el('div', { class: 'histogram-place' }), [
    picture,
    el('div', { class: 'histogram-labels', 'aria-hidden': 'true' }, labels),
    taken < stats.count ? el('p', { class: 'micro muted' }, ui.t('histogram.taken', { n: taken, of: stats.count })) : null,
    disclosure(
      ui.t('histogram.table'),
      el(
        'table',
        { class: 'table' },
        el('caption', { class: 'vh' }, ui.t('histogram.of', { name: name.split(/[/.]/).at(-1), n: shown })),
        el('thead', null, el('tr', null, ['from', 'to', 'count'].map((key) => el('th', { scope: 'col', class: 'number' }, ui.t(`histogram.${key}`))))),
        el(
          'tbody',
          null,
          rows.map(([low, high, count]) =>
            el('tr', null, [measured(low), measured(high), ui.number(count)].map((cell) => el('td', { class: 'number' }, cell))),
          ),
        ),
      ),
    ),
  ]);
}
