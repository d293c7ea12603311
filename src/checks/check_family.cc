// Is this a BERT at all? Every answer needs a sign in names or shapes, never only a folder's name.
#include <algorithm>

#include "bert/tensor_names.h"
#include "checks/fixes.h"

namespace bp {
namespace {

using enum Consumer;
using enum Effect;

struct Signs {
  std::vector<std::string> found;
  std::string tensor;  // one that shows it
  bool any() const { return !found.empty(); }
};

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

// One tensor for each pattern that a name holds; "^" in front of a pattern: at the start of the name or of one of its parts.
Signs namesWith(const Judgement& judgement, std::initializer_list<std::string_view> patterns) {
  Signs signs;
  for (const std::string_view pattern : patterns) {
    for (const TensorInfo& tensor : judgement.table().all()) {
      const std::string_view bare = pattern.substr(pattern[0] == '^' ? 1 : 0);
      const bool at_part = tensor.name.compare(0, bare.size(), bare) == 0 || contains(tensor.name, "/" + std::string(bare));
      if (!(pattern[0] == '^' ? at_part : contains(tensor.name, bare)) || isOptimizerName(tensor.name)) continue;
      if (!signs.any()) signs.tensor = tensor.name;
      signs.found.push_back(tensor.name);
      break;
    }
  }
  return signs;
}

bool hasKey(const Judgement& judgement, std::string_view key) { return judgement.configGood() && judgement.config()->find(key) != nullptr; }

// What the names and shapes do to each loader: those that insist stop, the others start from random weights.
std::vector<Affected> simulated(const Judgement& judgement) {
  return judgement.each([&](const ConsumerSpec& consumer, const Outcome& outcome) -> std::optional<Effect> {
    if (!outcome.buildsBert()) return kHarmless;  // AutoModel builds what the config names
    if (consumer.id == kHfConvert && !outcome.walk.stops.empty()) return kRefuses;
    if (!outcome.missing.empty() && missingStops(consumer)) return kRefuses;
    if (!outcome.mismatched.empty() && consumer.id != kBertForTf2) return kRefuses;
    return outcome.loaded < outcome.demand.count() ? kLoadsWrong : kHarmless;
  });
}

Finding& report(Judgement& judgement, Code code, const Signs& signs, const std::string& model, Json args = Json::object()) {
  Finding finding{code};
  finding.subject = {signs.tensor.empty() ? SubjectKind::kSet : SubjectKind::kTensor, judgement.indexPath(), signs.tensor, 0};
  finding.consumers = simulated(judgement);
  finding.args = std::move(args);
  put(finding.args, "sign", signs.any() ? signs.found[0] : "");
  put(finding.args, "signs", signs.found);
  set(finding.evidence.found, finding.args["sign"]);
  finding.evidence.items = signs.found;
  if (judgement.facts().isHfSet()) {
    finding.variant = "hf";
    finding.paste = Paste{PasteKind::kCode, "AutoModel.from_pretrained(" + pythonText(judgement.folder()) + ")"};
  } else if (!model.empty()) {
    const std::string config = judgement.config() ? judgement.config()->file() : "bert_config.json";
    finding.paste = Paste{PasteKind::kCode, "build_transformer_model(config_path=" + pythonText(config) + ", checkpoint_path=" +
                                                pythonText(judgement.facts().prefix()) + ", model=" + pythonText(model) + ")"};
  }
  judgement.add(std::move(finding));
  return judgement.findings.back();
}

// The signs that names alone give; the first family found is the one, but for ELECTRA's second model.
bool byNames(Judgement& judgement) {
  Signs bright = namesWith(judgement, {"word_embeddings_2", "layer_shared"});
  if (bright.any()) {
    if (hasKey(judgement, "ln_type")) bright.found.push_back("ln_type");
    report(judgement, "family/albert-brightmart", bright, "");
    return true;
  }
  if (const Signs electra = namesWith(judgement, {"^electra/", "^discriminator_predictions/", "^generator_predictions/", "^electra.", "^discriminator_predictions.",
                                                           "^generator_predictions."}); electra.any()) {
    Json absent = Json::array();
    for (const char* key : {"type_vocab_size", "embedding_size"}) {
      if (!hasKey(judgement, key)) absent.push_back(key);
    }
    const Signs generator = namesWith(judgement, {"^generator/"});
    report(judgement, "family/electra", electra, "electra", object("absent", absent));
    if (generator.any() && namesWith(judgement, {"^electra/"}).any()) {
      const auto width = [&](std::string_view scope) -> int64_t {
        const TensorInfo* norm = judgement.table().find(std::string(scope) + "/encoder/layer_0/output/dense/bias");
        return norm != nullptr && norm->shape.size() == 1 ? norm->shape[0] : 0;
      };
      report(judgement, "family/electra-two-models", generator, "electra",
             object("discriminator", width("electra"), "generator", width("generator")));
    }
    return true;
  }
  struct Family {
    Code code;
    std::initializer_list<std::string_view> patterns;
    const char* model;
    size_t needed = 1;  // how many of the patterns make a sign
  };
  static const Family kFamilies[] = {
      {"family/albert", {"/inner_group_0/", "embedding_hidden_mapping_in", "albert_layer_groups"}, "albert"},
      {"family/roberta", {"^roberta/", "^roberta.", "lm_head.", "decoder.sentence_encoder."}, ""},
      {"family/nezha", {"^nezha/", "^nezha.", "relative_positions_encoding"}, "nezha"},
      {"family/roformer", {"^roformer/", "^roformer.", "embed_positions"}, "roformer"},
      {"family/distilbert", {"^distilbert", "q_lin", "sa_layer_norm", "vocab_projector"}, ""},
      {"family/gpt", {"h0/attn/c_attn", "h.0.attn"}, ""},
      {"family/t5", {"shared.weight", "encoder.block"}, "", 2},
      {"family/t5", {"EncDecAttention"}, ""},
      {"family/xlnet", {"lookup_table", "/rel_attn/"}, ""},
      {"family/deberta", {"rel_embeddings", "^deberta."}, ""},
      {"family/other",
       {"^mobilebert", "^convbert", "^funnel", "^mpnet", "^bigbird", "^longformer", "distance_embedding", "crossattention", "gated_layer"}, ""},
  };
  for (const Family& family : kFamilies) {
    const Signs signs = namesWith(judgement, family.patterns);
    if (signs.found.size() < family.needed) continue;
    Finding& finding = report(judgement, family.code, signs, family.model);
    if (!contains(finding.args["sign"].get_ref<const std::string&>(), "distance_embedding")) return true;
    // Every name of a BERT with relative positions is one of BERT's; transformers 5 leaves these aside without a word.
    for (Affected& one : finding.consumers) {
      if (one.consumer == kHfNative && judgement.consumers()[one.entry].modes.transformers != 4) one.effect = kLoadsWrong;
    }
    return true;
  }
  return false;
}

// BERT's names, but not BERT's shapes or parts.
bool byShapes(Judgement& judgement) {
  const RoleMap& roles = judgement.names.repaired;
  const TensorTable& table = judgement.table();
  const auto at = [&](Part part, int32_t layer) -> const TensorInfo* {
    const auto found = roles.find(Role{part, layer});
    return found == roles.end() ? nullptr : &table[found->second];
  };
  if (at(Part::kQueryKernel, 0) == nullptr || at(Part::kOutputKernel, 0) == nullptr) return false;
  const bool plain = std::any_of(roles.begin(), roles.end(), [](const auto& entry) {
    return groupOf(entry.first.part) == PartGroup::kLayer && (isBias(entry.first.part) || isGamma(entry.first.part));
  });
  if (!plain) {
    report(judgement, "family/roformer-v2", {{at(Part::kQueryKernel, 0)->name}, at(Part::kQueryKernel, 0)->name}, "roformer_v2");
    return true;
  }
  const TensorInfo* word = at(Part::kWordTable, -1);
  const int64_t hidden = judgement.shape_sizes.hidden;
  if (word != nullptr && word->shape.size() == 2 && hidden > 0 && word->shape[1] < hidden && at(Part::kOutputBias, 0) != nullptr) {
    const TensorInfo* position = at(Part::kPositionTable, -1);
    const bool bright = position != nullptr && position->shape.size() == 2 && position->shape[1] == hidden;
    const Signs signs{{word->name + " " + shapeText(word->shape)}, word->name};
    report(judgement, bright ? Code("family/albert-brightmart") : Code("family/albert"), signs, bright ? "" : "albert");
    return true;
  }
  if (at(Part::kPositionTable, -1) == nullptr && word != nullptr && at(Part::kEmbeddingGamma, -1) != nullptr) {
    Json keys = Json::array();
    for (const char* key : {"use_relative_position", "max_relative_position", "rotary_value", "attention_probs_alibi", "position_embedding_type"}) {
      if (hasKey(judgement, key)) keys.push_back(key);
    }
    report(judgement, "family/no-position-table", {{judgement.nameOf({Part::kPositionTable, -1})}, ""}, "nezha", object("keys", keys));
    return true;
  }
  return false;
}

// Two of three signs that positions start at 2.
void checkRobertaPositions(Judgement& judgement) {
  Signs signs;
  const auto table = [&](Part part, int64_t rows) {
    signs.found.push_back(judgement.nameOf({part, -1}) + " " + shapeText(Shape{rows, judgement.shape_sizes.hidden}));
  };
  if (judgement.shape_sizes.positions == 514) table(Part::kPositionTable, 514);
  if (judgement.shape_sizes.segments == 1) table(Part::kSegmentTable, 1);
  if (judgement.vocab && judgement.vocab->id("<s>")) signs.found.push_back("<s>");
  if (signs.found.size() < 2 || judgement.shape_sizes.layers == 0) return;
  Finding& finding = report(judgement, "family/roberta-positions", signs, "");
  finding.certainty = Certainty::kLikely;
  finding.consumers = judgement.each([](const ConsumerSpec&, const Outcome& outcome) { return std::optional(outcome.buildsBert() ? kMayBeWrong : kHarmless); });
}

// BERT's names and shapes, trained with relu.
void checkErnie(Judgement& judgement) {
  Signs signs = namesWith(judgement, {"^ernie/", "^ernie."});
  const auto says = [](std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return contains(text, "ernie");
  };
  std::string activation;
  if (judgement.configGood()) {
    const auto type = judgement.config()->string("model_type");
    if (type && says(*type)) signs.found.push_back("model_type " + *type);
    for (const std::string& name : judgement.config()->strings("architectures")) {
      if (says(name)) signs.found.push_back("architectures " + name);
    }
    activation = judgement.config()->string("hidden_act").value_or("");
  }
  if (!signs.any()) return;
  Finding& finding = report(judgement, "family/ernie", signs, "", object("found", activation));
  finding.certainty = Certainty::kLikely;
  finding.consumers = judgement.each([](const ConsumerSpec&, const Outcome& outcome) { return std::optional(outcome.buildsBert() ? kMayBeWrong : kHarmless); });
  finding.variant = activation == "relu" ? "relu" : "";
  if (activation != "relu") fixConfig(finding, judgement, {{"hidden_act", "\"relu\""}});
}

}  // namespace

void checkFamily(Judgement& judgement) {
  if (!judgement.readable() || !judgement.names.object_graph_keys.empty()) return;
  if (byNames(judgement) || byShapes(judgement)) return;
  checkRobertaPositions(judgement);
  checkErnie(judgement);
}

}  // namespace bp
