// Two shapes that do not agree, in the words of seven loaders, and what such a pair says (SHAPE).

const kShape = '(?:torch\\.Size\\()?[\\[(]{1,2}([\\d, ]*)[\\])]{1,2}';
// The model's shape first, unless `turned`.
const kForms = [
  { form: `Layer (?<name>\\S+) weight shape ${kShape} is not compatible with provided weight shape ${kShape}` },
  { form: `Shape of variable (?<name>\\S+) \\(${kShape}\\) doesn't match with shape of tensor \\S+ \\(${kShape}\\)` },
  {
    form: `assign value to variable ' ?(?<name>[^':]+)[^']*': Shape mismatch\\. ?The variable shape ${kShape}, and the assigned value shape ${kShape}`,
  },
  {
    form: `incompatible tensor with shape ${kShape} when attempting to restore variable with shape ${kShape} and name (?<name>\\S+?)\\.?(?= |$)`,
    turned: true,
  },
  { form: `Pointer shape ${kShape}\\)? and array shape ${kShape} mismatched` },
  {
    form: `size mismatch for (?<name>\\S+): copying a param with shape ${kShape}\\)? from checkpoint, the shape in current model is ${kShape}`,
    turned: true,
  },
  { form: `(?<name>[\\w.{}]+) \\| MISMATCH \\|[^|]*?ckpt: ?${kShape}\\)? vs model: ?${kShape}`, turned: true },
  { form: `(?<name>[\\w.]+): found shape ${kShape}\\)? in the checkpoint and ${kShape}\\)? in the model`, turned: true },
  { form: `lhs shape= ?${kShape} rhs shape= ?${kShape}` },
  { form: `Shapes ${kShape} and ${kShape} are incompatible` },
].map(({ form, turned = false }) => ({ pattern: new RegExp(form, 'g'), turned }));

const kWord = /word_embeddings|Embedding-Token/;
const kPosition = /position_embedding|Embedding-Position/;
const kSegment = /token_type_embeddings|type_embeddings|Embedding-Segment/;
const kWordBias = /predictions\.(?:decoder\.)?bias|predictions\/output_bias|MLM-Bias|predictions\.decoder/;
const kTaskHead = /classifier|qa_outputs|(?:^|[ '/])output_(?:weights|bias)\b|cls\/squad/;

const dims = (text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
    .map(Number);
const product = (shape) => shape.reduce((all, one) => all * one, 1);
const same = (a, b) => a.length === b.length && a.every((one, i) => one === b[i]);

// [{name, model, file, at}] in the order of the text.
export function shapePairs(text) {
  const pairs = [];
  for (const { pattern, turned } of kForms) {
    for (const match of text.matchAll(pattern)) {
      const shapes = match
        .slice(1)
        .filter((part) => part !== undefined && part !== match.groups?.name)
        .map(dims);
      const [model, file] = turned ? [shapes[1], shapes[0]] : shapes;
      if (model && file) pairs.push({ name: match.groups?.name ?? '', model, file, at: match.index });
    }
  }
  return pairs.sort((a, b) => a.at - b.at);
}

// The pair to judge by: the first that names a table, or the first.
export const decidingPair = (pairs) => pairs.find(({ name }) => [kWord, kPosition, kSegment].some((table) => table.test(name))) ?? pairs[0];

function tableCodes({ name, model, file }) {
  const rows = [model[0], file[0]];
  const not_two = name.includes('Embedding-Segment') ? ['shapes/segment-rows-not-two'] : [];
  if (kSegment.test(name))
    return [...not_two, 'shapes/segment-rows', ...(not_two.length ? [] : ['config/missing-key', 'shapes/segment-rows-not-two'])];
  if (kWord.test(name)) return ['shapes/vocab-rows'];
  if (kPosition.test(name)) return ['shapes/position-rows'];
  if (name) return ['shapes/other-size'];
  const small = rows.some((count) => count === 1 || count === 2 || count === 16);
  const segments = ['shapes/segment-rows', 'shapes/segment-rows-not-two'];
  return small ? [...segments, 'shapes/position-rows', 'shapes/vocab-rows'] : ['shapes/vocab-rows', 'shapes/position-rows', ...segments];
}

export function shapeCodes(pair) {
  const { name, model, file } = pair;
  if (kTaskHead.test(name) && !name.startsWith('cls/predictions')) return ['set/task-head', 'shapes/other-size'];
  if (model.length === 2 && model[0] !== model[1] && same([...model].reverse(), file)) return ['shapes/layout-vs-names'];
  const split = model.length === 3 || file.length === 3 || (!same(model, file) && product(model) === product(file));
  if (split) return ['shapes/heads-in-kernel', 'shapes/other-size'];
  const width = ['shapes/other-size', 'family/albert', 'family/albert-brightmart'];
  if (kWordBias.test(name)) return ['shapes/vocab-rows', 'shapes/other-size'];
  if (model.length < 2 || file.length < 2 || (model[0] === file[0] && model[1] !== file[1])) return width;
  const rows = tableCodes(pair);
  return model[1] === file[1] ? rows : ['shapes/other-size', ...rows.filter((code) => code !== 'shapes/other-size'), ...width.slice(1)];
}

// A Bert class that builds the default sizes for want of a config: its side has 768 or 3072, the file's has not.
export const isDefaultModel = ({ model, file }) => [768, 3072].some((size) => model.includes(size) && !file.includes(size));
