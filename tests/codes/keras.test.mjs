import { cloneSet } from '../support/bert_set.mjs';
import { keras3File, kerasFile } from '../support/keras_writer.mjs';
import { codeTest, only } from './code_test.mjs';
import { FOLDER, good, remove, DATA, INDEX } from './sets.mjs';

const FILE = `${FOLDER}/model.h5`;
const OTHERS = Object.fromEntries(['google-bert', 'hf-convert', 'hf-native', 'model-garden', 'bert-for-tf2'].map((id) => [id, 'not-applicable']));

/** The set with its weights as one file of a Keras library in the place of the bundle. */
function keras(library, options, change = (bytes) => bytes, write = kerasFile) {
  const set = good();
  const files = remove(cloneSet(set), DATA, INDEX).files;
  return { files: { ...files, [FILE]: change(write(set.tensors, library, options)) } };
}

codeTest(
  'container/keras-order',
  [
    {
      when: 'keras-bert wrote the weights',
      set: () => keras('keras-bert'),
      severity: 'warning',
      verdicts: { 'keras-bert': 'loads', bert4keras: 'loads-wrong', ...OTHERS },
    },
    {
      when: 'bert4keras wrote the weights',
      set: () => keras('bert4keras'),
      severity: 'warning',
      verdicts: { 'keras-bert': 'loads-wrong', bert4keras: 'loads', ...OTHERS },
    },
    {
      when: 'they lie inside a whole model',
      set: () => keras('keras-bert', { whole: true }),
      severity: 'warning',
      verdicts: { 'keras-bert': 'loads', bert4keras: 'loads-wrong' },
    },
    {
      when: 'the heads were saved, too, and the loader builds none',
      set: () => keras('keras-bert', { heads: true }),
      severity: 'error',
      verdicts: { 'keras-bert': 'refuses', bert4keras: 'refuses' },
    },
  ],
  [
    { when: 'only the library that wrote them is asked', set: () => keras('bert4keras'), consumers: only('bert4keras'), verdicts: { bert4keras: 'loads' } },
    {
      when: 'the heads were saved, too, and the loader builds them',
      set: () => keras('keras-bert', { heads: true }),
      consumers: only('keras-bert', { training: true }),
      verdicts: { 'keras-bert': 'loads' },
    },
    {
      when: 'a whole model with heads is loaded as it was built',
      set: () => keras('bert4keras', { heads: true, whole: true }),
      consumers: only('bert4keras'),
      verdicts: { bert4keras: 'loads' },
    },
    { when: 'the weights lie in a bundle', set: () => good(), verdicts: { 'keras-bert': 'loads', bert4keras: 'loads' } },
  ],
);

codeTest(
  'container/keras3-weights',
  {
    when: 'bert4keras saved under a name that ends .weights.h5',
    set: () => keras('bert4keras', {}, undefined, keras3File),
    severity: 'error',
    verdicts: { 'keras-bert': 'refuses', bert4keras: 'loads', ...OTHERS },
  },
  { when: 'the file has the lists of names', set: () => keras('bert4keras') },
);

codeTest(
  'files/truncated',
  { when: 'the end of an .h5 is missing', set: () => keras('keras-bert', {}, (bytes) => bytes.subarray(0, bytes.length - 1)), severity: 'error', verdicts: { 'keras-bert': 'refuses' } },
  { when: 'it is whole', set: () => keras('keras-bert') },
);

codeTest(
  'container/bad-header',
  {
    when: 'the root of an .h5 lies outside the file',
    set: () =>
      keras('keras-bert', {}, (bytes) => {
        const copy = bytes.slice();
        copy[70] = 0x7f;
        return copy;
      }),
    severity: 'error',
    verdicts: { 'keras-bert': 'refuses', bert4keras: 'refuses' },
  },
  { when: 'its data is chunked, which is not read', set: () => keras('keras-bert', { chunked: true }), verdicts: { 'keras-bert': 'loads' } },
);
