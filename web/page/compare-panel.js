// Another set beside the open one: what differs in config, vocabulary and tensors. A difference is no fault, so nothing is red or green.
import { append, button, disclosure, el, hidden, mark, save, shareBar } from './dom.js';
import { picker } from './drop-zone.js';
import { measured } from './language.js';
import { nameNode, visible } from './plain-text.js';
import { Task } from './task.js';
import { groupOf, natural } from './tensor-facts.js';

const kShown = 200;      // rows of a table
const kInSight = 12;     // rows shown without being asked for
const kStates = ['differs', 'shape', 'not-compared', 'equal'];

export class ComparePanel {
  // files: those of the open set; before: the panel in the other language, whose result is kept.
  constructor(ui, { engine, files, before }) {
    Object.assign(this, { ui, engine, files, place: el('div', { class: 'results' }) });
    const same_set = before?.files === files;
    this.result = same_set ? before.result : null;
    this.names = same_set ? before.names : null;
    this.task = new Task(ui, this.place);
  }

  node(heading) {
    const { ui } = this;
    this.heading = heading;
    if (this.result) this.place.replaceChildren(this.resultNode());
    const files = picker(ui.t('drop.files'), (list) => this.compare(list), { 'data-pick': 'other' });
    const folder = picker(ui.t('drop.folder'), (list) => this.compare(list), { webkitdirectory: true, 'data-pick': 'other-folder' });
    return el(
      'div',
      { class: 'stack' },
      el(
        'div',
        null,
        el(`h${heading}`, { tabindex: -1 }, ui.t('compare.head')),
        el('p', { class: 'lead' }, ui.t('compare.lead')),
        el(
          'div',
          { class: 'row after' },
          button(ui.t('drop.files'), () => files.click(), { kind: this.result ? '' : 'primary' }),
          button(ui.t('drop.folder'), () => folder.click()),
          files,
          folder,
        ),
      ),
      this.place,
    );
  }

  compare(given) {
    const { ui } = this;
    const work = async (step) => {
      const other = await this.engine.collect(given);
      const result = await this.engine.compareSets(this.files, other, step);
      step.signal.throwIfAborted();
      Object.assign(this, { result, names: [nameOf(this.files), nameOf(other)] });
      return { node: this.resultNode(), said: this.headline() };
    };
    return this.task.run({ running: ui.t('compare.running'), stopped: ui.t('compare.stopped') }, work, (why) => ui.t('compare.failed', { why }));
  }

  headline() {
    const { counts } = this.result.tensors;
    const apart = counts.shape + counts.only_a + counts.only_b + (this.result.config?.rows.length ?? 0) + (this.result.vocab?.differ ?? 0);
    if (apart) return this.ui.t('compare.differ');
    return this.ui.t(counts.differs ? 'compare.other-values' : counts.not_compared ? 'compare.same-names' : 'compare.same');
  }

  resultNode() {
    const { ui, result, heading } = this;
    const { a, b, config, vocab, tensors } = result;
    return append(el('div', { class: 'stack' }), [
      el(
        'section',
        { class: 'block' },
        el('div', { class: 'verdict note' }, mark('note'), el('div', null, el(`h${heading + 1}`, { tabindex: -1, 'data-compared': true }, this.headline()))),
        el(
          'dl',
          { class: 'pairs' },
          [a, b].map((side, i) => [
            el('dt', null, 'AB'[i]),
            el('dd', null, nameNode(this.names[i]), ', ', ui.t('tensors.head', { n: side.tensors, size: ui.size(side.bytes) })),
          ]),
        ),
        this.counts(tensors.counts),
        el(
          'div',
          { class: 'row after' },
          button(ui.t('report.save', { format: 'JSON' }), () => save('bert-preflight-compare.json', this.engine.json(result), 'application/json')),
        ),
      ),
      this.parts(tensors),
      this.tensors(tensors),
      this.config(config),
      this.vocab(vocab),
    ]);
  }

  counts(counts) {
    const { ui } = this;
    const rows = Object.entries(counts).filter(([key, n]) => n || key === 'equal' || key === 'differs');
    return el(
      'dl',
      { class: 'facts counts' },
      rows.map(([key, n]) => [el('dt', null, ui.t(`compare.${key.replaceAll('_', '-')}`)), el('dd', null, n ? el('strong', null, ui.number(n)) : '0')]),
    );
  }

  table(caption, heads, rows, total = rows.length) {
    const { ui } = this;
    return [
      el(
        'table',
        { class: 'table' },
        el('caption', { class: 'vh' }, caption),
        el('thead', null, el('tr', null, heads.map(([text, kind]) => el('th', { scope: 'col', class: kind }, text)))),
        el(
          'tbody',
          null,
          rows.slice(0, kShown).map(([first, ...cells]) =>
            el('tr', null, el('th', { scope: 'row' }, first), cells.map((cell, i) => el('td', { class: heads[i + 1][1] }, cell))),
          ),
        ),
      ),
      total > Math.min(rows.length, kShown) ? el('p', { class: 'small muted' }, ui.t('compare.more', { n: total - Math.min(rows.length, kShown) })) : null,
    ];
  }

  // Where the values went apart: the largest difference in each layer, and outside them.
  parts({ pairs }) {
    const { ui, heading } = this;
    const parts = new Map();
    for (const { name, largest } of pairs) {
      if (largest === null) continue;
      const part = groupOf(name) || name;
      parts.set(part, Math.max(parts.get(part) ?? 0, largest));
    }
    const most = Math.max(...parts.values());
    if (parts.size < 2 || !(most > 0)) return null;
    const heads = [[ui.t('compare.part'), ''], [hidden(ui.t('run.share')), 'bar-cell'], [ui.t('compare.largest'), 'number']];
    const rows = [...parts].sort(([a], [b]) => natural.compare(a, b)).map(([part, largest]) => [nameNode(part), shareBar(largest / most), measured(largest)]);
    return el('section', { class: 'block' }, el(`h${heading + 1}`, null, ui.t('compare.parts')), this.table(ui.t('compare.parts'), heads, rows));
  }

  tensors({ pairs, only_a, only_b }) {
    const { ui, heading } = this;
    const shape = (dims) => dims.join(' × ') || ui.t('tensors.scalar');
    const both = (one, other) => (one === other ? one : `${one} | ${other}`);
    const row = (pair) => [
      pair.other === null ? nameNode(pair.name) : [nameNode(pair.name), ' | ', nameNode(pair.other)],
      both(shape(pair.shape[0]), shape(pair.shape[1])),
      both(...pair.dtype),
      ui.t(`compare.${pair.state}`),
      pair.differ === null ? '–' : ui.number(pair.differ),
      pair.largest === null ? '–' : measured(pair.largest),
    ];
    const heads = [
      [ui.t('tensors.name'), ''],
      [ui.t('tensors.shape'), 'number optional'],
      [ui.t('tensors.dtype'), 'optional'],
      [ui.t('compare.state'), ''],
      [ui.t('compare.values'), 'number optional'],
      [ui.t('compare.largest'), 'number'],
    ];
    const sorted = [...pairs].sort((one, other) => kStates.indexOf(one.state) - kStates.indexOf(other.state) || (other.largest ?? 0) - (one.largest ?? 0));
    const differing = sorted.filter(({ state }) => state !== 'equal');
    const table = () => this.table(ui.t('compare.tensors-caption'), heads, differing.map(row));
    const list = (key, names) =>
      names.length
        ? disclosure(ui.t(`compare.list-${key}`, { n: names.length }), el('ul', { class: 'plain' }, names.slice(0, kShown).map(({ name, shape: dims }) => el('li', null, nameNode(name), ' ', shape(dims)))))
        : null;
    return el(
      'section',
      { class: 'block' },
      el(`h${heading + 1}`, null, ui.t('panel.tensors')),
      !differing.length
        ? el('p', null, ui.t('compare.all-equal'))
        : differing.length > kInSight
          ? el('div', null, disclosure(ui.t('compare.list-differ', { n: differing.length }), el('div', null, table())))
          : table(),
      el('div', null, list('a', only_a)),
      el('div', null, list('b', only_b)),
      sorted.length > differing.length
        ? disclosure(ui.t('compare.list-equal', { n: sorted.length - differing.length }), el('div', null, this.table(ui.t('compare.equal'), heads, sorted.slice(differing.length).map(row))))
        : null,
    );
  }

  config(config) {
    const { ui, heading } = this;
    const value = (side) => (side ? visible(JSON.stringify(side.value), { limit: 200 }) : '–');
    return el(
      'section',
      { class: 'block' },
      el(`h${heading + 1}`, null, ui.t('compare.config')),
      !config
        ? el('p', { class: 'muted' }, ui.t('compare.no-config'))
        : config.rows.length
          ? this.table(ui.t('compare.config'), [[ui.t('compare.key'), ''], ['A', ''], ['B', '']], config.rows.map(({ key, a, b }) => [nameNode(key), value(a), value(b)]))
          : el('p', null, ui.t('compare.config-same', { n: config.same })),
    );
  }

  vocab(vocab) {
    const { ui, heading } = this;
    const word = (text) => (text === null ? '–' : nameNode(text));
    const heads = [[ui.t('compare.line'), 'number'], ['A', ''], ['B', '']];
    const values = vocab && { a: vocab.lines[0], b: vocab.lines[1], n: vocab.same, only_a: vocab.only_a, only_b: vocab.only_b };
    return el(
      'section',
      { class: 'block' },
      el(`h${heading + 1}`, null, ui.t('compare.vocab')),
      el('p', { class: vocab ? '' : 'muted' }, ui.t(!vocab ? 'compare.no-vocab' : vocab.differ ? 'compare.vocab-lines' : 'compare.vocab-same', values ?? {})),
      vocab?.rows.length
        ? disclosure(ui.t('compare.vocab-differ', { n: vocab.differ }), el('div', null, this.table(ui.t('compare.vocab'), heads, vocab.rows.map(({ line, a, b }) => [String(line), word(a), word(b)]), vocab.differ)))
        : null,
    );
  }
}

// The folder they came in, or the checkpoint's prefix, or the first of them.
function nameOf(files) {
  const path = files[0]?.path ?? '';
  if (path.includes('/')) return path.split('/').slice(0, -1).join('/');
  return files.find((file) => file.path.endsWith('.index'))?.path.slice(0, -6) ?? path;
}
