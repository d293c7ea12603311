// Names that a class missed or did not use, as Hugging Face's loaders list them, and what such lists say (KEYS).

const kStatus = /([\w.]+(?:\{[^}]*\}[\w.]*)*) ?\| ?(MISSING|UNEXPECTED)\b/g;
const kLists = [
  { kind: 'missing', pattern: /newly initialized(?: because[^:[]*)?: ?\[([^\]]*)/g },
  {
    kind: 'missing',
    pattern:
      /(?:Missing key\(s\) in state_dict|were not initialized from the PyTorch model[^:[]*): ?\[?(.*?)(?:\]|Unexpected key|size mismatch|$)/g,
  },
  { kind: 'unexpected', pattern: /were not used when initializing \w+(?:\([^)]*\))?: ?\[([^\]]*)/g },
  { kind: 'unexpected', pattern: /Unexpected key\(s\) in state_dict: ?\[?(.*?)(?:\]|Missing key|size mismatch|$)/g },
];
const kClasses = [
  /Some (?:weights|layers) of (\w+) were not/,
  /not used when initializing (\w+)/,
  /(\w+) LOAD REPORT/,
  /loading state_dict for (\w+)/,
];

// {class, missing: [], unexpected: [], at}; null where the text lists nothing.
export function keyLists(text) {
  const lists = { missing: [], unexpected: [] };
  let at = -1;
  const note = (index) => (at = at < 0 ? index : Math.min(at, index));
  for (const match of text.matchAll(kStatus)) {
    lists[match[2].toLowerCase()].push(match[1]);
    note(match.index);
  }
  for (const { kind, pattern } of kLists) {
    for (const match of text.matchAll(pattern)) {
      for (const [, name] of match[1].matchAll(/'([^',]+)(?:'|$)/g)) lists[kind].push(name);
      note(match.index);
    }
  }
  if (!lists.missing.length && !lists.unexpected.length) return null;
  const name = kClasses.map((pattern) => text.match(pattern)?.[1]).find((found) => found && found !== 'the');
  return { class: name ?? '', ...lists, at };
}

// Signs of a family in a name.
const kFamilies = [
  ['family/albert', /albert\.|albert_layer|embedding_hidden_mapping_in/],
  ['family/electra', /electra\.|discriminator_predictions|generator_/],
  ['family/distilbert', /distilbert\.|q_lin|sa_layer_norm|vocab_projector|vocab_transform/],
  ['family/nezha', /nezha\.|relative_positions_encoding/],
  ['family/roformer', /roformer\.|embed_positions/],
  ['family/deberta', /deberta\.|rel_embeddings/],
  ['family/ernie', /ernie\./],
  ['family/roberta', /roberta\.|lm_head\.|sentence_encoder\./],
  ['family/xlnet', /xlnet|mask_emb|rel_attn/],
  ['family/t5', /encoder\.block\.|decoder\.block\./],
  ['family/gpt', /transformer\.h\.|(?:^|\.)h\.(?:\d|\{)/],
  ['family/other', /mobilebert|convbert|funnel|distance_embedding|crossattention|longformer|bigbird|fnet|canine/],
];

const kEmbeddings = /(?:^|\.)embeddings\.(?:word_embeddings|token_type_embeddings|position_embeddings|LayerNorm)\./;
const kLayer = /(?:^|\.)encoder\.layer\.(\{[^}]*\}|\d+)\./;
const kPooler = /(?:^|\.)pooler\./;

const isEncoder = (key) => kEmbeddings.test(key) || kLayer.test(key);
// "layer.{0, 2}" and "layer.{0...3}" → numbers; only the first of a range matters here.
const firstLayer = (key) => Number(key.match(kLayer)?.[1].match(/\d+/)?.[0] ?? NaN);
const bare = (key) => key.replace(/^bert\./, '');
// A name of BERT's behind one part that is not.
const isScoped = (key) =>
  /^(?!bert\.|cls\.|embeddings\.|encoder\.|pooler\.|roberta\.|classifier\.)\w+\.(?:bert\.|embeddings\.(?:word|position|token_type)_|encoder\.layer\.)/.test(
    key,
  );

function headCodes(missing) {
  const has = (pattern) => missing.some((key) => pattern.test(key));
  const codes = [];
  if (has(/cls\.predictions|predictions\./)) codes.push('names/mlm-head-missing');
  if (has(kPooler)) codes.push('names/pooler-missing');
  if (has(/seq_relationship/)) codes.push('names/nsp-head-missing');
  return [...codes, 'set/task-head'];
}

export function keyCodes({ class: name, missing, unexpected }) {
  const extra = (pattern) => unexpected.some((key) => pattern.test(key));
  if (/^(?:XLM|Camembert)?Roberta/i.test(name)) {
    return extra(/^bert\./) ? ['config/model-type-wrong', 'set/roberta-in-name'] : ['family/roberta', 'names/pooler-missing'];
  }
  if (extra(/lora_|adapter/)) return ['set/adapter-only', 'names/extra-scope'];
  if (extra(/^(?:state_dict|model_state_dict|epoch|optimizer|global_step)$/)) return ['container/wrapped-state-dict'];
  if (extra(/dense_act/)) return ['names/dense-act'];
  if (extra(/LayerNorm\.(?:gamma|beta)$/)) return ['names/gamma-beta'];
  const family = kFamilies.find(([, sign]) => extra(sign));
  if (family) return [family[0]];
  if (unexpected.some(isScoped)) return ['names/extra-scope'];

  const embeddings = missing.some((key) => /embeddings\.word_embeddings/.test(key));
  const layers = missing.filter((key) => kLayer.test(key));
  if (embeddings && layers.some((key) => firstLayer(key) === 0))
    return ['names/extra-scope', 'container/wrapped-state-dict', 'set/adapter-only'];
  if (missing.some(isEncoder)) {
    const places = new Set(unexpected.filter(isEncoder).map((key) => bare(key).split('.').slice(0, 3).join('.')));
    if (missing.some((key) => places.has(bare(key).split('.').slice(0, 3).join('.')))) return ['names/near-miss', 'names/missing-encoder'];
    if (layers.length && missing.filter(isEncoder).every((key) => /intermediate\.dense\./.test(key)))
      return ['names/dense-act', 'names/missing-encoder'];
    if (!layers.length && missing.some((key) => /position_embeddings/.test(key)))
      return ['family/no-position-table', 'names/missing-encoder', 'names/near-miss'];
    return ['config/more-layers', 'names/missing-encoder', 'names/near-miss'];
  }
  if (missing.length) return headCodes(missing);
  return extra(kLayer) ? ['config/fewer-layers', 'names/not-used'] : ['names/not-used'];
}
