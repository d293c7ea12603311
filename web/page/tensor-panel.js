// Every tensor: sorted, filtered, grouped by layer, opened for its numbers; above it the whole set as one picture.
import { append, button, chevron, el, freshId, mark, save } from './dom.js';
import { heatMap } from './heat-map.js';
import { histogram } from './histogram.js';
import { measured } from './language.js';
import { nameNode, plainText } from './plain-text.js';
import { atFault, csv, grouped, natural, spread } from './tensor-facts.js';

const kColumns = [
  ['name', 'name', ''],
  ['shape', 'elements', 'number'],
  ['dtype', 'dtype', 'optional'],
  ['bytes', 'bytes', 'number optional'],
  ['state', 'state', 'optional'],
  ['spread', 'std', 'number'],
];
const kStateMarks = { good: 'ok', 'not-read': 'wait', 'checksum-mismatch': 'bad', cut: 'bad', 'no-file': 'bad' };

export class TensorPanel {
  constructor(ui) {
    this.ui = ui;
    this.tensors = [];
    this.sort = 'name';
    this.down = false;
    this.filter = '';
    this.open = new Set();
    this.chosen = null;      // name of the opened tensor
    this.in_table = false;  // opened below its row, not beside the picture
  }

  // Keeps sorting, filter and what is open when the same set has been read further.
  update(tensors) {
    this.tensors = tensors.map((tensor) => ({ ...tensor, elements: tensor.shape.reduce((a, b) => a * b, 1), std: spread(tensor) }));
  }

  node(heading) {
    const { ui, tensors } = this;
    if (!tensors.length) return el('div', null, el(`h${heading}`, { tabindex: -1 }, ui.t('tensors.none')));
    const read = tensors.some((tensor) => tensor.state !== 'not-read');
    const faults = tensors.filter(atFault).length;
    const bytes = tensors.reduce((sum, tensor) => sum + tensor.bytes, 0);
    const state = !read
      ? ui.t('tensors.not-read')
      : faults
        ? ui.t('tensors.faults', { n: faults, words: ui.words(faults) })
        : ui.t(tensors.some((tensor) => tensor.crc32c !== null && tensor.crc32c !== undefined) ? 'tensors.agree' : 'tensors.whole');
    const id = freshId('filter');
    this.table = el('table', { class: 'table tensors', part: 'table' });
    this.shown = el('span', { class: 'small muted', 'aria-live': 'off' });
    const filter = el('input', {
      id,
      class: 'field',
      type: 'search',
      value: this.filter,
      placeholder: ui.t('tensors.filter'),
      'aria-label': ui.t('tensors.filter'),
      spellcheck: 'false',
      autocomplete: 'off',
      oninput: () => {
        this.filter = filter.value;
        this.fill();
      },
    });
    this.detail = el('div', { class: 'detail' });
    const picture = heatMap(ui, tensors, heading + 1, (tensor) => this.choose(tensor, false));
    this.show();
    return append(el('div', { class: 'stack' }), [
      el(`h${heading}`, { tabindex: -1 }, `${ui.t('tensors.head', { n: tensors.length, size: ui.size(bytes) })}${ui.comma}${state}`),
      picture ? el('div', { class: 'columns even' }, picture, this.detail) : null,
      el(
        'section',
        { class: 'block' },
        el(
          'div',
          { class: 'block-head' },
          el(`h${heading + 1}`, null, ui.t('tensors.all')),
          el(
            'div',
            { class: 'row' },
            this.shown,
            filter,
            button(ui.t('tensors.csv'), () => save('tensors.csv', csv(this.tensors), 'text/csv')),
          ),
        ),
        this.table,
      ),
    ]);
  }

  fill() {
    const { ui } = this;
    const wanted = this.filter.trim().toLowerCase();
    const rows = wanted ? this.tensors.filter((tensor) => tensor.name.toLowerCase().includes(wanted)) : this.tensors;
    this.names = new Map(); // buttons, by tensor
    this.shown.textContent = wanted ? ui.t('tensors.shown', { n: rows.length, of: this.tensors.length }) : '';
    const bodies = !rows.length
      ? [el('tbody', null, el('tr', null, el('td', { colspan: kColumns.length }, ui.t('tensors.empty'))))]
      : this.sort === 'name' && !wanted
        ? this.groupBodies(this.down ? grouped(rows).reverse() : grouped(rows), 0)
        : [
            el(
              'tbody',
              null,
              this.ordered(rows).map((tensor) => this.row(tensor, '')),
            ),
          ];
    this.table.replaceChildren(this.head(), ...bodies.flat(Infinity));
  }

  ordered(rows) {
    const value = this.sort;
    const compare = (a, b) =>
      value === 'name' || value === 'dtype' || value === 'state'
        ? natural.compare(a[value], b[value])
        : (a[value] ?? -1) - (b[value] ?? -1);
    return [...rows].sort((a, b) => (this.down ? -compare(a, b) : compare(a, b)));
  }

  head() {
    const { ui } = this;
    const order = (key) => {
      this.down = this.sort === key ? !this.down : false;
      this.sort = key;
      this.fill();
      this.table.querySelector(`[data-sort="${key}"]`).focus();
    };
    return el(
      'thead',
      null,
      el(
        'tr',
        null,
        kColumns.map(([column, key, kind]) =>
          el(
            'th',
            {
              scope: 'col',
              class: kind,
              'aria-sort': this.sort === key ? (this.down ? 'descending' : 'ascending') : null,
            },
            el('button', { type: 'button', 'data-sort': key, onclick: () => order(key) }, ui.t(`tensors.${column}`)),
          ),
        ),
      ),
    );
  }

  groupBodies(groups, depth) {
    const { ui } = this;
    return groups.map((group) => {
      const open = this.open.has(group.name);
      const bytes = group.tensors.reduce((sum, tensor) => sum + tensor.bytes, 0);
      const toggle = el(
        'button',
        {
          type: 'button',
          'aria-expanded': String(open),
          'data-group': plainText(group.name),
          onclick: () => {
            if (open) this.open.delete(group.name);
            else this.open.add(group.name);
            this.fill();
            [...this.table.querySelectorAll('[data-group]')].find((node) => node.dataset.group === plainText(group.name))?.focus();
          },
        },
        chevron(),
        group.name ? nameNode(group.name) : nameNode('/'),
        el('span', { class: 'muted' }, ui.t('tensors.group', { n: group.tensors.length, bytes: ui.number(bytes) })),
      );
      const body = el(
        'tbody',
        { class: `depth-${depth}` },
        el('tr', { class: 'group' }, el('th', { scope: 'rowgroup', colspan: kColumns.length }, toggle)),
      );
      if (!open) return body;
      if (group.groups.length) return [body, this.groupBodies(group.groups, depth + 1)];
      append(
        body,
        this.ordered(group.tensors).map((tensor) => this.row(tensor, group.name)),
      );
      return body;
    });
  }

  row(tensor, group) {
    const { ui } = this;
    const short = group && tensor.name.length > group.length ? tensor.name.slice(group.length + 1) : tensor.name;
    const state = tensor.state === 'good' && (tensor.crc32c === null || tensor.crc32c === undefined) ? 'unsummed' : tensor.state;
    const pressed = String(this.chosen === tensor.name && this.in_table);
    const name = el('button', { type: 'button', class: 'as-name', 'aria-pressed': pressed, onclick: () => this.choose(tensor, true) }, nameNode(short));
    this.names.set(tensor.name, name);
    const cells = {
      name: el('th', { scope: 'row' }, name),
      shape: tensor.shape.length ? tensor.shape.join(' × ') : ui.t('tensors.scalar'),
      dtype: tensor.dtype,
      bytes: ui.number(tensor.bytes),
      state: [mark(kStateMarks[tensor.state] ?? 'na'), ' ', ui.t(`tensor-state.${state}`)],
      spread: measured(tensor.std),
    };
    const chosen = this.chosen === tensor.name;
    return [
      el(
        'tr',
        { class: chosen ? 'chosen' : null },
        kColumns.map(([column, , kind]) => (column === 'name' ? cells.name : el('td', { class: kind }, cells[column]))),
      ),
      chosen && this.in_table ? el('tr', { class: 'opened' }, el('td', { colspan: kColumns.length }, this.opened(tensor))) : null,
    ];
  }

  // Opens one tensor where it was pressed, below its row or beside the picture; again closes it.
  choose(tensor, in_table) {
    const again = this.chosen === tensor.name && this.in_table === in_table;
    Object.assign(this, { chosen: again ? null : tensor.name, in_table });
    this.show();
    if (in_table) this.names.get(tensor.name)?.focus();
  }

  show() {
    this.fill();
    const beside = this.in_table ? null : this.tensors.find(({ name }) => name === this.chosen);
    this.detail.replaceChildren(...(beside ? [this.opened(beside)] : []));
  }

  opened(tensor) {
    const { ui } = this;
    const { stats } = tensor;
    const facts = [
      [
        'place',
        tensor.file
          ? [
              nameNode(tensor.file.split('/').pop()),
              ', ',
              ui.t('finding.at', { length: tensor.length ?? tensor.bytes, offset: tensor.offset }),
            ]
          : ui.t('tensor-state.no-file'),
      ],
      ...(tensor.crc32c !== null && tensor.crc32c !== undefined
        ? [['checksum', `${tensor.crc32c} (0x${tensor.crc32c.toString(16).padStart(8, '0')})`]]
        : []),
      ...(stats
        ? [
            ['mean', measured(stats.mean)],
            ['std', measured(spread(tensor))],
            ['range', `${measured(stats.smallest)}, ${measured(stats.largest)}`],
            ['zeros', `${ui.number(stats.zeros)}, ${ui.number(stats.nan + stats.inf)}`],
          ]
        : []),
    ];
    return el(
      'section',
      { class: 'block' },
      el('p', { class: 'detail-name' }, nameNode(tensor.name)),
      el('p', { class: 'small muted' }, `${tensor.shape.join(' × ') || ui.t('tensors.scalar')}, ${tensor.dtype}`),
      stats && tensor.histogram ? histogram(ui, tensor) : null,
      el(
        'dl',
        { class: 'facts wide' },
        facts.map(([key, value]) => [el('dt', null, ui.t(`tensor.${key}`)), el('dd', null, value)]),
      ),
    );
  }
}
