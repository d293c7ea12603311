// The way out: the model of the open set as another container, under that one's names, with what can be mended put right.
import { announce } from './announcer.js';
import { append, button, el, save } from './dom.js';
import { plainText } from './plain-text.js';
import { ProgressBar } from './progress-bar.js';

const kTargets = ['safetensors', 'tf-bundle'];

export class ConvertPanel {
  // set: the open one, or null; before: the panel in the other language.
  constructor(ui, { set, before }) {
    Object.assign(this, { ui, set, place: el('div', { class: 'results' }), result: before?.set === set ? before.result : null });
    this.controller = null;
  }

  node(heading) {
    const { ui } = this;
    this.heading = heading;
    if (this.result) this.place.replaceChildren(this.resultNode());
    return el(
      'section',
      { class: 'block' },
      el(`h${heading}`, null, ui.t('convert.head')),
      el('p', null, ui.t('convert.lead')),
      el(
        'div',
        { class: 'row after' },
        kTargets.map((to) => button(ui.t(`convert.${to}`), () => this.convert(to))),
        // Straight to disk where a page may: then nothing has to be kept, however large it is.
        globalThis.showDirectoryPicker ? kTargets.map((to) => button(ui.t(`convert.${to}-folder`), () => this.convertInto(to), { kind: 'quiet' })) : null,
      ),
      this.place,
    );
  }

  async convertInto(to) {
    const into = await globalThis.showDirectoryPicker({ mode: 'readwrite' }).catch(() => null);
    if (into) await this.convert(to, into);
  }

  async convert(to, into) {
    const { ui } = this;
    this.controller?.abort();
    const { signal } = (this.controller = new AbortController());
    const bar = new ProgressBar(ui, ui.t('convert.running'), () => this.controller.abort());
    this.place.replaceChildren(bar.node);
    try {
      const result = await this.set.convert({ to, into, lang: ui.lang, signal, onProgress: (step) => announce(bar.show(step)) });
      if (signal.aborted) return;
      this.result = { ...result, folder: into?.name };
      this.place.replaceChildren(this.resultNode());
      announce(ui.t('convert.done'), { soon: true });
      this.place.querySelector('[tabindex="-1"]').focus();
    } catch (error) {
      const stopped = error?.code === 'aborted';
      const words = stopped ? ui.t('convert.stopped') : plainText(error?.message ?? error, 400);
      if (this.controller.signal === signal) this.place.replaceChildren(el('p', { class: stopped ? 'muted' : 'bad' }, words));
      announce(words, { soon: true });
    }
  }

  resultNode() {
    const { ui, result, heading } = this;
    const { files, folder, repairs, left_out, config } = result;
    return append(el('div', { class: 'stack', 'data-converted': true }), [
      el(`h${heading + 1}`, { tabindex: -1 }, ui.t('convert.done')),
      folder === undefined ? null : el('p', null, ui.t('convert.into', { folder: plainText(folder, 200) })),
      el(
        'ul',
        { class: 'formats' },
        files.map(({ name, bytes, blob }) =>
          el('li', null, blob ? button(ui.t('report.save', { format: name }), () => save(name, blob)) : el('span', { class: 'strong' }, name), el('span', { class: 'muted small' }, ui.size(bytes))),
        ),
      ),
      repairs.length
        ? [el('p', { class: 'strong' }, ui.t('convert.repairs')), el('ul', { class: 'plain' }, repairs.map(({ message }) => el('li', null, plainText(message, 400))))]
        : el('p', { class: 'muted' }, ui.t('convert.no-repairs')),
      left_out.length ? el('p', null, ui.t('convert.left-out', { n: left_out.length, name: plainText(left_out[0], 200) })) : null,
      config ? null : el('p', { class: 'bad' }, ui.t('convert.no-config')),
    ]);
  }
}
