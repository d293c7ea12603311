// Small helpers to say in a line how a test's set differs from a good one.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { readBundle } from '../support/bundle_reader.mjs';
import { bertSet, setFiles } from '../support/bert_set.mjs';
import { utf8 } from '../support/proto_writer.mjs';

export const FOLDER = 'uncased_L-2_H-64_A-1';
export const STEM = 'bert_model.ckpt';
export const INDEX = `${FOLDER}/${STEM}.index`;
export const DATA = `${FOLDER}/${STEM}.data-00000-of-00001`;

/** A complete set of two layers, or what `options` of bertSet say. */
export const good = (options) => bertSet(options);

/** The files of a set, one of them changed. */
export const edited = (set, edit) => ({ files: edit(setFiles(set)) });
export const replace = (set, path, content) =>
  edited(set, (files) => ({ ...files, [path]: typeof content === 'function' ? content(files[path]) : utf8(content) }));
export const remove = (set, ...paths) =>
  edited(set, (files) => Object.fromEntries(Object.entries(files).filter(([path]) => !paths.includes(path))));
export const move = (set, from, to) =>
  edited(set, (files) => Object.fromEntries(Object.entries(files).map(([path, bytes]) => [path === from ? to : path, bytes])));
export const add = (set, more) =>
  edited(set, (files) => ({ ...files, ...Object.fromEntries(Object.entries(more).map(([path, content]) => [path, utf8(content)])) }));

export const flipped =
  (at, bit = 0) =>
  (bytes) => {
    const copy = bytes.slice();
    copy[at < 0 ? bytes.length + at : at] ^= 1 << bit;
    return copy;
  };

/** The small trained model among the fixtures, as a set to change. */
export function trained() {
  const folder = fileURLToPath(new URL('../fixtures/trained/set/', import.meta.url));
  const tensors = readBundle(`${folder}${STEM}`).tensors.map(({ name, dtype, shape, bytes }) => ({
    name,
    dtype,
    shape,
    values: new Float32Array(new Uint8Array(bytes).buffer),
  }));
  return {
    ...good({ folder: 'trained' }),
    tensors,
    config: JSON.parse(readFileSync(`${folder}bert_config.json`, 'utf8')),
    vocab: readFileSync(`${folder}vocab.txt`),
  };
}
