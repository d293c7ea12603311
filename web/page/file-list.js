// The files of a set with what each was taken for, and the sizes of the model read from the tensors.
import { el, mark } from './dom.js';
import { nameNode } from './plain-text.js';

// Roles as the engine names them (src/checks/check_files.cc), in the order shown.
const kOrder = ['config', 'index', 'data', 'weights', 'vocabulary'];
const kNotNeeded = new Set(['graph', 'checkpoint', 'not used', 'not read', 'tokenizer config', 'SavedModel', 'archive']);

// Faults by path, from errors and warnings that name a file.
function faults(report) {
  const worst = new Map();
  for (const finding of report?.findings ?? []) {
    const file = finding.subject?.file;
    if (!file || finding.severity === 'note') continue;
    if (finding.severity === 'error' || !worst.has(file)) worst.set(file, finding.severity === 'error' ? 'bad' : 'wrong');
  }
  return worst;
}

function fileRow(ui, file, name, fault, reading) {
  const unneeded = kNotNeeded.has(file.role);
  const state = ui.has(`state.${file.state}`) ? ui.t(`state.${file.state}`) : '';
  const kind = fault ?? (state ? 'wrong' : unneeded ? 'na' : reading && (file.role === 'data' || file.role === 'weights') ? 'wait' : 'ok');
  const key = `role.${file.role.replaceAll(' ', '-')}`;
  const role = ui.has(key) ? ui.t(key) : file.role;
  return el(
    'li',
    null,
    mark(kind),
    nameNode(name),
    el('span', { class: 'muted' }, role),
    el('span', { class: 'fact' }, state ? [state, ', '] : null, ui.bytes(file.size)),
  );
}

export function fileList(ui, files, report, reading) {
  const worst = faults(report);
  const rank = (file) => kOrder.indexOf(file.role) + 1 || kOrder.length + 1;
  const sorted = [...files].sort((a, b) => rank(a) - rank(b));
  const last = ({ path }) => path.split('/').pop();
  const count = new Map();
  for (const file of files) count.set(last(file), (count.get(last(file)) ?? 0) + 1);
  // With its folders where another has the same name.
  const name = (file) => (count.get(last(file)) > 1 ? file.path : last(file));
  return el(
    'section',
    null,
    el('h2', null, ui.t('files.head')),
    el(
      'ul',
      { class: 'files', 'aria-label': ui.t('files.head') },
      sorted.map((file) => fileRow(ui, file, name(file), worst.get(file.path), reading)),
    ),
  );
}

// What a name says that no size does.
const kHeads = [
  ['can-mlm', /^cls\/predictions\//],
  ['can-nsp', /^cls\/seq_relationship\//],
];

export function modelFacts(ui, tensors) {
  const table = (role) => tensors.find((tensor) => tensor.role === role)?.shape;
  const words = table('word_embeddings');
  const layers = new Set(tensors.map((tensor) => tensor.layer).filter((layer) => layer >= 0));
  const types = [...new Set(tensors.map((tensor) => tensor.dtype))];
  const heads = kHeads.filter(([, role]) => tensors.some((tensor) => role.test(tensor.role ?? '')));
  const size = (some) => some.reduce((sum, tensor) => sum + tensor.bytes, 0);
  const others = tensors.filter((tensor) => !tensor.role);
  const values = tensors.reduce((sum, tensor) => sum + tensor.shape.reduce((product, dim) => product * dim, 1), 0);
  const rows = [
    ['layers', layers.size || null],
    ['width', words?.[1]],
    ['rows', words?.[0]],
    ['positions', table('position_embeddings')?.[0]],
    ['tensors', tensors.length || null],
    ['values', values || null],
    ['type', types.join(', ') || null],
    ['heads', heads.map(([can]) => ui.t(`run.${can}`)).join(ui.comma) || null],
    ['others', others.length ? ui.t('model.others-share', { n: others.length, share: Math.floor((100 * size(others)) / size(tensors)) }) : null],
  ].filter(([, value]) => value !== null && value !== undefined);
  if (!rows.length) return null;
  return el(
    'section',
    null,
    el('h2', null, ui.t('model.head')),
    el(
      'dl',
      { class: 'facts' },
      rows.map(([key, value]) => [el('dt', null, ui.t(`model.${key}`)), el('dd', null, ui.shown(value))]),
    ),
  );
}
