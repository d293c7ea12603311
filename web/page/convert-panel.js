// The way out: the model of the open set as another container, under that one's names, with what can be mended put right.
import { append, button, el, save } from './dom.js';
import { plainText } from './plain-text.js';
import { Task } from './task.js';

const kTargets = ['safetensors', 'tf-bundle'];

export class ConvertPanel {
  // set: the open one, or null; before: the panel in the other language.
  constructor(ui, { set, before }) {
    Object.assign(this, { ui, set, place: el('div', { class: 'results' }), result: before?.set === set ? before.result : null });
    this.task = new Task(ui, this.place);
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
        'ul',
        { class: 'formats' },
        kTargets.map((to) =>
          el(
            'li',
            null,
            button(ui.t(`convert.${to}`), () => this.convert(to)),
            // Straight to disk where a page may: then nothing has to be kept, however large it is.
            globalThis.showDirectoryPicker
              ? button(ui.t('convert.folder'), () => this.convertInto(to), { name: ui.t('convert.folder-of', { to: ui.t(`convert.${to}`) }) })
              : null,
          ),
        ),
      ),
      this.place,
    );
  }

  async convertInto(to) {
    const into = await globalThis.showDirectoryPicker({ mode: 'readwrite' }).catch(() => null);
    if (into) await this.convert(to, into);
  }

  convert(to, into) {
    const { ui } = this;
    const work = async (step) => {
      const result = await this.set.convert({ to, into, lang: ui.lang, ...step });
      step.signal.throwIfAborted();
      this.result = { ...result, folder: into?.name };
      return { node: this.resultNode(), said: ui.t('convert.done') };
    };
    return this.task.run({ running: ui.t('convert.running'), stopped: ui.t('convert.stopped') }, work, (why) => why);
  }

  resultNode() {
    const { ui, result, heading } = this;
    const { files, folder, repairs, left_out, config } = result;
    return append(el('div', { class: 'results', 'data-converted': true }), [
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
