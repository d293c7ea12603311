// What a pasted call, command or traceback says of the checkpoint it was given: paths, the loader, what it relies on.
import { PastedText } from './clean.js';

const kLoaders = [
  [
    'keras-bert',
    /load_trained_model_from_checkpoint|load_model_weights_from_checkpoint|get_checkpoint_paths|keras_bert|keras-bert|Layer \S+ weight shape/,
  ],
  ['bert4keras', /build_transformer_model|build_bert_model|bert4keras|Cannot assign value to variable/],
  [
    'model-garden',
    /tf2_bert_encoder_checkpoint_converter|tf1_bert_checkpoint_converter|official[./]nlp|assert_existing_objects_matched|--checkpoint_to_convert|OnDeviceEmbedding|Received incompatible tensor with shape/,
  ],
  ['bert-for-tf2', /load_stock_weights|load_bert_weights|params_from_pretrained_ckpt|bert_for_tf2|bert-for-tf2|BertModelLayer/],
  [
    'hf-convert',
    /load_tf_weights_in_bert|convert_bert_original_tf|transformers-cli convert|--tf_checkpoint|from_tf ?= ?True|Pointer shape/,
  ],
  ['hf-native', /from_pretrained|Auto(?:Model|Tokenizer)|modeling_utils\.py|safetensors_rust|torch[./]serialization/],
  [
    'google-bert',
    /--init_checkpoint|run_(?:classifier|squad|pretraining)|extract_features\.py|get_assignment_map_from_checkpoint|init_from_checkpoint|modeling\.BertModel|Shape of variable/,
  ],
];

export const loaderIn = (text) => kLoaders.find(([, sign]) => sign.test(text))?.[0] ?? null;

const kShellVariable = /(?:^|[\s;&])(?:export +|set +|%env +)?([A-Za-z_]\w*)=(?:'([^']*)'|([^\s;&|'=]+))/g;
const kAssignment =
  /(?:^|[\s;(,])([A-Za-z_]\w*) ?= ?((?:os\.path\.join\([^()]*\)|[rfb]?'[^']*'|[A-Za-z_]\w*)(?: ?\+ ?(?:[rfb]?'[^']*'|[A-Za-z_]\w*))*)/g;

// The names a snippet gives to texts: `path = 'a/b'`, `export DIR=/x`. Enough to follow a path to a call, no interpreter.
class Names {
  constructor(text) {
    this.values = new Map();
    for (const [, name, quoted, bare] of text.matchAll(kShellVariable)) this.values.set(name, this.filled(quoted ?? bare));
    for (const [, name, expression] of text.matchAll(kAssignment)) {
      const value = this.value(expression);
      if (value !== null) this.values.set(name, value);
    }
  }

  filled(text) {
    return text.replace(
      /\$\{?([A-Za-z_]\w*)\}?|\{([A-Za-z_]\w*)\}|%([A-Za-z_]\w*)%/g,
      (whole, a, b, c) => this.values.get(a ?? b ?? c) ?? whole,
    );
  }

  // Of a Python expression of texts; null where it is more than that.
  value(expression) {
    const join = expression.trim().match(/^os\.path\.join\((.*)\)$/);
    const parts = (join ? join[1].split(',') : expression.split('+')).map((part) => {
      const [, quoted] = part.trim().match(/^[rfbu]*'([^']*)'$/) ?? [];
      return quoted !== undefined ? this.filled(quoted) : (this.values.get(part.trim()) ?? null);
    });
    if (parts.includes(null)) return null;
    return join ? parts.join('/').replace(/\/{2,}/g, '/') : parts.join('');
  }
}

// Arguments of the call that begins at `open` (its bracket), top level only.
function argumentsAt(text, open) {
  const parts = [];
  let depth = 0,
    quoted = false,
    start = open + 1;
  for (let i = open; i < Math.min(text.length, open + 2000); ++i) {
    const sign = text[i];
    if (sign === "'") quoted = !quoted;
    if (quoted) continue;
    if ('([{'.includes(sign)) ++depth;
    if (')]}'.includes(sign)) --depth;
    if ((sign === ',' && depth === 1) || depth === 0) {
      if (text.slice(start, i).trim()) parts.push(text.slice(start, i).trim());
      start = i + 1;
    }
    if (depth === 0) break;
  }
  return parts;
}

// Where each call takes its checkpoint: place among the arguments, or its keyword.
const kCalls = [
  ['load_trained_model_from_checkpoint', 1, 'checkpoint_file'],
  ['build_transformer_model', 1, 'checkpoint_path'],
  ['build_bert_model', 1, 'checkpoint_path'],
  ['load_model_weights_from_checkpoint', 2, 'checkpoint_file'],
  ['load_stock_weights', 1, 'ckpt_path'],
  ['load_bert_weights', 1, 'ckpt_path'],
  ['load_tf_weights_in_bert', 2, 'tf_checkpoint_path'],
  ['list_variables', 0, 'ckpt_dir_or_file'],
  ['load_variable', 0, 'ckpt_dir_or_file'],
  ['load_checkpoint', 0, 'ckpt_dir_or_file'],
  ['NewCheckpointReader', 0, 'filepattern'],
  ['init_from_checkpoint', 0, 'ckpt_dir_or_file'],
  ['get_assignment_map_from_checkpoint', 1, 'init_checkpoint'],
  ['latest_checkpoint', 0, 'checkpoint_dir'],
  ['get_checkpoint_paths', 0, 'model_path'],
  ['restore', 1, 'save_path'],
  ['read', 0, 'save_path'],
  ['from_pretrained', 0, 'pretrained_model_name_or_path'],
];
const kFlag = /--(?:init_checkpoint|tf_checkpoint(?:_path)?|checkpoint_to_convert|checkpoint_path)(?:=| )'?([^\s']+)/g;
const kSpoken = [
  /Unable to open table file ([^:]+?)(?::|$)/g,
  /matching files for '?([^\s']+)/g,
  /given directory '?([^\s']+)/g,
  /not found in checkpoint files? '?([^\s']*[/.][^\s']*)/g,
  /Unable to read file \(([^)]+)\)/g,
];
const kCallsRead = 20; // of one kind; more in one text say nothing new
const kFilePath = /^(?:[A-Za-z]:)?[^\s'"(){}=,]+$/;

function pathsIn(text, names) {
  const paths = [];
  const add = (path) => path && !paths.includes(path) && paths.push(path);
  let third = false;
  for (const [call, place, keyword] of kCalls) {
    for (const match of [...text.matchAll(new RegExp(`\\b${call}\\(`, 'g'))].slice(0, kCallsRead)) {
      const given = argumentsAt(text, match.index + match[0].length - 1);
      const named = given.find((one) => new RegExp(`^${keyword} ?=`).test(one));
      const plain = given.filter((one) => !/^\w+ ?=[^=]/.test(one));
      const expression = named?.replace(/^\w+ ?= ?/, '') ?? plain[place];
      if (expression) add(names.value(expression));
      if (call === 'load_trained_model_from_checkpoint' && plain.length > 2) {
        const value = names.value(plain[2]);
        third ||= value !== null || /vocab|dict/i.test(plain[2]);
      }
    }
  }
  for (const [, path] of text.matchAll(kFlag)) add(names.filled(path));
  for (const pattern of kSpoken) for (const [, path] of text.matchAll(pattern)) add(names.filled(path.trim()));
  const alone = text.trim().replace(/^'|'$/g, '');
  if (kFilePath.test(alone) && (/[/]/.test(alone) || /\.(?:ckpt|index|meta|h5|bin)/.test(alone))) add(alone);
  return { paths, third };
}

// The casing a call asks for: do_lower_case in Google's code, bert4keras and Hugging Face, the opposite of cased in keras-bert.
function lowerIn(text) {
  const [, lower] = text.match(/\bdo_lower_case ?[= ] ?(True|False|true|false)\b/) ?? [];
  const [, cased] = text.match(/\bcased ?= ?(True|False)\b/) ?? [];
  if (lower) return lower.toLowerCase() === 'true';
  return cased ? cased === 'False' : null;
}

/** {paths, consumer, uses, lower, texts}: `texts` are the lines as they were pasted. */
export function parsePaste(text) {
  const pasted = text instanceof PastedText ? text : new PastedText(text);
  const { joined } = pasted;
  const { paths, third } = pathsIn(joined, new Names(joined));
  const uses = ['get_checkpoint_paths', 'latest_checkpoint'].filter((name) => joined.includes(`${name}(`));
  if (third) uses.push('vocab-as-third-argument');
  return { paths, consumer: loaderIn(joined), uses, lower: lowerIn(joined), texts: pasted.lines };
}
