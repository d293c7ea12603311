import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { catalogue } from '../../web/engine/catalogue.js';
import { addPasteFindings, explain, explainText, parsePaste, pasteFacts, symptoms } from '../../web/engine/paste/index.js';
import { kRules } from '../../web/engine/paste/rules.js';
import { shapeCodes, shapePairs } from '../../web/engine/paste/shapes.js';
import { keyCodes, keyLists } from '../../web/engine/paste/keys.js';

const errors = ['tf', 'hf'].flatMap((kind) => readFileSync(new URL(`../fixtures/${kind}/errors.jsonl`, import.meta.url), 'utf8').trim().split('\n').map((line) => ({ kind, ...JSON.parse(line) })));
const amongFirst = (text, codes) => explainText(text).slice(0, 3).some((code) => codes.includes(code));

const kPython = 'Traceback (most recent call last):\n  File "/home/me/train.py", line 52, in <module>\n    main()\n  File "/home/me/train.py", line 31, in main\n    model = build(config_path, checkpoint_path)\n';
const kDressings = {
  'as it is': (text) => text,
  'in a traceback': (text) => `${kPython}${text}\n\nProcess finished with exit code 1`,
  'in colours': (text) => text.split('\n').map((line) => `\u001b[1;31m${line}\u001b[0m`).join('\n'),
  'with Windows paths and line ends': (text) => `  File "C:\\Users\\me\\bert\\run.py", line 3, in <module>\r\n${text.replace(/(?<=\w)\/(?=\w+[./])/g, '\\').replaceAll('\n', '\r\n')}`,
  'in a log': (text) => `2026-01-05 09:12:44.102 INFO start\nW0105 tensorflow/core/util/util.cc:169] oneDNN custom operations are on.\n${text}\n2026-01-05 09:12:45.901 INFO stop`,
  'between other quotes': (text) => text.replaceAll("'", '’'),
  'quoted in a mail': (text) => text.split('\n').map((line) => `> ${line}`).join('\n'),
  'from a pytest run': (text) => text.split('\n').map((line) => `E       ${line}`).join('\n'),
  'wrapped at 60 columns': (text) => text.replace(/(.{40,60}) /g, '$1\n'),
  'indented in an issue': (text) => text.split('\n').map((line) => `    ${line}`).join('\n'),
  'of a rank': (text) => text.split('\n').map((line) => `[rank0]: ${line}`).join('\n'),
};

test('the stored errors of the real loaders: a right cause is among the first three', () => {
  assert.ok(errors.length > 180);
  for (const [dressing, dress] of Object.entries(kDressings)) {
    const missed = errors.filter(({ text, codes }) => !amongFirst(dress(text), codes)).map(({ kind, cases }) => `${kind} ${cases[0]}`);
    assert.deepEqual(missed, [], dressing);
  }
});

test('all codes the table names are in the catalogue', () => {
  const named = new Set(kRules.flatMap(({ codes }) => (Array.isArray(codes) ? codes : [])));
  assert.ok(named.size > 60);
  for (const code of named) assert.ok(catalogue.has(code), code);
});

// One text for each row of the table of findings.md §3.1, with its first causes.
const kTexts = [
  ['OSError: You seem to have cloned a repository without having git-lfs installed. Please install git-lfs', 'files/lfs-pointer'],
  ['Failed to find any matching files for /data/bert[1]/bert_model.ckpt', 'files/glob-characters'],
  ['Unsuccessful TensorSliceReader constructor: Failed to find any matching files for /data/My Drive/bert?/bert_model.ckpt\n\t [[node save/RestoreV2]]', 'files/glob-characters'],
  ['Unsuccessful TensorSliceReader constructor: Failed to find any matching files for ./albert_base/model.ckpt\n\t [[node checkpoint_initializer_204 (defined at x.py:3)]]', 'files/index-missing', 'files/renamed-part'],
  ["Failed to get matching files on gs://bucket/bert_model.ckpt: Permission denied", 'env/remote-storage'],
  ["ValueError: Can't glob for BERT config json at: /m/uncased/*_config*.json", 'files/config-missing', 'files/names-for-other-loader'],
  ["ValueError: Can't glob for BERT config json at: /m/bert[2]/*_config*.json", 'files/glob-characters', 'files/config-missing'],
  ['AssertionError: Checkpoint does not exist: /m/uncased/bert_model.ckpt', 'files/index-missing', 'files/renamed-part', 'files/weights-missing'],
  ['FAILED_PRECONDITION: uncased_L-12; Is a directory', 'files/no-checkpoint-file', 'files/checkpoint-names-absent-prefix'],
  ['Unable to open table file D:\\bert\\bert_model.ckpt.meta: DATA_LOSS: not an sstable (bad magic number)', 'files/part-given-as-prefix'],
  ['Unable to open table file model/bert_model.ckpt.index: DATA_LOSS: not an sstable (bad magic number)', 'bundle/index-damaged', 'files/lfs-pointer', 'files/web-page'],
  ['DataLossError: not an sstable (bad magic number)', 'bundle/index-damaged', 'files/lfs-pointer'],
  ['file is too short to be an sstable', 'bundle/index-too-short'],
  ['(truncated block read)', 'bundle/index-damaged'],
  ['(failed to seek to header entry): bad block handle', 'bundle/index-damaged'],
  ["ValueError: Can't load save_path when it is None.", 'files/no-checkpoint-file'],
  ['Tensor name "bert/x" not found in checkpoint files model/bert_model.ckpt.index', 'files/index-given-as-prefix'],
  ['Tensor name "bert/x" not found in checkpoint files model/bert_model.ckpt', 'bundle/v1-checkpoint'],
  ['NotFoundError: bert/embeddings/word_embeddings not found in checkpoint file', 'files/index-given-as-prefix', 'files/renamed-part'],
  ['ValueError: No variables to save', 'files/index-given-as-prefix'],
  ['Key cls/predictions/transform/dense/kernel not found in checkpoint', 'names/mlm-head-missing'],
  ['Key cls/seq_relationship/output_bias not found in checkpoint', 'names/nsp-head-missing'],
  ['Key bert/pooler/dense/bias not found in checkpoint', 'names/pooler-missing'],
  ['Key bert/embeddings/position_embeddings not found in checkpoint', 'family/no-position-table'],
  ['Key bert/embeddings/word_embeddings_2 not found in checkpoint', 'family/albert-brightmart', 'family/albert'],
  ['NotFoundError: Key output_weights not found in checkpoint', 'names/task-head-missing'],
  ['Key bert/embeddings/word_embeddings not found in checkpoint', 'names/object-graph', 'names/extra-scope', 'names/missing-scope'],
  ['Key bert/embeddings/LayerNorm/gamma not found in checkpoint', 'names/layer-normalization', 'names/missing-encoder', 'names/near-miss'],
  ['Key bert/encoder/layer_7/output/dense/bias not found in checkpoint', 'config/more-layers', 'names/missing-encoder', 'names/near-miss'],
  ["Some objects had attributes which were not restored: <tf.Variable 'pooler_transform/kernel:0' shape=(768, 768)", 'names/pooler-missing'],
  ["Some objects had attributes which were not restored: <tf.Variable 'position_embedding/embeddings:0'", 'family/no-position-table'],
  ["Some objects had attributes which were not restored: <tf.Variable 'embedding_projection/kernel:0'", 'family/albert'],
  ["Some objects had attributes which were not restored: <tf.Variable 'embeddings/layer_norm/gamma:0'", 'names/layer-normalization', 'names/missing-encoder'],
  ["Some objects had attributes which were not restored: <tf.Variable 'word_embeddings/embeddings:0'", 'names/extra-scope', 'names/near-miss', 'family/electra'],
  ["Some objects had attributes which were not restored: <tf.Variable 'transformer/layer_9/output/bias:0'", 'config/more-layers', 'names/missing-encoder', 'names/near-miss'],
  ['Checksum does not match: stored 1 vs. calculated on the restored bytes 2', 'bundle/checksum-mismatch', 'bundle/mixed-pair'],
  ['OutOfRangeError: Read less bytes than requested', 'bundle/truncated-data', 'files/lfs-pointer', 'files/web-page'],
  ['Invalid size in bundle entry: key x; stored size 1; expected size 4', 'bundle/entry-size'],
  ['TensorBundle at x min consumer version 9 above current version 1', 'bundle/newer-version'],
  ['Does not have sufficient slices for partitioned tensor x to restore in slice spec', 'bundle/partitioned'],
  ['m/bert_model.ckpt.data-00000-of-00001; No such file or directory', 'files/data-shard-missing', 'files/renamed-part', 'bundle/shard-count'],
  ["FileNotFoundError: [Errno 2] No such file or directory: 'm/bert_config.json'", 'files/config-missing'],
  ['FileNotFoundError: No such file or directory: m/model-00002-of-00003.safetensors', 'container/shard-missing'],
  ["[Errno 2] No such file or directory: 'C:\\\\bert\\\\vocab.txt'", 'files/vocab-missing'],
  ['expected dtype float does not equal original dtype half', 'set/half-precision'],
  ['Trying to assign variable with wrong dtype. Expected float got bfloat16', 'set/half-precision'],
  ["can't convert np.ndarray of type bfloat16.", 'set/half-precision'],
  ['The hidden size (768) is not a multiple of the number of attention heads (11)', 'config/heads-do-not-divide'],
  ['IndexError: Invalid head number 5 with the given input dim 768', 'config/heads-do-not-divide'],
  ['cannot reshape array of size 589824 into shape (11,69,768)', 'config/heads-do-not-divide', 'shapes/other-size', 'shapes/heads-in-kernel'],
  ["Cannot assign value to variable ' Transformer-0-MultiHeadSelfAttention/dense_1/kernel:0': Shape mismatch.The variable shape (768, 759), and the assigned value shape (768, 768) are incompatible.", 'config/heads-do-not-divide'],
  ["You set `ignore_mismatched_sizes` to `False`, thus raising an error.", 'files/names-for-other-loader', 'shapes/other-size', 'shapes/vocab-rows'],
  ['Layer count mismatch when loading weights from file. Model expected 106 layers, found 105 saved layers.', 'container/keras-order'],
  ["Layer 'Embedding-Token' expected 1 variables, but received 0 variables during loading.", 'container/keras3-weights'],
  ['json.decoder.JSONDecodeError: Unexpected UTF-8 BOM (decode using utf-8-sig)', 'config/byte-order-mark'],
  ['json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)', 'config/not-json', 'files/web-page', 'config/byte-order-mark'],
  ["OSError: It looks like the config file at 'm/config.json' is not a valid JSON file.", 'config/not-json', 'files/web-page'],
  ["KeyError: 'max_position_embeddings'", 'config/missing-key'],
  ["__init__() missing 1 required positional argument: 'hidden_act'", 'config/missing-key'],
  ["unsupported operand type(s) for %: 'int' and 'NoneType'", 'config/missing-key', 'shapes/segment-rows'],
  ['ValueError: Tried to convert a value (None) to a Tensor', 'config/missing-key'],
  ["'<=' not supported between instances of 'str' and 'int'", 'config/wrong-type'],
  ["'float' object cannot be interpreted as an integer", 'config/wrong-type'],
  ['ValueError: Unsupported activation: gelu_new', 'config/unknown-activation'],
  ["KeyError: 'GELU'", 'config/unknown-activation'],
  ['Error while deserializing header: header too large', 'files/lfs-pointer', 'files/web-page', 'files/renamed-not-converted'],
  ['safetensors_rust.SafetensorError: Error while deserializing header: HeaderTooLarge', 'files/lfs-pointer'],
  ['SafetensorError: Error while deserializing header: MetadataIncompleteBuffer', 'files/truncated', 'container/bad-header'],
  ['SafetensorError: Error while deserializing header: InvalidHeaderDeserialization', 'container/bad-header'],
  ["_pickle.UnpicklingError: invalid load key, 'v'.", 'files/lfs-pointer'],
  ["_pickle.UnpicklingError: invalid load key, '<'.", 'files/web-page'],
  ['WeightsUnpickler error: Unsupported operand 60', 'files/web-page'],
  ['Cannot use ``weights_only=True`` with TorchScript archives passed to ``torch.load``.', 'container/torchscript'],
  ['Cannot use ``weights_only=True`` with files saved in the legacy .tar format.', 'files/not-read'],
  ['RuntimeError: PytorchStreamReader failed reading zip archive: failed finding central directory', 'files/truncated', 'container/bad-header'],
  ['WeightsUnpickler error: Unsupported global: GLOBAL argparse.Namespace was not an allowed global by default.', 'container/refused-pickle'],
  ['Due to a serious vulnerability issue in torch.load, we now require users to upgrade torch to at least v2.6', 'env/torch-too-old'],
  ["UnpicklingError: invalid load key, '\\x08'.", 'files/renamed-not-converted', 'container/refused-pickle', 'files/lfs-pointer'],
  ["AttributeError: 'NoneType' object has no attribute 'get'", 'container/no-format'],
  ["UnicodeDecodeError: 'utf-8' codec can't decode byte 0x80 in position 0: invalid start byte", 'vocab/not-text', 'bundle/v1-checkpoint'],
  ["UnicodeDecodeError: 'gbk' codec can't decode byte 0x8c in position 3799: illegal multibyte sequence", 'env/text-encoding'],
  ['You are using a model of type electra to instantiate a model of type bert.', 'family/electra'],
  ['You are using a model of type xlm-roberta to instantiate a model of type bert.', 'family/roberta', 'config/model-type-wrong'],
  ['You are using a model of type mobilebert to instantiate a model of type bert.', 'family/other'],
  ['Should have a `model_type` key in its config.json', 'config/model-type-missing', 'files/names-for-other-loader', 'set/adapter-only'],
  ["OSError: Can't load tokenizer for 'm'.", 'config/model-type-wrong', 'set/roberta-in-name'],
  ['  File "tokenization_roberta.py", line 149, in __init__\nTypeError: expected str, bytes or os.PathLike object, not NoneType', 'config/model-type-wrong'],
  ['OSError: m/config.json file not found', 'files/names-for-other-loader', 'files/weights-missing'],
  ['RuntimeError: The state dictionary of the model you are trying to load is corrupted. Are you sure it was properly saved?', 'family/deberta', 'config/wrong-type'],
  ["AttributeError: 'BertEmbeddings' object has no attribute 'bias'", 'names/layer-normalization'],
  ["AttributeError: 'BertModel' object has no attribute 'bias'", 'names/head-for-headless-class', 'names/layer-normalization', 'names/near-miss'],
  ["AttributeError: 'bytes' object has no attribute 'shape'", 'names/object-graph'],
  ["AttributeError: 'BertForPreTraining' object has no attribute 'shape'", 'names/object-graph', 'family/electra', 'names/converter-cannot-map'],
  ["AttributeError: 'BertForPreTraining' object has no attribute 'bias'", 'names/missing-scope', 'names/converter-cannot-map', 'family/roformer'],
  ["AttributeError: 'BertForPreTraining' object has no attribute 'global_step'", 'names/converter-cannot-map'],
  ['IndexError: index 6 is out of range', 'config/fewer-layers'],
  ['TypeError: Expected `trainable` argument to be a boolean, but got: uncased/vocab.txt', 'env/vocab-as-third-argument'],
  ["AttributeError: 'NotFoundError' object has no attribute 'message'", 'names/ignore-invalid-weights'],
  ["KeyError: '[CLS]'", 'vocab/special-missing', 'files/lfs-pointer', 'files/web-page'],
  ['WordPiece error: Missing [UNK] token from the vocabulary', 'vocab/special-missing'],
  ['indices[0,10] = 21128 is not in [0, 21128)', 'vocab/more-lines-than-rows', 'vocab/byte-order-mark', 'vocab/special-missing'],
  ['IndexError: index out of range in self', 'vocab/more-lines-than-rows', 'vocab/byte-order-mark', 'vocab/special-missing'],
  ['Token indices sequence length is longer than the specified maximum sequence length for this model (600 > 512)\nIndexError: index out of range in self', 'shapes/position-limit'],
  ['The size of tensor a (600) must match the size of tensor b (512) at non-singleton dimension 1', 'shapes/position-limit'],
  ["Skipping electra/embeddings/LayerNorm/beta ['electra'] 'BertForPreTraining' has none", 'family/electra', 'family/electra-two-models'],
  ['Skipping generator/encoder/layer_0', 'family/electra-two-models', 'family/electra'],
  ['This checkpoint seem corrupted. The tied weights mapping for this model specifies to tie a to b', 'names/mlm-head-missing', 'names/extra-scope', 'set/adapter-only'],
  ['Count of weights not found in the checkpoint was: [196]. Count of weights with mismatched shape: [0]', 'names/missing-encoder'],
  ['ValueError: The weights have not been instantiated yet', 'env/load-before-build'],
  ['    prefix = bert_prefix(bert)\nIndexError: list index out of range', 'env/load-before-build'],
  ["AttributeError: 'tuple' object has no attribute 'layer'", 'env/mixed-keras'],
];

test('each row of the table by a text of its own', () => {
  for (const [text, ...codes] of kTexts) assert.deepEqual(explainText(text).slice(0, codes.length), codes, text);
});

test('no text fits by chance: plain words and unrelated errors point to nothing', () => {
  for (const text of ['', '   \n', 'hello', 'ModuleNotFoundError: No module named tensorflow', 'CUDA out of memory', 'count of weights not found in the checkpoint was: [0]', 'assert_existing_objects_matched: Unresolved object in checkpoint']) {
    assert.deepEqual(explainText(text), [], text);
  }
  assert.deepEqual(explainText('Count of weights not found in the checkpoint was: [0].'), []);
});

test('what a library says after any failure does not decide', () => {
  const text = "UnpicklingError: invalid load key, 'v'.\n\nDuring handling of the above exception, another exception occurred:\n\nUnicodeDecodeError: 'utf-8' codec can't decode byte 0x80\nOSError: Unable to load weights from pytorch checkpoint file";
  assert.equal(explainText(text)[0], 'files/lfs-pointer');
});

test('two shapes: turned round, split into heads, another width, other rows', () => {
  const say = (name, model, file) => shapeCodes({ name, model, file })[0];
  assert.equal(say('bert/encoder/layer_0/intermediate/dense/kernel', [768, 3072], [3072, 768]), 'shapes/layout-vs-names');
  assert.equal(say('q', [768, 768], [768, 12, 64]), 'shapes/heads-in-kernel');
  assert.equal(say('q', [768, 12, 64], [768, 8, 96]), 'shapes/heads-in-kernel');
  assert.equal(say('bert/embeddings/LayerNorm/beta', [1024], [768]), 'shapes/other-size');
  assert.equal(say('bert/embeddings/word_embeddings', [30522, 1024], [30522, 768]), 'shapes/other-size');
  assert.equal(say('bert/embeddings/word_embeddings', [30522, 768], [21128, 768]), 'shapes/vocab-rows');
  assert.equal(say('bert/embeddings/word_embeddings', [30522, 1024], [21128, 768]), 'shapes/other-size');
  assert.equal(say('bert.embeddings.position_embeddings.weight', [512, 768], [514, 768]), 'shapes/position-rows');
  assert.equal(say('type_embeddings/embeddings', [16, 768], [2, 768]), 'shapes/segment-rows');
  assert.equal(say('Embedding-Segment', [2, 768], [4, 768]), 'shapes/segment-rows-not-two');
  assert.equal(say('cls.predictions.bias', [30522], [21128]), 'shapes/vocab-rows');
  assert.equal(say('classifier.weight', [2, 768], [3, 768]), 'set/task-head');
  assert.equal(say('', [2, 768], [16, 768]), 'shapes/segment-rows');
  assert.equal(say('', [30522, 768], [21128, 768]), 'shapes/vocab-rows');
});

test('the shapes are read whichever side a loader names first', () => {
  const pair = (text) => shapePairs(text).map(({ name, model, file }) => [name, model, file])[0];
  assert.deepEqual(pair('Layer Embedding-Token weight shape (5, 4) is not compatible with provided weight shape (3, 4).'), ['Embedding-Token', [5, 4], [3, 4]]);
  assert.deepEqual(pair("Shape of variable bert/x:0 ((5, 4)) doesn't match with shape of tensor bert/x ([3, 4]) from checkpoint reader."), ['bert/x:0', [5, 4], [3, 4]]);
  assert.deepEqual(pair('Received incompatible tensor with shape (3, 4) when attempting to restore variable with shape (5, 4) and name word_embeddings/embeddings.'), ['word_embeddings/embeddings', [5, 4], [3, 4]]);
  assert.deepEqual(pair('Pointer shape torch.Size([5]) and array shape (3,) mismatched'), ['', [5], [3]]);
  assert.deepEqual(pair('size mismatch for a.b: copying a param with shape torch.Size([3, 4]) from checkpoint, the shape in current model is torch.Size([5, 4]).'), ['a.b', [5, 4], [3, 4]]);
  assert.deepEqual(pair('a.b | MISMATCH | Reinit due to size mismatch - ckpt: torch.Size([3, 4]) vs model:torch.Size([5, 4])'), ['a.b', [5, 4], [3, 4]]);
  assert.deepEqual(pair('Assign requires shapes of both tensors to match. lhs shape= [5,4] rhs shape= [3,4]'), ['', [5, 4], [3, 4]]);
});

test('lists of keys: what is missing and what is not used point to the cause', () => {
  const say = (name, missing, unexpected) => keyCodes({ class: name, missing, unexpected })[0];
  const layer = (n, part = 'output.dense.weight') => `bert.encoder.layer.${n}.${part}`;
  assert.equal(say('RobertaModel', [], ['bert.pooler.dense.bias']), 'config/model-type-wrong');
  assert.equal(say('RobertaModel', ['roberta.pooler.dense.bias'], []), 'family/roberta');
  assert.equal(say('BertModel', [], ['base_model.model.bert.encoder.layer.0.attention.self.query.lora_A.weight']), 'set/adapter-only');
  assert.equal(say('BertModel', ['embeddings.word_embeddings.weight'], ['state_dict', 'epoch']), 'container/wrapped-state-dict');
  assert.equal(say('BertModel', [layer('0', 'intermediate.dense.weight')], [layer('0', 'intermediate.dense_act.weight')]), 'names/dense-act');
  assert.equal(say('BertModel', ['bert.embeddings.LayerNorm.weight'], ['bert.embeddings.LayerNorm.gamma']), 'names/gamma-beta');
  assert.equal(say('BertModel', ['bert.embeddings.word_embeddings.weight'], ['electra.embeddings.word_embeddings.weight']), 'family/electra');
  assert.equal(say('BertModel', ['embeddings.word_embeddings.weight'], ['module.bert.embeddings.word_embeddings.weight']), 'names/extra-scope');
  assert.equal(say('BertModel', ['embeddings.word_embeddings.weight', 'encoder.layer.{0, 1}.output.dense.bias'], []), 'names/extra-scope');
  assert.equal(say('BertModel', [layer(0, 'output.dense.weight')], [layer(0, 'output.dens.weight')]), 'names/near-miss');
  assert.equal(say('BertModel', [layer(0, 'intermediate.dense.weight')], []), 'names/dense-act');
  assert.equal(say('BertModel', [layer('{6...11}')], ['cls.predictions.bias']), 'config/more-layers');
  assert.equal(say('BertModel', ['bert.embeddings.position_embeddings.weight'], []), 'family/no-position-table');
  assert.equal(say('BertForMaskedLM', ['cls.predictions.bias'], ['bert.pooler.dense.weight']), 'names/mlm-head-missing');
  assert.equal(say('BertModel', ['pooler.dense.bias'], []), 'names/pooler-missing');
  assert.equal(say('BertModel', [], [layer(6), layer(7)]), 'config/fewer-layers');
  assert.equal(say('BertModel', [], ['cls.predictions.bias', 'bert.embeddings.position_ids']), 'names/not-used');
});

test('lists of keys are read from all three ways they are printed, cut ones too', () => {
  const old = keyLists("Some weights of BertModel were not initialized from the model checkpoint at m and are newly initialized: ['a.b', 'c.d', 'e.f");
  assert.deepEqual([old.class, old.missing], ['BertModel', ['a.b', 'c.d', 'e.f']]);
  const strict = keyLists("Error(s) in loading state_dict for BertModel: Missing key(s) in state_dict: 'a.b', 'c.d'. Unexpected key(s) in state_dict: 'x.y'.");
  assert.deepEqual([strict.class, strict.missing, strict.unexpected], ['BertModel', ['a.b', 'c.d'], ['x.y']]);
  const table = keyLists('BertModel LOAD REPORT from: m Key | Status | | -----+---+- a.{2, 3}.b | MISSING | c.d | UNEXPECTED | Notes: - MISSING: newly initialized');
  assert.deepEqual([table.missing, table.unexpected], [['a.{2, 3}.b'], ['c.d']]);
  assert.equal(keyLists('newly initialized'), null);
});

test('a pasted call gives its checkpoint, however the path is spelled', () => {
  const paths = (text) => parsePaste(text).paths;
  assert.deepEqual(paths("load_trained_model_from_checkpoint('a/bert_config.json', 'a/bert_model.ckpt.index')"), ['a/bert_model.ckpt.index']);
  assert.deepEqual(paths("load_trained_model_from_checkpoint(config_file=c, checkpoint_file=r'D:\\bert\\bert_model.ckpt')"), ['D:/bert/bert_model.ckpt']);
  assert.deepEqual(paths("root = '/m'\nckpt = os.path.join(root, 'bert_model.ckpt')\nbuild_transformer_model(config_path, ckpt)"), ['/m/bert_model.ckpt']);
  assert.deepEqual(paths("root = '/m/'\nbuild_transformer_model(config_path=root + 'c.json', checkpoint_path=root + 'bert_model.ckpt.meta')"), ['/m/bert_model.ckpt.meta']);
  assert.deepEqual(paths('export BERT=/m/uncased\npython run_classifier.py --init_checkpoint=$BERT/bert_model.ckpt --vocab_file=$BERT/vocab.txt'), ['/m/uncased/bert_model.ckpt']);
  assert.deepEqual(paths('/m/uncased_L-12/'), ['/m/uncased_L-12/']);
  assert.deepEqual(paths('"C:\\m\\bert_model.ckpt.data-00000-of-00001"'), ['C:/m/bert_model.ckpt.data-00000-of-00001']);
  assert.deepEqual(paths('what is a checkpoint and/or a model?'), []);
});

test('a pasted call gives its loader and what it relies on', () => {
  const facts = pasteFacts("from keras_bert import get_checkpoint_paths\npaths = get_checkpoint_paths('m')");
  assert.equal(facts.consumer, 'keras-bert');
  assert.deepEqual(facts.uses, ['get_checkpoint_paths']);
  assert.deepEqual(pasteFacts("load_trained_model_from_checkpoint('c.json', 'b.ckpt', 'vocab.txt')").uses, ['vocab-as-third-argument']);
  assert.deepEqual(pasteFacts("load_trained_model_from_checkpoint('c.json', 'b.ckpt', training=True, seq_len=9)").uses, []);
  assert.deepEqual(pasteFacts("UnicodeDecodeError: 'gbk' codec can't decode byte 0x8c").uses, ['text-encoding']);
  assert.equal(parsePaste('AutoModel.from_pretrained("m")').consumer, 'hf-native');
  assert.equal(parsePaste('nothing of ours').consumer, null);
});

test('without files the text alone gives likely causes, the line they were seen in, and no verdict', () => {
  const text = `${kPython}\u001b[31mKeyError: '[UNK]'\u001b[0m\nmore`;
  const report = explain(text, { lang: 'en' });
  assert.equal(report.set, null);
  assert.deepEqual(report.consumers, []);
  assert.equal(report.findings[0].code, 'vocab/special-missing');
  assert.equal(report.findings[0].evidence.seen_as, "KeyError: '[UNK]'");
  for (const finding of report.findings) {
    assert.equal(finding.certainty, 'likely');
    assert.match(finding.message, /^It looks like /);
  }
  assert.match(explain(text, { lang: 'zh' }).findings[0].message, /^看起来是：/);
  const env = explain("'gbk' codec can't decode byte 0x8c").findings[0];
  assert.deepEqual([env.severity, env.effect, env.consumers.length], ['note', 'not-in-the-files', 0]);
  assert.match(env.message, /^This error does not come from the files\. /);
});

const finding = (code, more = {}) => ({ code, severity: 'error', effect: 'refuses', certainty: 'certain', subject: { kind: 'set' }, consumers: [{ id: 'keras-bert', effect: 'refuses' }], args: {}, variant: '', evidence: { found: null, expected: null }, fix: {}, covers: [], ...more });
const judged = (findings) => ({ format: 1, set: { kind: 'tf-bundle', prefix: 'm' }, truncated: 0, unsettled: [], findings, consumers: [{ id: 'keras-bert', mode: {}, verdict: 'refuses', final: true, loaded: 0, of: 199, because: [0], call: null }] });

test('with files only the causes they confirm stay, in the order of the text, and the others are named as ruled out', () => {
  const report = judged([finding('config/heads-unusual'), finding('names/near-miss'), finding('names/extra-scope', { covers: [{ code: 'names/missing-encoder', count: 3 }] })]);
  const { findings, refuted, consumers } = explain('Key bert/encoder/layer_7/output/dense/bias not found in checkpoint', { report });
  assert.deepEqual(findings.map(({ code }) => code), ['names/extra-scope', 'names/near-miss']);
  assert.deepEqual(refuted, ['config/more-layers', 'family/albert']);
  assert.deepEqual(consumers[0].because, []);
});

test('a cause outside the files stays beside good files, which it says', () => {
  const report = { ...judged([]), consumers: [{ ...judged([]).consumers[0], verdict: 'loads', because: [] }] };
  const [env] = explain("'tuple' object has no attribute 'layer'", { report }).findings;
  assert.match(env.message, /^The files are good\. /);
  const marked = addPasteFindings(judged([finding('env/mixed-keras'), finding('names/near-miss')]), "AttributeError: 'tuple' object has no attribute 'layer'");
  assert.equal(marked.findings[0].evidence.seen_as, "AttributeError: 'tuple' object has no attribute 'layer'");
  assert.equal(marked.findings[1].evidence.seen_as, undefined);
});

test('a fault that prints nothing is chosen from a list, in either language', () => {
  for (const lang of ['en', 'zh']) {
    const list = symptoms(lang);
    assert.equal(list.length, 4);
    assert.deepEqual(list.map((text) => explainText(text)[0]), ['env/tf-windows-build', 'env/dropout-on', 'names/pooler-missing', 'env/frozen-before-load']);
  }
});

test('hostile and huge texts are read in time', () => {
  const started = performance.now();
  for (const text of ["'".repeat(200_000), 'Key '.repeat(100_000), '('.repeat(200_000), 'load_trained_model_from_checkpoint('.repeat(20_000), "a='b'+".repeat(50_000), '\u001b['.repeat(100_000), 'x | MISSING | '.repeat(50_000), '\\'.repeat(300_000), 'Some weights of '.repeat(50_000), 'Unable to open table file '.repeat(20_000), "tokeniz ".repeat(50_000), 'position '.repeat(50_000)]) {
    explain(text);
    pasteFacts(text);
  }
  assert.ok(performance.now() - started < 20_000, `${performance.now() - started} ms`);
});
