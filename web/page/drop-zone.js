// Where files come in: dropped on it (or anywhere on the page), chosen as files or as a folder, or a built-in sample.
import { append, button, el } from './dom.js';

export function picker(label, onFiles, attributes) {
  const input = el('input', {
    type: 'file',
    multiple: true,
    class: 'vh',
    tabindex: -1,
    'aria-label': label,
    ...attributes,
    onchange: () => {
      const files = [...input.files];
      input.value = '';
      if (files.length) onFiles(files);
    },
  });
  return input;
}

// said: why the last drop came to nothing; onFiles(File[]), onSample('good' | 'bad')
export function dropZone(ui, { said, onFiles, onSample }) {
  const files = picker(ui.t('drop.files'), onFiles, { 'data-pick': 'files' });
  const folder = picker(ui.t('drop.folder'), onFiles, { webkitdirectory: true, 'data-pick': 'folder' });
  const sample = (which) => button(ui.t(`drop.${which}`), () => onSample(which), { kind: 'as-link' });
  const head = el('p', { class: 'drop-head' }, el('span', null, ui.t('drop.head')), el('span', { class: 'held' }, ui.t('drop.over')));
  return el(
    'div',
    { class: 'drop', role: 'group', 'aria-label': ui.t('drop.name'), part: 'dropzone' },
    head,
    el(
      'div',
      { class: 'row' },
      button(ui.t('drop.files'), () => files.click(), { kind: 'primary' }),
      button(ui.t('drop.folder'), () => folder.click()),
      files,
      folder,
    ),
    el('p', { class: 'small muted' }, ui.nodes('drop.samples', { good: sample('good'), bad: sample('bad') })),
    el('p', { class: 'small drop-said', role: 'alert' }, said),
  );
}

// Files dropped anywhere on `target`; `target` carries the class "over" while they are held above it.
// onDrop(DataTransfer) must read it before it returns: the browser empties it afterwards.
export function acceptDrops(target, onDrop, signal) {
  const carries = (event) => [...(event.dataTransfer?.types ?? [])].includes('Files');
  const on = (type, handle) => target.addEventListener(type, (event) => carries(event) && handle(event), { signal });
  on('dragover', (event) => {
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
    target.classList.add('over');
  });
  on('dragleave', (event) => {
    if (!target.contains(event.relatedTarget)) target.classList.remove('over');
  });
  on('drop', (event) => {
    event.preventDefault();
    target.classList.remove('over');
    onDrop(event.dataTransfer);
  });
}

// What helps, before anything is dropped.
const kHelps = [
  ['bert_config.json', 'needed', 'config', 'absent'],
  ['bert_model.ckpt.index', 'needed', 'index', 'absent'],
  ['bert_model.ckpt.data-00000-of-00001', 'needed', 'data', 'absent'],
  ['vocab.txt', 'helps', 'vocab', 'absent'],
  ['.meta, checkpoint', 'not-needed', 'meta', 'na'],
];

export function helpList(ui, marks, loaders) {
  return append(document.createDocumentFragment(), [
    el(
      'section',
      null,
      el('h2', null, ui.t('helps.head')),
      el(
        'ul',
        { class: 'files' },
        kHelps.map(([name, need, what, kind]) =>
          el(
            'li',
            null,
            marks(kind),
            el('code', { class: 'name' }, name),
            el('span', { class: 'muted' }, ui.t(`helps.${need}`)),
            el('span', { class: 'fact' }, ui.t(`helps.${what}`)),
          ),
        ),
      ),
    ),
    el(
      'section',
      null,
      el('h2', null, ui.t('judged.head')),
      el(
        'ul',
        { class: 'loader-names' },
        loaders.map((id) => el('li', { class: 'whole' }, id)),
      ),
    ),
  ]);
}
