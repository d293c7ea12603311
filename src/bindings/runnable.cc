#include "bindings/runnable.h"

#include <algorithm>
#include <map>

#include "bert/tensor_names.h"
#include "checks/names_view.h"

namespace bp {
namespace {

int64_t configLayers(const BertConfig* config) {
  const SizeValue layers = config == nullptr ? SizeValue() : config->size("num_hidden_layers");
  return layers.state == SizeState::kGood ? layers.value : 0;
}

struct Named {
  uint32_t tensor = 0;
  bool hf = false;  // Hugging Face's names, kernels [out, in]
};

NamesView viewOf(const SetFacts& facts, const TensorTable& table) {
  return viewNames(table, configLayers(facts.judgedConfig()), facts.isHfSet() ? NameScheme::kHf : NameScheme::kGoogle);
}

// Under the names this kind of set goes by, once repaired; what is missing there, under the other library's.
std::map<Role, Named> namedTensors(const SetFacts& facts, const TensorTable& table) {
  const NamesView view = viewOf(facts, table);
  const bool hf = view.scheme == NameScheme::kHf;
  std::map<Role, Named> named;
  for (const auto& [role, tensor] : view.repaired) named[role] = {tensor, hf};
  for (uint32_t i = 0; i < table.size(); ++i) {
    if (const auto role = roleIn(hf ? NameScheme::kGoogle : NameScheme::kHf, table[i].name)) named.try_emplace(*role, Named{i, !hf});
  }
  return named;
}

// What the config has of a plain BERT's architecture that is not plain; empty: nothing.
std::string notPlain(const BertConfig& config, int64_t hidden) {
  if (const auto type = config.string("model_type"); type && *type != "bert") return "the config says model_type " + *type + ", not bert";
  if (const auto kind = config.string("position_embedding_type"); kind && *kind != "absolute") {
    return "the config asks for " + *kind + " positions, which this encoder has not";
  }
  if (const SizeValue width = config.size("embedding_size"); width.state == SizeState::kGood && width.value != hidden) {
    return "the config asks for embeddings of another width than the layers";
  }
  for (const char* key : {"is_decoder", "add_cross_attention"}) {
    if (config.boolean(key).value_or(false)) return std::string("the config says ") + key + ", so this is not an encoder";
  }
  return {};
}

class Finder {
 public:
  Finder(const TensorTable& table, const DataPass* data, std::map<Role, Named> named)
      : table_(table), data_(data), named_(std::move(named)) {}

  const TensorInfo* tensor(Part part) const {
    const auto it = named_.find(Role{part, -1});
    return it == named_.end() ? nullptr : &table_[it->second.tensor];
  }

  // Binds all of `expected`, or says which one cannot be.
  std::string bind(const std::vector<ExpectedTensor>& expected, std::vector<Binding>& bindings) const {
    std::vector<Binding> bound;
    for (const ExpectedTensor& one : expected) {
      const auto it = named_.find(one.role);
      if (it == named_.end()) return googleName(one.role) + " is not there";
      const TensorInfo& tensor = table_[it->second.tensor];
      const bool transposed = it->second.hf && isKernel(one.role.part);
      Shape shape = one.shape;
      if (transposed) std::reverse(shape.begin(), shape.end());
      if (tensor.shape != shape) return tensor.name + " is " + shapeText(tensor.shape) + ", the config asks for " + shapeText(shape);
      if (!isFloating(tensor.dtype)) return tensor.name + " holds no floating-point numbers";
      if (!tensor.usable || (data_ != nullptr && !data_->good(it->second.tensor))) return "the data of " + tensor.name + " is not good";
      bound.push_back({it->second.tensor, one.role, transposed});
    }
    bindings.insert(bindings.end(), bound.begin(), bound.end());
    return {};
  }

  bool googleNames() const {
    const auto it = named_.find(Role{Part::kWordTable, -1});
    return it == named_.end() || !it->second.hf;
  }

 private:
  const TensorTable& table_;
  const DataPass* data_;
  std::map<Role, Named> named_;
};

// A size as the config has it, or where it is silent as the tensors do.
int64_t sizeOf(const BertConfig& config, const char* key, const TensorInfo* tensor, size_t dim, std::string& why) {
  const SizeValue value = config.size(key);
  if (value.state == SizeState::kGood) return value.value;
  if (value.state == SizeState::kAbsent && tensor != nullptr && dim < tensor->shape.size()) return tensor->shape[dim];
  if (why.empty()) why = std::string("the config gives no usable ") + key;
  return 0;
}

// A model that does not tie its word embeddings has a decoder of its own, under Hugging Face's names.
void bindDecoder(const SetFacts& facts, const TensorTable& table, const DataPass* data, Runnable& run) {
  const std::optional<uint32_t> decoder = findDecoder(facts, table);
  if (!decoder) {
    if (facts.isHfSet()) run.mlm_why = "the config ties no word embeddings, and cls.predictions.decoder.weight is not there";
    return;
  }
  const Role role{Part::kMlmDecoder, -1};
  const bool good = table[*decoder].usable && (data == nullptr || data->good(*decoder));
  if (table[*decoder].shape != shapeOf(role, run.sizes) || !isFloating(table[*decoder].dtype) || !good) {
    run.mlm_why = table[*decoder].name + " cannot be used";
    return;
  }
  run.bindings.push_back({*decoder, role, false});
}

}  // namespace

Runnable findRunnable(const SetFacts& facts, const TensorTable& table, const DataPass* data, std::optional<bool> gelu_is_tanh) {
  Runnable run;
  const auto refuse = [&run](const std::string& why) {
    run.encoder_why = why;
    run.pooled_why = run.mlm_why = run.nsp_why = "the encoder cannot run";
    run.bindings.clear();
    return run;
  };
  if (table.size() == 0) return refuse("no weights could be read");
  const BertConfig* config = facts.judgedConfig();
  if (config == nullptr || !config->good()) return refuse("there is no readable config");

  const Finder finder(table, data, namedTensors(facts, table));
  run.google_names = finder.googleNames();
  std::string why;
  const TensorInfo* words = finder.tensor(Part::kWordTable);
  run.sizes.vocab = sizeOf(*config, "vocab_size", words, 0, why);
  run.sizes.hidden = sizeOf(*config, "hidden_size", words, 1, why);
  run.sizes.layers = sizeOf(*config, "num_hidden_layers", nullptr, 0, why);
  run.sizes.heads = sizeOf(*config, "num_attention_heads", nullptr, 0, why);
  run.sizes.intermediate = sizeOf(*config, "intermediate_size", nullptr, 0, why);
  run.sizes.positions = sizeOf(*config, "max_position_embeddings", finder.tensor(Part::kPositionTable), 0, why);
  run.sizes.segments = sizeOf(*config, "type_vocab_size", finder.tensor(Part::kSegmentTable), 0, why);
  if (!why.empty()) return refuse(why);
  // More layers than tensors: no need to list what they would be.
  if (run.sizes.layers > static_cast<int64_t>(table.size())) return refuse("the config asks for more layers than there are");
  if (run.sizes.hidden % run.sizes.heads != 0) return refuse("the hidden size does not divide by the number of heads");
  if (std::string plain = notPlain(*config, run.sizes.hidden); !plain.empty()) return refuse(plain);
  run.activation = config->string("hidden_act").value_or("gelu");
  const std::optional<kernels::Activation> activation = activationNamed(run.activation, gelu_is_tanh.value_or(run.google_names));
  if (!activation) return refuse("the config asks for an activation that is not known");
  run.options.activation = *activation;
  run.options.heads = run.sizes.heads;
  run.options.layer_norm_eps = static_cast<float>(config->number("layer_norm_eps").value_or(1e-12));

  if (std::string fault = finder.bind(encoderTensors(run.sizes), run.bindings); !fault.empty()) return refuse(fault);
  run.pooled_why = finder.bind(poolerTensors(run.sizes), run.bindings);
  run.mlm_why = finder.bind(mlmTensors(run.sizes), run.bindings);
  if (run.mlm_why.empty() && !config->boolean("tie_word_embeddings").value_or(true)) bindDecoder(facts, table, data, run);
  run.nsp_why = run.pooled_why.empty() ? finder.bind(nspTensors(run.sizes), run.bindings) : "there is no pooled vector to judge";
  return run;
}

std::vector<std::optional<Role>> rolesOfTable(const SetFacts& facts, const TensorTable& table) {
  std::vector<std::optional<Role>> roles(table.size());
  for (const auto& [role, named] : namedTensors(facts, table)) roles[named.tensor] = role;
  return roles;
}

std::optional<uint32_t> findDecoder(const SetFacts& facts, const TensorTable& table) {
  if (!facts.isHfSet()) return std::nullopt;
  return table.indexOf(viewOf(facts, table).scope + "cls.predictions.decoder.weight");
}

std::string roleText(Role role) {
  std::string name = googleName(role);
  const std::string layer = "bert/encoder/layer_" + std::to_string(role.layer) + "/";
  for (const std::string& place : {std::string("bert/embeddings/"), layer, std::string("bert/")}) {
    if (name.starts_with(place)) return name.substr(place.size());
  }
  return name;
}

}  // namespace bp
