#include "bert/tensor_names.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/sort.h"

namespace bp {
namespace {

struct Spelling {
  Part part;
  std::string_view google;  // after "bert/encoder/layer_N/" for the parts of a layer
  std::string_view hf;      // after "encoder.layer.N." for them, after "bert." for embeddings and pooler
};

// A table's rows by group; layers hold what follows their number.
constexpr Spelling kEmbeddings[] = {
    {Part::kWordTable, "bert/embeddings/word_embeddings", "embeddings.word_embeddings.weight"},
    {Part::kSegmentTable, "bert/embeddings/token_type_embeddings", "embeddings.token_type_embeddings.weight"},
    {Part::kPositionTable, "bert/embeddings/position_embeddings", "embeddings.position_embeddings.weight"},
    {Part::kEmbeddingGamma, "bert/embeddings/LayerNorm/gamma", "embeddings.LayerNorm.weight"},
    {Part::kEmbeddingBeta, "bert/embeddings/LayerNorm/beta", "embeddings.LayerNorm.bias"},
    {Part::kPoolerKernel, "bert/pooler/dense/kernel", "pooler.dense.weight"},
    {Part::kPoolerBias, "bert/pooler/dense/bias", "pooler.dense.bias"},
};
constexpr Spelling kLayer[] = {
    {Part::kQueryKernel, "attention/self/query/kernel", "attention.self.query.weight"},
    {Part::kQueryBias, "attention/self/query/bias", "attention.self.query.bias"},
    {Part::kKeyKernel, "attention/self/key/kernel", "attention.self.key.weight"},
    {Part::kKeyBias, "attention/self/key/bias", "attention.self.key.bias"},
    {Part::kValueKernel, "attention/self/value/kernel", "attention.self.value.weight"},
    {Part::kValueBias, "attention/self/value/bias", "attention.self.value.bias"},
    {Part::kAttentionKernel, "attention/output/dense/kernel", "attention.output.dense.weight"},
    {Part::kAttentionBias, "attention/output/dense/bias", "attention.output.dense.bias"},
    {Part::kAttentionGamma, "attention/output/LayerNorm/gamma", "attention.output.LayerNorm.weight"},
    {Part::kAttentionBeta, "attention/output/LayerNorm/beta", "attention.output.LayerNorm.bias"},
    {Part::kIntermediateKernel, "intermediate/dense/kernel", "intermediate.dense.weight"},
    {Part::kIntermediateBias, "intermediate/dense/bias", "intermediate.dense.bias"},
    {Part::kOutputKernel, "output/dense/kernel", "output.dense.weight"},
    {Part::kOutputBias, "output/dense/bias", "output.dense.bias"},
    {Part::kOutputGamma, "output/LayerNorm/gamma", "output.LayerNorm.weight"},
    {Part::kOutputBeta, "output/LayerNorm/beta", "output.LayerNorm.bias"},
};
constexpr Spelling kHeads[] = {
    {Part::kMlmKernel, "cls/predictions/transform/dense/kernel", "cls.predictions.transform.dense.weight"},
    {Part::kMlmBias, "cls/predictions/transform/dense/bias", "cls.predictions.transform.dense.bias"},
    {Part::kMlmGamma, "cls/predictions/transform/LayerNorm/gamma", "cls.predictions.transform.LayerNorm.weight"},
    {Part::kMlmBeta, "cls/predictions/transform/LayerNorm/beta", "cls.predictions.transform.LayerNorm.bias"},
    {Part::kMlmOutputBias, "cls/predictions/output_bias", "cls.predictions.bias"},
    {Part::kNspKernel, "cls/seq_relationship/output_weights", "cls.seq_relationship.weight"},
    {Part::kNspBias, "cls/seq_relationship/output_bias", "cls.seq_relationship.bias"},
};

constexpr std::string_view kGoogleLayer = "bert/encoder/layer_";
constexpr std::string_view kHfLayer = "encoder.layer.";
constexpr std::string_view kHfDecoderBias = "cls.predictions.decoder.bias";  // the class ties it to cls.predictions.bias
constexpr int64_t kMaxLayer = 99999;

bool isDigit(char c) { return c >= '0' && c <= '9'; }

// Takes the number at the front of `text`, written as code writes it: no leading zero, no sign.
std::optional<int32_t> takeNumber(std::string_view& text) {
  size_t length = 0;
  int64_t number = 0;
  while (length < text.size() && isDigit(text[length])) {
    number = number * 10 + (text[length++] - '0');
    if (number > kMaxLayer) return std::nullopt;
  }
  if (length == 0 || (length > 1 && text[0] == '0')) return std::nullopt;
  text.remove_prefix(length);
  return static_cast<int32_t>(number);
}

bool takePrefix(std::string_view& text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) != prefix) return false;
  text.remove_prefix(prefix.size());
  return true;
}

template <size_t N>
std::optional<Part> partSpelled(const Spelling (&table)[N], std::string_view Spelling::* scheme, std::string_view name) {
  for (const Spelling& row : table) {
    if (row.*scheme == name) return row.part;
  }
  return std::nullopt;
}

template <size_t N>
const Spelling* rowOf(const Spelling (&table)[N], Part part) {
  for (const Spelling& row : table) {
    if (row.part == part) return &row;
  }
  return nullptr;
}

std::string_view lastPart(std::string_view name) { return name.substr(name.rfind('/') + 1); }  // npos + 1 is 0

// "Adam_1" → "Adam": TensorFlow numbers the slots of one optimizer.
std::string_view withoutNumber(std::string_view part) {
  size_t end = part.size();
  while (end > 0 && isDigit(part[end - 1])) --end;
  return end < part.size() && end > 1 && part[end - 1] == '_' ? part.substr(0, end - 1) : part;
}

template <size_t N>
bool isOneOf(std::string_view text, const std::array<std::string_view, N>& list) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

// Without scopes.
std::optional<Role> gardenRoleHere(std::string_view full_name) {
  static constexpr std::pair<std::string_view, Part> kOutside[] = {
      {"word_embeddings/embeddings", Part::kWordTable},
      {"type_embeddings/embeddings", Part::kSegmentTable},
      {"position_embedding/embeddings", Part::kPositionTable},
      {"embeddings/layer_norm/gamma", Part::kEmbeddingGamma},
      {"embeddings/layer_norm/beta", Part::kEmbeddingBeta},
      {"pooler_transform/kernel", Part::kPoolerKernel},
      {"pooler_transform/bias", Part::kPoolerBias},
      {"cls/predictions/transform/dense/kernel", Part::kMlmKernel},
      {"cls/predictions/transform/dense/bias", Part::kMlmBias},
      {"cls/predictions/transform/LayerNorm/gamma", Part::kMlmGamma},
      {"cls/predictions/transform/LayerNorm/beta", Part::kMlmBeta},
      {"cls/predictions/output_bias/bias", Part::kMlmOutputBias},
  };
  static constexpr std::pair<std::string_view, Part> kInside[] = {
      {"self_attention/query/kernel", Part::kQueryKernel},
      {"self_attention/query/bias", Part::kQueryBias},
      {"self_attention/key/kernel", Part::kKeyKernel},
      {"self_attention/key/bias", Part::kKeyBias},
      {"self_attention/value/kernel", Part::kValueKernel},
      {"self_attention/value/bias", Part::kValueBias},
      {"self_attention/attention_output/kernel", Part::kAttentionKernel},
      {"self_attention/attention_output/bias", Part::kAttentionBias},
      {"self_attention_layer_norm/gamma", Part::kAttentionGamma},
      {"self_attention_layer_norm/beta", Part::kAttentionBeta},
      {"intermediate/kernel", Part::kIntermediateKernel},
      {"intermediate/bias", Part::kIntermediateBias},
      {"output/kernel", Part::kOutputKernel},
      {"output/bias", Part::kOutputBias},
      {"output_layer_norm/gamma", Part::kOutputGamma},
      {"output_layer_norm/beta", Part::kOutputBeta},
  };
  for (const auto& [name, part] : kOutside) {
    if (name == full_name) return Role{part, -1};
  }
  if (!takePrefix(full_name, "transformer/layer_")) return std::nullopt;
  const auto layer = takeNumber(full_name);
  if (!layer || !takePrefix(full_name, "/")) return std::nullopt;
  for (const auto& [name, part] : kInside) {
    if (name == full_name) return Role{part, *layer};
  }
  return std::nullopt;
}

}  // namespace

std::string googleName(Role role) {
  if (const Spelling* row = rowOf(kLayer, role.part)) {
    return std::string(kGoogleLayer) + std::to_string(role.layer) + "/" + std::string(row->google);
  }
  const Spelling* row = rowOf(kEmbeddings, role.part);
  return std::string((row ? row : rowOf(kHeads, role.part))->google);
}

std::optional<Role> googleRole(std::string_view name) {
  std::string_view rest = name;
  if (takePrefix(rest, kGoogleLayer)) {
    const auto layer = takeNumber(rest);
    if (!layer || !takePrefix(rest, "/")) return std::nullopt;
    const auto part = partSpelled(kLayer, &Spelling::google, rest);
    return part ? std::optional<Role>({*part, *layer}) : std::nullopt;
  }
  auto part = partSpelled(kEmbeddings, &Spelling::google, name);
  if (!part) part = partSpelled(kHeads, &Spelling::google, name);
  return part ? std::optional<Role>({*part, -1}) : std::nullopt;
}

std::string hfName(Role role) {
  if (const Spelling* row = rowOf(kLayer, role.part)) {
    return "bert." + std::string(kHfLayer) + std::to_string(role.layer) + "." + std::string(row->hf);
  }
  if (const Spelling* row = rowOf(kEmbeddings, role.part)) return "bert." + std::string(row->hf);
  return std::string(rowOf(kHeads, role.part)->hf);
}

std::optional<Role> hfRole(std::string_view name) {
  std::string today(name);  // files of 2018 and 2019 say gamma and beta
  const auto rename = [&](std::string_view old_end, std::string_view new_end) {
    if (name.size() > old_end.size() && name.substr(name.size() - old_end.size()) == old_end) {
      today = std::string(name.substr(0, name.size() - old_end.size())) + std::string(new_end);
    }
  };
  rename("LayerNorm.gamma", "LayerNorm.weight");
  rename("LayerNorm.beta", "LayerNorm.bias");
  std::string_view rest = today;
  if (const auto part = partSpelled(kHeads, &Spelling::hf, rest)) return Role{*part, -1};
  if (rest == kHfDecoderBias) return Role{Part::kMlmOutputBias, -1};
  takePrefix(rest, "bert.");
  if (takePrefix(rest, kHfLayer)) {
    const auto layer = takeNumber(rest);
    if (!layer || !takePrefix(rest, ".")) return std::nullopt;
    const auto part = partSpelled(kLayer, &Spelling::hf, rest);
    return part ? std::optional<Role>({*part, *layer}) : std::nullopt;
  }
  const auto part = partSpelled(kEmbeddings, &Spelling::hf, rest);
  return part ? std::optional<Role>({*part, -1}) : std::nullopt;
}

std::string nameIn(NameScheme scheme, Role role) { return scheme == NameScheme::kHf ? hfName(role) : googleName(role); }
std::optional<Role> roleIn(NameScheme scheme, std::string_view name) { return scheme == NameScheme::kHf ? hfRole(name) : googleRole(name); }
char separatorIn(NameScheme scheme) { return scheme == NameScheme::kHf ? '.' : '/'; }

Shape storedShape(NameScheme scheme, Role role, const Sizes& sizes) {
  Shape shape = shapeOf(role, sizes);
  if (scheme == NameScheme::kHf && isKernel(role.part)) std::reverse(shape.begin(), shape.end());
  return shape;
}

bool isHfBufferName(std::string_view name) { return name.ends_with("embeddings.position_ids") || name.ends_with("embeddings.token_type_ids"); }

bool isHfTiedCopyName(std::string_view name) { return name.ends_with("cls.predictions.decoder.weight") || name.ends_with(kHfDecoderBias); }

bool isAdapterName(std::string_view name) {
  static constexpr std::string_view kParts[] = {".lora_", ".adapters.", ".adapter.", "adapter_down", "adapter_up", "prompt_embeddings", ".ia3_"};
  return std::any_of(std::begin(kParts), std::end(kParts), [&](std::string_view part) { return name.find(part) != std::string_view::npos; });
}

std::optional<Role> gardenRole(std::string_view full_name) {
  for (;;) {
    if (const auto role = gardenRoleHere(full_name)) return role;
    const size_t slash = full_name.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    full_name.remove_prefix(slash + 1);
  }
}

bool isOptimizerName(std::string_view name) {
  // What an optimizer adds behind a variable's name.
  static constexpr std::array<std::string_view, 12> kSlots = {"adam_m",  "adam_v",   "Adam", "AdamW", "Momentum", "RMSProp", "Adagrad",
                                                              "Adadelta", "Ftrl", "LAMB", "lamb_m", "lamb_v"};
  static constexpr std::array<std::string_view, 13> kNames = {
      "global_step", "beta1_power", "beta2_power", "loss_scale", "current_loss_scale", "good_steps", "bad_steps", "num_good_steps",
      "num_bad_steps", "accum_grads", "accum_vars", "accum_step", "ExponentialMovingAverage"};
  static constexpr std::array<std::string_view, 6> kScopes = {"AdamWeightDecayOptimizer", "LAMBOptimizer", "save_counter", "optimizer",
                                                              "signal_early_stopping", "accum_grads"};
  const std::string_view last = withoutNumber(lastPart(name));
  if (isOneOf(last, kSlots) || isOneOf(last, kNames)) return true;
  if (name.find(".OPTIMIZER_SLOT") != std::string_view::npos) return true;
  for (size_t start = 0;;) {
    const size_t slash = name.find('/', start);
    const std::string_view part = name.substr(start, slash == std::string_view::npos ? slash : slash - start);
    if (isOneOf(withoutNumber(part), kScopes) || part == "global_step" || part == "adam_m" || part == "adam_v") return true;
    if (slash == std::string_view::npos) return false;
    start = slash + 1;
  }
}

bool isTaskHeadName(std::string_view name) {
  if (isOptimizerName(name)) return false;
  return name == "output_weights" || name == "output_bias" || name.substr(0, 10) == "cls/squad/" || name.substr(0, 11) == "classifier." ||
         name.substr(0, 11) == "qa_outputs.";
}

bool isObjectGraphName(std::string_view name) {
  return name == "_CHECKPOINTABLE_OBJECT_GRAPH" || name.find("/.ATTRIBUTES/") != std::string_view::npos;
}

std::vector<std::string> foldNames(const std::vector<std::string>& names) {
  struct Folded {
    std::string before, after;  // around the number
    std::vector<int32_t> layers;
    std::string whole;  // a name without a layer
  };
  std::vector<Folded> folds;
  std::map<std::pair<std::string, std::string>, size_t> index;
  for (const std::string& name : names) {
    size_t at = name.find("layer_");
    if (at == std::string::npos || at + 6 >= name.size() || !isDigit(name[at + 6])) at = name.find("layer.");
    std::string_view rest = at == std::string::npos ? std::string_view() : std::string_view(name).substr(at + 6);
    const auto number = takeNumber(rest);
    if (!number) {
      folds.push_back({"", "", {}, name});
      continue;
    }
    const std::pair<std::string, std::string> key{name.substr(0, at + 6), std::string(rest)};
    const auto [found, fresh] = index.emplace(key, folds.size());
    if (fresh) folds.push_back({key.first, key.second, {}, ""});
    folds[found->second].layers.push_back(*number);
  }
  std::vector<std::string> lines;
  for (Folded& fold : folds) {
    stableSort(fold.layers);
    fold.layers.erase(std::unique(fold.layers.begin(), fold.layers.end()), fold.layers.end());
    std::string numbers;
    for (size_t i = 0; i < fold.layers.size();) {
      size_t end = i;
      while (end + 1 < fold.layers.size() && fold.layers[end + 1] == fold.layers[end] + 1) ++end;
      if (!numbers.empty()) numbers += ", ";
      numbers += std::to_string(fold.layers[i]);
      if (end > i) numbers += (end == i + 1 ? ", " : "…") + std::to_string(fold.layers[end]);
      i = end + 1;
    }
    if (fold.layers.size() > 1) numbers = "{" + numbers + "}";
    lines.push_back(fold.layers.empty() ? fold.whole : fold.before + numbers + fold.after);
  }
  return lines;
}

int editDistance(std::string_view a, std::string_view b, int limit) {
  const int64_t n = static_cast<int64_t>(a.size()), m = static_cast<int64_t>(b.size());
  if (std::abs(n - m) > limit) return limit + 1;
  // Rows of the usual table; cells further than `limit` from the diagonal cannot matter.
  std::vector<int> above(static_cast<size_t>(m) + 1), row(static_cast<size_t>(m) + 1, limit + 1);
  for (int64_t j = 0; j <= m; ++j) above[static_cast<size_t>(j)] = static_cast<int>(std::min<int64_t>(j, limit + 1));
  for (int64_t i = 1; i <= n; ++i) {
    const int64_t from = std::max<int64_t>(1, i - limit), to = std::min(m, i + limit);
    std::fill(row.begin(), row.end(), limit + 1);
    if (i <= limit) row[0] = static_cast<int>(i);
    for (int64_t j = from; j <= to; ++j) {
      const size_t c = static_cast<size_t>(j);
      const int change = above[c - 1] + (a[static_cast<size_t>(i - 1)] == b[c - 1] ? 0 : 1);
      row[c] = std::min({change, above[c] + 1, row[c - 1] + 1, limit + 1});
    }
    std::swap(above, row);
  }
  return std::min(above[static_cast<size_t>(m)], limit + 1);
}

}  // namespace bp
