// Runs the encoder on the user's text: tokens first, then what the set can do. What it cannot is said, with the reason.
import { append, button, disclosure, el, freshId, mark, shareBar } from './dom.js';
import { announce } from './announcer.js';
import { attentionPart } from './attention.js';
import { fileText } from './file-text.js';
import { Int8Choice, nearness } from './int8.js';
import { measured } from './language.js';
import { engineWords, plainText, visible } from './plain-text.js';
import { textsFor } from './run-texts.js';
import { tokenChips } from './token-chips.js';
import { cosine, meanLength, meanVector } from './vectors.js';

const kTop = 5;
const kAttentionTokens = 160; // the probabilities of all heads grow with the square: 14 MB for BERT-base at this length

export class RunPanel {
  // openInt8() opens the same files with their layers in int8; before: the panel in the other language, whose texts and choice are kept.
  constructor(ui, { set, openInt8, before }) {
    const kept = before?.set === set ? before : null;
    Object.assign(this, { ui, set, int8: kept?.int8 ?? new Int8Choice(openInt8), texts: kept?.texts ?? null, tokenizing: 0, root: null, ready: null });
  }

  close() {
    this.int8.close();
  }

  async prepare() {
    const vocab = this.set.files.find((file) => file.role === 'vocabulary');
    this.texts ??= textsFor((vocab && (await fileText(this.set, vocab.path))) ?? '');
  }

  // ready: the weights have been read, so that more than tokens can be shown. What was run stays until then.
  node(heading, ready) {
    if (this.ready === ready) return this.root;
    const root = el('div', { class: 'stack' }, el('div', null, el(`h${heading}`, { tabindex: -1 }, this.ui.t('run.head'))));
    Object.assign(this, { root, ready });
    void this.prepare().then(() => this.fill(root, heading, ready));
    return root;
  }

  fill(root, heading, ready) {
    const { ui } = this;
    const can = this.set.abilities ?? {};
    this.can = { ...can, encoder: ready && can.encoder };
    append(root.firstChild, [this.abilities(can, ready), !ready ? el('p', { class: 'muted' }, ui.t('run.wait')) : null]);
    if (!can.vocab) append(root, [el('p', null, ui.t('run.no-vocab'))]);
    else
      append(root, [
        this.can.encoder ? this.int8Part(root) : null,
        el('div', { class: 'columns even' }, this.textPart(heading + 1), this.can.encoder ? this.pairPart(heading + 1) : null),
      ]);
  }

  abilities(can, ready) {
    const { ui } = this;
    const rows = ['encoder', 'mlm', 'nsp'].map((key) => {
      const what = ui.t(`run.can-${key}`);
      const why = can.why?.[key];
      const words = can[key] ? what : why ? ui.nodes('run.cannot', { what, why: engineWords(why) }) : what;
      return el('li', { class: can[key] ? null : 'muted' }, mark(can[key] ? (ready ? 'ok' : 'wait') : 'na'), el('span', null, words));
    });
    return el('ul', { class: 'abilities' }, rows);
  }

  // key: which of the texts, kept as they are typed.
  field(label, key, onenter, kind = '') {
    const id = freshId('text');
    const input = el('input', {
      class: 'field',
      id,
      value: this.texts[key],
      lang: this.texts.lang,
      dir: 'auto',
      autocomplete: 'off',
      spellcheck: 'false',
      oninput: () => (this.texts[key] = input.value),
      onkeydown: (event) => event.key === 'Enter' && !event.isComposing && onenter(),
    });
    return [el('div', { class: `grow ${kind}` }, el('label', { class: 'label', for: id }, label), input), input];
  }

  int8Part(root) {
    const { ui, int8 } = this;
    const change = () => {
      int8.on = box.checked;
      if (!int8.on) int8.close();
      for (const results of root.querySelectorAll('.results')) results.replaceChildren();
    };
    const box = el('input', { type: 'checkbox', checked: int8.on, onchange: change });
    return el('label', { class: 'choice' }, box, el('span', null, ui.t('run.int8'), ' ', el('span', { class: 'muted' }, ui.t('run.int8-note'))));
  }

  // Shows in `place` what `work(encode)` gives; says that it runs, that it is done, or why not.
  async run(place, go, work) {
    const { ui } = this;
    if (go.disabled) return;
    go.disabled = true;
    go.textContent = ui.t('run.busy');
    const compared = [];
    try {
      const { set, int8 } = this;
      const encode = int8.on ? await int8.encoder(set, compared) : (...question) => set.encode(...question);
      const started = performance.now();
      const nodes = await work(encode);
      const done = compared.length ? nearness(ui, compared) : ui.t('run.done', { seconds: ((performance.now() - started) / 1000).toFixed(2) });
      place.replaceChildren();
      const line = el('p', { class: 'micro muted' }, done);
      append(place, compared.length ? [line, nodes] : [nodes, line]);
      announce(done, { soon: true });
    } catch (error) {
      const words = ui.t('run.failed', { why: plainText(error?.message ?? error, 300) });
      place.replaceChildren(el('p', { class: 'bad' }, words));
      announce(words, { soon: true });
    } finally {
      go.disabled = false;
      go.textContent = go.dataset.label;
    }
  }

  goButton(label, onclick, kind) {
    const go = button(label, onclick, { kind });
    go.dataset.label = label;
    return go;
  }

  textPart(heading) {
    const { ui, set, texts, can } = this;
    const chips = el('div', { class: 'chips-place' });
    const results = el('div', { class: 'results', role: 'group', 'aria-label': ui.t(can.mlm ? 'run.text-head' : 'run.text-head-plain') });
    const start = () =>
      this.run(results, go, async (encode) => {
        const text = input.value;
        const { tokens } = await set.tokenize(text, undefined, { keep_special: true });
        const answer = await encode(text, undefined, { layers: 'all', top: kTop, attention: tokens.length <= kAttentionTokens });
        chips.replaceChildren(tokenChips(ui, text, answer, texts.lang));
        return [
          can.mlm ? this.masks(answer) : null,
          this.norms(answer, heading),
          answer.attention?.length ? attentionPart(ui, answer, heading + 1, texts.lang) : null,
        ];
      });
    const [field, input] = this.field(ui.t(can.mlm ? 'run.text' : 'run.text-plain'), can.mlm ? 'mask' : 'plain', () => can.encoder && start());
    const go = can.encoder ? this.goButton(ui.t('run.button'), start, 'primary') : null;
    const tokenize = async () => {
      const turn = (this.tokenizing += 1);
      const text = input.value;
      try {
        const encoding = await set.tokenize(text, undefined, { keep_special: true });
        if (turn === this.tokenizing) chips.replaceChildren(tokenChips(ui, text, encoding, texts.lang));
      } catch (error) {
        if (turn === this.tokenizing) chips.replaceChildren(el('p', { class: 'bad' }, plainText(error?.message ?? error, 300)));
      }
    };
    input.addEventListener('input', () => {
      if (results.firstChild) results.replaceChildren(el('p', { class: 'muted small' }, ui.t('run.stale')));
      void tokenize();
    });
    void tokenize();
    return el(
      'section',
      { class: 'block' },
      el(`h${heading}`, null, ui.t(can.mlm ? 'run.text-head' : 'run.text-head-plain')),
      el('div', { class: 'row end' }, field, go),
      chips,
      results,
    );
  }

  masks(answer) {
    const { ui, texts } = this;
    if (!answer.mlm?.length) return el('p', { class: 'muted small' }, ui.t('run.no-mask'));
    return answer.mlm.map(({ position, top }) =>
      el(
        'table',
        { class: 'table fill' },
        el('caption', null, ui.t('run.mask-caption', { n: top.length, position: String(position) })),
        el(
          'thead',
          null,
          el(
            'tr',
            null,
            el('th', { scope: 'col' }, ui.t('run.token')),
            el('th', { scope: 'col', class: 'number' }, ui.t('run.id')),
            el('th', { scope: 'col', class: 'bar-cell' }, el('span', { class: 'vh' }, ui.t('run.share'))),
            el('th', { scope: 'col', class: 'number' }, ui.t('run.probability')),
          ),
        ),
        el(
          'tbody',
          null,
          top.map(({ token, id, p }) =>
            el(
              'tr',
              null,
              el('th', { scope: 'row', class: 'token', lang: texts.lang }, visible(token)),
              el('td', { class: 'number muted mono' }, String(id)),
              el('td', { class: 'bar-cell' }, shareBar(p)),
              el('td', { class: 'number' }, `${(p * 100).toFixed(1)} %`),
            ),
          ),
        ),
      ),
    );
  }

  // Length of the vectors after the embeddings and after each layer.
  norms(answer, heading) {
    const { ui } = this;
    const layers = Object.keys(answer.layers)
      .map(Number)
      .sort((a, b) => a - b);
    const lengths = layers.map((layer) => meanLength(answer.layers[layer]));
    const most = Math.max(...lengths.filter(Number.isFinite), 0);
    const finite = lengths.every(Number.isFinite);
    const values = { first: measured(lengths[0]), last: measured(lengths.at(-1)), layer: String(layers.at(-1)) };
    const bars = el(
      'div',
      { class: 'columns-chart', role: 'img', 'aria-label': ui.t('run.norms-title', values) },
      lengths.map((length, i) => {
        const column = el('i');
        column.style.height = `${Number.isFinite(length) && most ? (length / most) * 100 : 0}%`;
        return el('span', null, column, el('b', null, String(layers[i])));
      }),
    );
    const table = el(
      'table',
      { class: 'table' },
      el(
        'thead',
        null,
        el('tr', null, el('th', { scope: 'col' }, ui.t('heat.layer')), el('th', { scope: 'col', class: 'number' }, ui.t('run.length'))),
      ),
      el(
        'tbody',
        null,
        layers.map((layer, i) =>
          el('tr', null, el('th', { scope: 'row' }, String(layer)), el('td', { class: 'number' }, measured(lengths[i], 4))),
        ),
      ),
    );
    return el(
      'section',
      { class: 'inner' },
      el(`h${heading + 1}`, null, ui.t('run.norms-head')),
      bars,
      el('p', { class: 'small muted' }, ui.t('run.norms', values), ' ', ui.t(finite ? 'run.norms-finite' : 'run.norms-not-finite')),
      disclosure(ui.t('run.norms-table'), table),
    );
  }

  pairPart(heading) {
    const { ui, texts, can } = this;
    const results = el('div', { class: 'results', role: 'group', 'aria-label': ui.t('run.pair-head') });
    const start = () =>
      this.run(results, go, async (encode) => {
        const vector = async (text) => {
          const answer = await encode(text, undefined, { layers: 'last' });
          return meanVector(Object.values(answer.layers).at(-1));
        };
        const vectors = [await vector(input_a.value), await vector(input_b.value), await vector(texts.unrelated)];
        const nsp = can.nsp ? (await encode(input_a.value, input_b.value, { layers: 'last' })).nsp : null;
        return [this.cosine(cosine(vectors[0], vectors[1]), cosine(vectors[0], vectors[2])), nsp ? this.nsp(nsp, heading) : null];
      });
    const [field_a, input_a] = this.field('A', 'a', start, 'half');
    const [field_b, input_b] = this.field('B', 'b', start, 'half');
    const go = this.goButton(ui.t('run.compare'), start, '');
    for (const input of [input_a, input_b]) {
      input.addEventListener(
        'input',
        () => results.firstChild && results.replaceChildren(el('p', { class: 'muted small' }, ui.t('run.stale'))),
      );
    }
    return el(
      'section',
      { class: 'block' },
      el(`h${heading}`, null, ui.t('run.pair-head')),
      el('div', { class: 'row end' }, field_a, field_b, go),
      results,
    );
  }

  cosine(ab, ac) {
    const { ui } = this;
    const low = Math.min(ab, ac) < 0 ? -1 : Math.min(ab, ac) < 0.5 ? 0 : 0.5;
    const at = (value) => `${Math.max(0, Math.min(1, (value - low) / (1 - low))) * 100}%`;
    const dot = (kind, value) => {
      const node = el('i', { class: kind });
      node.style.left = at(value);
      return node;
    };
    const values = { low: String(low), ab: signed(ab), ac: signed(ac) };
    return el(
      'div',
      { class: 'cosine' },
      el('p', null, el('span', { class: 'large' }, values.ab), ' ', el('span', { class: 'muted' }, ui.t('run.cosine'))),
      el('div', { class: 'ruler', role: 'img', 'aria-label': ui.t('run.cosine-line', values) }, dot('unrelated', ac), dot('pair', ab)),
      el('div', { class: 'ruler-ends', 'aria-hidden': 'true' }, el('span', null, String(low).replace('-', '−')), el('span', null, '1')),
      el(
        'p',
        { class: 'legend small', 'aria-hidden': 'true' },
        el('span', { class: 'pair' }, `${ui.t('run.cosine-with')} ${values.ab}`),
        el('span', { class: 'unrelated' }, ui.t('run.cosine-unrelated', { value: values.ac })),
      ),
      el('p', { class: 'micro muted' }, ui.t('run.cosine-note')),
    );
  }

  nsp(answer, heading) {
    const { ui } = this;
    return el(
      'section',
      { class: 'inner' },
      el(`h${heading + 1}`, null, ui.t('run.nsp-head')),
      el(
        'p',
        { class: 'small' },
        ui.nodes('run.nsp', {
          p: el('strong', null, `${(answer.is_next * 100).toFixed(1)} %`),
          by: el('span', { class: 'muted' }, ui.t('run.nsp-by')),
        }),
      ),
    );
  }
}

const signed = (value) => value.toFixed(2).replace('-', '−');
