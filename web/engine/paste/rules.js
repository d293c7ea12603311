// What a text says, by the words of the loaders: one ordered table, the first row that fits decides. `…` is any text.
import { decidingPair, isDefaultModel, shapeCodes, shapePairs } from './shapes.js';
import { keyCodes, keyLists } from './keys.js';

const kTf = ['keras-bert', 'bert4keras', 'google-bert', 'hf-convert', 'model-garden', 'bert-for-tf2'];
const kKeras = ['keras-bert', 'bert4keras'];
const kHf = ['hf-native'];
const kConvert = ['hf-convert'];
const kGarden = ['model-garden'];
const kTf2 = ['bert-for-tf2'];
export const kEveryLoader = [...kTf, ...kHf];

const last = (path) => path.slice(path.lastIndexOf('/') + 1);
const isPart = (path) => /\.data-\d{5,}|\.meta$|\.h5$|\.txt$|\.zip$|(?:^|\/)checkpoint$/.test(path);
const isPattern = (path) => /[[\]*?]/.test(path);

// The rest of the line behind a match, or the next line where that is empty, without what TensorFlow appends to a path.
function pathAfter({ at, length }, text) {
  const behind = at + length;
  const ends = [...text.starts.filter((start) => start >= behind).slice(0, 2), text.joined.length];
  const rest = ends.map((end) => text.joined.slice(behind, end).replace(/^[: ']+/, '')).find(Boolean) ?? '';
  return rest.replace(/(?: \[\[| \[Op:|'|: | \(file).*$/, '').trim();
}

// "path; No such file or directory"
function pathBefore({ at }, text) {
  return text.joined.slice(Math.max(0, at - 400), at).match(/([^\s';]+)'?; ?$/)?.[1];
}

const kFamilies = {
  albert: 'albert',
  electra: 'electra',
  roberta: 'roberta',
  'xlm-roberta': 'roberta',
  camembert: 'roberta',
  distilbert: 'distilbert',
  nezha: 'nezha',
  roformer: 'roformer',
  ernie: 'ernie',
  gpt2: 'gpt',
  'openai-gpt': 'gpt',
  t5: 't5',
  mt5: 't5',
  xlnet: 'xlnet',
  deberta: 'deberta',
  'deberta-v2': 'deberta',
};

const kKeyNotFound = [
  [/^cls\/predictions\//, ['names/mlm-head-missing']],
  [/^cls\/seq_relationship\//, ['names/nsp-head-missing']],
  [/(?:^|\/)pooler\//, ['names/pooler-missing']],
  [/\/position_embeddings/, ['family/no-position-table', 'names/missing-encoder', 'names/near-miss']],
  [/word_embeddings_2|layer_shared|embedding_hidden_mapping_in/, ['family/albert-brightmart', 'family/albert']],
  [/^output_(?:weights|bias)$/, ['names/task-head-missing', 'set/task-head']],
  [
    /word_embeddings/,
    ['names/object-graph', 'names/extra-scope', 'names/missing-scope', 'names/near-miss', 'family/electra', 'family/roformer'],
  ],
  [/embeddings\/LayerNorm\//, ['names/layer-normalization', 'names/missing-encoder', 'names/near-miss', 'family/roformer-v2']],
  [/./, ['config/more-layers', 'names/missing-encoder', 'names/near-miss', 'family/albert']],
];
const kNotRestored = [
  [/pooler/, ['names/pooler-missing']],
  [/position_embedding/, ['family/no-position-table', 'names/missing-encoder']],
  [/embedding_projection/, ['family/albert']],
  [/embeddings\/layer_norm/, ['names/layer-normalization', 'names/missing-encoder']],
  [/word_embeddings/, ['names/extra-scope', 'names/near-miss', 'family/electra', 'family/roformer']],
  [/./, ['config/more-layers', 'names/missing-encoder', 'names/near-miss']],
];
const byName = (table, name) => table.find(([sign]) => sign.test(name))?.[1] ?? table.at(-1)[1];

function shapeRow(match, text) {
  const pairs = shapePairs(text.joined);
  if (!pairs.length) return ['shapes/other-size', 'shapes/vocab-rows', 'family/albert'];
  return shapeCodes(decidingPair(pairs));
}

function mismatchRow(match, text) {
  const pairs = shapePairs(text.joined);
  if (!pairs.length || isDefaultModel(decidingPair(pairs)))
    return ['files/names-for-other-loader', 'shapes/other-size', 'shapes/vocab-rows'];
  return shapeCodes(decidingPair(pairs));
}

function keysRow(match, text) {
  const lists = keyLists(text.joined);
  return lists ? keyCodes(lists) : ['names/extra-scope', 'names/missing-encoder', 'names/mlm-head-missing'];
}

function missingFileRow(match, text) {
  const name = last(pathBefore(match, text) ?? pathAfter(match, text));
  if (/\.data-/.test(name)) return ['files/data-shard-missing', 'files/renamed-part', 'bundle/shard-count'];
  if (/-\d{5}-of-\d{5}\./.test(name)) return ['container/shard-missing'];
  if (/config/.test(name)) return ['files/config-missing', 'files/names-for-other-loader'];
  if (/vocab/.test(name)) return ['files/vocab-missing'];
  return null;
}

const kTable = ['vocab/more-lines-than-rows', 'vocab/byte-order-mark', 'vocab/special-missing', 'vocab/blank-line', 'shapes/vocab-rows'];
const kSizes =
  'vocab_size|hidden_size|num_hidden_layers|num_attention_heads|intermediate_size|max_position_embeddings|hidden_act|type_vocab_size';
const kGone = ['vocab/special-missing', 'files/lfs-pointer', 'files/web-page', 'vocab/line-shift'];

/** `text`: any of these; `codes`: likeliest first, or a function of the match (null: the row does not fit); `by`: loaders that print it; `effect`: on them. */
export const kRules = [
  { text: ['without having git-lfs installed'], codes: ['files/lfs-pointer'], by: kHf },
  {
    text: ['Failed to find any matching files for', 'Failed to find any matching files'],
    by: kTf,
    codes: (match, text) =>
      isPattern(pathAfter(match, text))
        ? ['files/glob-characters', 'files/index-missing']
        : isPart(pathAfter(match, text))
          ? ['files/part-given-as-prefix', 'files/index-missing', 'files/renamed-part']
          : [
              'files/index-missing',
              'files/renamed-part',
              'files/other-basename',
              'files/weights-missing',
              'files/still-packed',
              'files/unfinished-save',
            ],
  },
  {
    text: ['Failed to get matching files on', "File system scheme '[local]' not implemented"],
    codes: ['env/remote-storage'],
    by: ['google-bert'],
  },
  {
    text: ["Can't glob for BERT config json at"],
    by: kTf2,
    codes: (match, text) => [
      ...(isPattern(pathAfter(match, text).replace(/\*_config\*\.json$/, '')) ? ['files/glob-characters'] : []),
      'files/config-missing',
      'files/names-for-other-loader',
    ],
  },
  {
    text: ['Checkpoint does not exist:'],
    by: kTf2,
    codes: (match, text) => [
      ...(isPattern(pathAfter(match, text)) ? ['files/glob-characters'] : []),
      'files/index-missing',
      'files/renamed-part',
      'files/weights-missing',
    ],
  },
  { text: ['Is a directory'], codes: ['files/no-checkpoint-file', 'files/checkpoint-names-absent-prefix'], by: kGarden },
  {
    text: ['Unable to open table file … bad magic number', 'bad magic number'],
    by: kTf,
    codes: (match, text) =>
      isPart(match.found.match(/table file '?([^':]+(?::[/][^':]+)?)/)?.[1]?.trim() ?? '')
        ? ['files/part-given-as-prefix']
        : ['bundle/index-damaged', 'files/lfs-pointer', 'files/web-page', 'files/renamed-part'],
  },
  { text: ['file is too short to be an sstable'], codes: ['bundle/index-too-short'], by: kTf },
  {
    text: ['block checksum mismatch', 'truncated block read', 'bad block handle', 'failed to seek to header entry'],
    codes: ['bundle/index-damaged'],
    by: kTf,
  },
  {
    text: ["Couldn't find 'checkpoint' file or checkpoints in given directory", "Can't load save_path when it is None"],
    codes: ['files/no-checkpoint-file', 'files/checkpoint-names-absent-prefix'],
    by: kTf,
  },
  {
    text: ['not found in checkpoint files'],
    by: kTf,
    codes: (match, text) =>
      /\.index$/.test(pathAfter(match, text).split(' ')[0])
        ? ['files/index-given-as-prefix', 'bundle/v1-checkpoint']
        : ['bundle/v1-checkpoint', 'files/index-given-as-prefix'],
  },
  {
    text: [/(?<!Key '?[^\s']{1,200}'? )not found in checkpoint file/],
    codes: ['files/index-given-as-prefix', 'files/renamed-part'],
    by: kTf,
  },
  { text: ['No variables to save'], codes: ['files/index-given-as-prefix', 'files/renamed-part'], by: kGarden },
  {
    text: [/Key '?[^\s']+'? not found in checkpoint/],
    by: kTf,
    codes: (match) => byName(kKeyNotFound, match.found.match(/Key '?([^\s']+)/)[1]),
  },
  {
    text: ['Some objects had attributes which were not restored'],
    by: kGarden,
    codes: (match, text) =>
      byName(
        kNotRestored,
        text.joined.slice(match.at).match(/<tf\.Variable '([^']+)/)?.[1] ??
          text.joined.slice(match.at).match(/\['([^']+)'\]/)?.[1] ??
          'other',
      ),
  },
  {
    text: ['Checksum does not match: stored'],
    codes: ['bundle/checksum-mismatch', 'bundle/mixed-pair', 'files/lfs-pointer', 'files/web-page'],
    by: kTf,
  },
  { text: ['Read less bytes than requested'], codes: ['bundle/truncated-data', 'files/lfs-pointer', 'files/web-page'], by: kTf },
  { text: ['Invalid size in bundle entry', 'Seeking to a negative position'], codes: ['bundle/entry-size'], by: kTf },
  { text: ['min consumer version', 'Please upgrade TensorFlow'], codes: ['bundle/newer-version'], by: kTf },
  { text: ['Does not have sufficient slices'], codes: ['bundle/partitioned'], by: kTf },
  { text: ['No such file or directory'], codes: missingFileRow, by: kEveryLoader },
  {
    text: ['does not equal original dtype', 'assign variable with wrong dtype', "can't convert np.ndarray of type bfloat16"],
    codes: ['set/half-precision'],
    by: ['google-bert', 'hf-convert', 'model-garden'],
  },
  { text: ['is not a multiple of', 'Invalid head number'], codes: ['config/heads-do-not-divide'], by: kEveryLoader },
  {
    text: ['cannot reshape array of size', /MultiHeadSelfAttention[^ ]*: Shape mismatch/],
    codes: ['config/heads-do-not-divide', 'shapes/other-size', 'shapes/heads-in-kernel'],
    by: ['bert4keras', 'model-garden'],
  },
  {
    text: ['You are using a model of type … to instantiate a model of type'],
    by: kHf,
    effect: 'loads-wrong',
    codes: (match) => {
      const type = match.found.match(/model of type '?([\w-]+)/)[1];
      if (type === 'bert') return ['config/model-type-wrong'];
      return [`family/${kFamilies[type] ?? 'other'}`, ...(kFamilies[type] === 'roberta' ? ['config/model-type-wrong'] : [])];
    },
  },
  {
    text: [
      'size mismatch for',
      'MISMATCH … ckpt: … vs model:',
      "You set 'ignore_mismatched_sizes' to 'False'",
      'because the shapes did not match',
    ],
    codes: mismatchRow,
    by: kHf,
  },
  {
    text: [
      'not compatible with provided weight shape',
      "doesn't match with shape of tensor",
      'Shape mismatch',
      'Received incompatible tensor with shape',
      /Pointer shape .{0,80}mismatched/,
      'are incompatible',
      'Assign requires shapes of both tensors to match',
    ],
    codes: shapeRow,
    by: ['keras-bert', 'bert4keras', 'google-bert', 'hf-convert', 'model-garden'],
  },
  {
    text: ['Layer count mismatch when loading weights from file'],
    codes: ['container/keras-order', 'container/keras3-weights'],
    by: kKeras,
    effect: 'loads-wrong',
  },
  { text: ['expected … variables, but received 0 variables'], codes: ['container/keras3-weights'], by: ['keras-bert'] },
  { text: ['Unexpected UTF-8 BOM'], codes: ['config/byte-order-mark'], by: kEveryLoader },
  {
    text: ['JSONDecodeError', 'is not a valid JSON file'],
    codes: ['config/not-json', 'files/web-page', 'config/byte-order-mark'],
    by: kEveryLoader,
  },
  { text: [new RegExp(`KeyError: '(?:${kSizes})'`)], codes: ['config/missing-key', 'shapes/position-rows'], by: ['keras-bert'] },
  { text: ['required positional argument'], codes: ['config/missing-key'], by: ['bert4keras'] },
  {
    text: ["'int' and 'NoneType'", "'NoneType' and 'int'", 'convert a value (None)', 'The initializer passed is not valid'],
    codes: ['config/missing-key', 'shapes/segment-rows'],
    by: kTf,
  },
  {
    text: ["'str' and 'int'", "'int' and 'str'", "with type '<class 'str'>'", 'but got str', "'float' object cannot be interpreted"],
    codes: ['config/wrong-type'],
    by: kEveryLoader,
  },
  {
    text: ['Unsupported activation', 'Unknown activation function', /KeyError: '(?:\w*gelu\w*|relu6?|silu|swish|tanh|mish|linear)'/i],
    codes: ['config/unknown-activation'],
    by: kEveryLoader,
  },
  {
    text: ['header too large', 'HeaderTooLarge'],
    codes: ['files/lfs-pointer', 'files/web-page', 'files/renamed-not-converted', 'container/bad-header'],
    by: kHf,
  },
  { text: ['incomplete metadata', 'MetadataIncompleteBuffer'], codes: ['files/truncated', 'container/bad-header'], by: kHf },
  {
    text: [
      'invalid JSON in header',
      'invalid offset for tensor',
      'InvalidHeader',
      'InvalidOffset',
      'TensorInvalidInfo',
      'header too small',
    ],
    codes: ['container/bad-header'],
    by: kHf,
  },
  { text: ["invalid load key, 'v'", 'Unsupported operand 118'], codes: ['files/lfs-pointer'], by: kHf },
  { text: ["invalid load key, '<'", 'Unsupported operand 60'], codes: ['files/web-page'], by: kHf },
  { text: ['TorchScript archives', 'RecursiveScriptModule'], codes: ['container/torchscript'], by: kHf },
  { text: ['legacy .tar format'], codes: ['files/not-read'], by: kHf },
  { text: ['PytorchStreamReader failed', '[Errno 22] Invalid argument'], codes: ['files/truncated', 'container/bad-header'], by: kHf },
  { text: ['Unsupported global: GLOBAL', 'unsupported GLOBAL'], codes: ['container/refused-pickle'], by: kHf },
  { text: ['we now require users to upgrade torch to at least v2.6'], codes: ['env/torch-too-old'], by: kHf },
  {
    text: ['Unsupported operand', 'UnpicklingError', 'invalid load key', 'pytorch checkpoint file'],
    codes: ['files/renamed-not-converted', 'container/refused-pickle', 'files/lfs-pointer'],
    by: kHf,
  },
  { text: ["'NoneType' object has no attribute 'get'"], codes: ['container/no-format'], by: kHf },
  {
    text: [/'([\w-]+)' codec can't decode byte/],
    by: kEveryLoader,
    codes: (match) => (/^'utf-?8'/i.test(match.found) ? ['vocab/not-text', 'bundle/v1-checkpoint'] : ['env/text-encoding']),
  },
  { text: ['key in its config.json'], codes: ['config/model-type-missing', 'files/names-for-other-loader', 'set/adapter-only'], by: kHf },
  {
    text: ["Can't load tokenizer for", 'vocab.json', 'merges.txt', /tokeniz.{0,400}not NoneType/],
    codes: ['config/model-type-wrong', 'set/roberta-in-name'],
    by: kHf,
  },
  {
    text: ['no file named', 'config.json … not found', 'does not appear to have a file named'],
    codes: ['files/names-for-other-loader', 'files/weights-missing', 'set/adapter-only', 'files/not-read'],
    by: kHf,
  },
  {
    text: ['state dictionary of the model you are trying to load is corrupted', 'self indexing axis dim should be positive'],
    codes: ['family/deberta', 'config/wrong-type'],
    by: kHf,
  },
  { text: ["'BertEmbeddings' object has no attribute 'bias'"], codes: ['names/layer-normalization'], by: kConvert },
  {
    text: ["'BertModel' object has no attribute"],
    codes: ['names/head-for-headless-class', 'names/layer-normalization', 'names/near-miss'],
    by: kConvert,
  },
  { text: ["'bytes' object has no attribute 'shape'"], codes: ['names/object-graph'], by: kGarden },
  {
    text: ["'BertForPreTraining' object has no attribute 'shape'"],
    codes: ['names/object-graph', 'family/electra', 'names/converter-cannot-map'],
    by: kConvert,
  },
  {
    text: ["'BertForPreTraining' object has no attribute 'bias'"],
    codes: ['names/missing-scope', 'names/converter-cannot-map', 'family/roformer'],
    by: kConvert,
  },
  { text: [/object has no attribute '(?:shape|bias|global_step|classifier)'/], codes: ['names/converter-cannot-map'], by: kConvert },
  { text: [/index \d+ is out of range/], codes: ['config/fewer-layers'], by: kConvert },
  { text: ["Expected 'trainable' argument to be a boolean"], codes: ['env/vocab-as-third-argument'], by: ['keras-bert'] },
  { text: ["object has no attribute 'message'"], codes: ['names/ignore-invalid-weights'], by: ['bert4keras'], effect: 'loads-wrong' },
  {
    text: [
      "KeyError: '[UNK]'",
      "KeyError: '[CLS]'",
      "KeyError: '[SEP]'",
      '_token_unk_id',
      'Unsupported object type',
      'Missing [UNK] token',
    ],
    codes: kGone,
    by: kEveryLoader,
  },
  { text: [/(?:[Pp]osition.{0,400})is not in \[0,/], codes: ['shapes/position-limit', ...kTable.slice(0, 2)], by: kEveryLoader },
  {
    text: ['must match the size of tensor b', 'Cannot use sequence length', 'longer than the specified maximum sequence length'],
    codes: ['shapes/position-limit'],
    by: kEveryLoader,
  },
  { text: ['is not in [0,', 'index out of range in self'], codes: [...kTable, 'shapes/position-limit'], by: kEveryLoader },
  { text: ['Skipping generator/'], codes: ['family/electra-two-models', 'family/electra'], by: kConvert },
  { text: ['Skipping electra/'], codes: ['family/electra', 'family/electra-two-models'], by: kConvert },
  {
    text: ['Some weights of', 'Some layers of', 'newly initialized', 'LOAD REPORT', 'Missing key(s)', 'Unexpected key(s)'],
    codes: keysRow,
    by: kHf,
    effect: 'loads-wrong',
  },
  {
    text: ['This checkpoint seem corrupted. The tied weights'],
    codes: ['names/mlm-head-missing', 'names/extra-scope', 'set/adapter-only'],
    by: kHf,
    effect: 'loads-wrong',
  },
  {
    text: [/weights not found in the checkpoint was: ?\[[1-9]\d*\]/],
    codes: ['names/missing-encoder', 'names/extra-scope', 'files/index-given-as-prefix', 'names/object-graph'],
    by: kTf2,
    effect: 'loads-wrong',
  },
  { text: ['assert_existing_objects_matched', 'Unresolved object'], codes: [], by: kGarden }, // Google's names: convert first, the files are right
  {
    text: ['have not been instantiated yet', 'list index out of range … bert_prefix', 'bert_prefix … list index out of range'],
    codes: ['env/load-before-build'],
    by: kTf2,
  },
  { text: ["has no attribute 'layer'"], codes: ['env/mixed-keras'], by: kKeras },
];
