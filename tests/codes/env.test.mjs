import { codeTest } from './code_test.mjs';
import { FOLDER, good, STEM } from './sets.mjs';

const path = `${FOLDER}/${STEM}`;

codeTest(
  'env/mixed-keras',
  {
    when: 'a layer of the other Keras is asked for its layer',
    text: "AttributeError: 'tuple' object has no attribute 'layer'",
    severity: 'note',
  },
  { when: 'the attribute is layers', text: "AttributeError: 'Model' object has no attribute 'layers_'" },
);

codeTest(
  'env/text-encoding',
  {
    when: "the system's codec is named",
    text: "UnicodeDecodeError: 'gbk' codec can't decode byte 0x98 in position 10: illegal multibyte sequence",
    severity: 'note',
  },
  {
    when: 'the codec is UTF-8, so the file is at fault',
    text: "UnicodeDecodeError: 'utf-8' codec can't decode byte 0x80 in position 0: invalid start byte",
  },
);

codeTest(
  'env/remote-storage',
  {
    when: 'TensorFlow cannot list a bucket',
    text: 'InvalidArgumentError: Unsuccessful TensorSliceReader constructor: Failed to get matching files on gs://my-bucket/bert_model.ckpt: Permission denied',
    severity: 'note',
  },
  {
    when: 'TensorFlow finds no file on disk',
    text: 'NotFoundError: Unsuccessful TensorSliceReader constructor: Failed to find any matching files for /data/bert_model.ckpt',
  },
);

codeTest(
  'env/load-before-build',
  {
    when: 'the layer has no weights yet',
    text: 'AssertionError: Your weights have not been instantiated yet. Please call model.build() first.',
    severity: 'note',
  },
  { when: 'the layer is built twice', text: 'ValueError: the layer has been instantiated already' },
);

codeTest(
  'env/vocab-as-third-argument',
  [
    {
      when: 'keras-bert asks for a boolean',
      text: 'ValueError: Expected `trainable` argument to be a boolean, but got: uncased/vocab.txt',
      severity: 'note',
    },
    {
      when: 'the call gives the vocabulary as third argument',
      set: () => good(),
      paste: `load_trained_model_from_checkpoint('${FOLDER}/bert_config.json', '${path}', '${FOLDER}/vocab.txt')`,
      severity: 'note',
      verdicts: { 'keras-bert': 'loads' },
    },
  ],
  {
    when: 'the third argument is training',
    set: () => good(),
    paste: `load_trained_model_from_checkpoint('${FOLDER}/bert_config.json', '${path}', training=True)`,
  },
);

codeTest(
  'env/torch-too-old',
  {
    when: 'transformers asks for torch 2.6',
    text: 'ValueError: Due to a serious vulnerability issue in `torch.load`, even with `weights_only=True`, we now require users to upgrade torch to at least v2.6 in order to use the function.',
    severity: 'note',
  },
  { when: 'transformers asks for another package', text: 'ImportError: you need to upgrade numpy to at least v2.0' },
);

codeTest(
  'env/tf-windows-build',
  { when: 'Python is said to end without a word', text: 'Python ends without a word while it lists the variables', severity: 'note' },
  { when: 'Python ends with an error', text: 'FileNotFoundError: no such file: vocab.txt' },
);

codeTest(
  'env/dropout-on',
  { when: 'outputs are said to change at every call', text: 'the outputs change at every call', severity: 'note' },
  { when: 'they are said to change at every load', text: 'the outputs change at every load' },
);

codeTest(
  'env/frozen-before-load',
  { when: 'layers are said to stay random', text: 'some layers stay random after loading', severity: 'note' },
  {
    when: 'a library says that some weights were newly initialized',
    text: 'Some weights of BertModel were newly initialized: bert.pooler.dense.bias',
  },
);
