// What transformers' own loader makes of a set under Hugging Face's names (findings.md §4.1, hn).
#include <algorithm>

#include "bert/tensor_names.h"
#include "checks/judgement.h"
#include "checks/native_model.h"
#include "checks/thresholds.h"

namespace bp {
namespace {

// Finds a class's tensors in the file: behind the base model's prefix or without it, norms also under their names of 2018.
class NameSearch {
 public:
  NameSearch(const TensorTable& table, std::string_view prefix, int transformers) : table_(table), prefix_(std::string(prefix) + ".") {
    // Version 4 decides once for the whole file, 5 name by name.
    if (transformers != 4) return;
    const bool any =
        std::any_of(table.all().begin(), table.all().end(), [&](const TensorInfo& tensor) { return tensor.name.starts_with(prefix_); });
    (any ? bare_ : prefixed_) = false;
  }

  std::optional<uint32_t> find(const NativeTensor& wanted) const {
    if (!wanted.base) return spelled(wanted.name);
    std::optional<uint32_t> found;
    if (prefixed_) found = spelled(prefix_ + wanted.name);
    return found || !bare_ ? found : spelled(wanted.name);
  }

 private:
  std::optional<uint32_t> spelled(const std::string& name) const {
    std::optional<uint32_t> found = table_.indexOf(name);
    const auto tryEnd = [&](std::string_view end, std::string_view old_end) {
      if (!found && name.ends_with(end)) found = table_.indexOf(name.substr(0, name.size() - end.size()).append(old_end));
    };
    tryEnd("LayerNorm.weight", "LayerNorm.gamma");
    tryEnd("LayerNorm.bias", "LayerNorm.beta");
    tryEnd("cls.predictions.bias", "cls.predictions.decoder.bias");
    return found;
  }

  const TensorTable& table_;
  std::string prefix_;
  bool prefixed_ = true, bare_ = true;
};

bool fits(const Shape& found, const Shape& wanted) {
  if (found.size() != wanted.size()) return false;
  for (size_t axis = 0; axis < found.size(); ++axis) {
    if (wanted[axis] != 0 && found[axis] != wanted[axis]) return false;
  }
  return true;
}

// A family whose tensors are not known here: what lies behind its prefix is taken for its base model. A file of another family
// gives it nothing.
void simulateUnknown(const Judgement& judgement, Outcome& outcome) {
  const TensorTable& table = judgement.table();
  const bool other = judgement.names.repaired.size() > 0 && !judgement.names.bare;  // BERT's, by its prefix
  outcome.demand = {{PartGroup::kEmbeddings}, 0, -5};
  for (uint32_t i = 0; i < table.size(); ++i) {
    if (isTaskHeadName(table[i].name) || isHfBufferName(table[i].name) || table[i].name.starts_with("cls.") ||
        table[i].name.starts_with("lm_head."))
      continue;
    ++outcome.demand.others;
    if (other) continue;
    outcome.reads.insert(i);
    if (judgement.dataGood(i)) ++outcome.loaded;
  }
}

}  // namespace

std::string builtType(const Judgement& judgement, const ConsumerSpec& consumer) {
  if (consumer.id != Consumer::kHfNative || !consumer.modes.class_name.starts_with("Auto")) return "bert";
  const BertConfig* config = judgement.ownConfig();
  if (config == nullptr || !config->good()) return "bert";
  if (const auto type = config->string("model_type")) return *type;
  const std::string guessed = consumer.modes.transformers == 4 ? typeInPath(judgement.folder()) : "";
  return guessed.empty() ? "bert" : guessed;
}

void simulateNative(const Judgement& judgement, const ConsumerSpec& consumer, Outcome& outcome) {
  const auto family = nativeFamily(outcome.builds);
  if (!family) return simulateUnknown(judgement, outcome);
  const BertConfig* config = judgement.ownConfig();
  const Sizes built = judgement.sizesFor(consumer);
  const int64_t layers = outcome.demand.layers;
  // One wholly absent layer stands for all of them: a config may ask for a billion.
  Sizes sizes = built;
  sizes.layers = std::min({layers, judgement.names.layers_end + 1, judgement.names.layers + kMaxLayersListed});
  std::vector<NativeTensor> tensors = nativeTensors(*family, outcome.demand, sizes, config);
  if (family->type != "bert") {
    const int64_t not_listed = family->bert_layout ? 16 * (layers - sizes.layers) : 0;
    outcome.demand.others += static_cast<int64_t>(tensors.size()) + not_listed - outcome.demand.count();
  }
  const auto positions = config == nullptr ? std::nullopt : config->string("position_embedding_type");
  if (family->type == "bert" && consumer.modes.transformers == 4 && positions && positions->starts_with("relative_key")) {
    // Version 5 has given them up.
    outcome.demand.others += layers;
    const int64_t width = built.heads > 0 ? built.hidden / built.heads : 0;
    for (int32_t layer = 0; layer < sizes.layers; ++layer) {
      tensors.push_back({"encoder.layer." + std::to_string(layer) + ".attention.self.distance_embedding.weight",
                         {2 * built.positions - 1, width},
                         {Part::kPositionTable, layer},
                         true});
    }
  }
  const bool wrapped = std::any_of(judgement.facts().weights_files.begin(), judgement.facts().weights_files.end(),
                                   [](const WeightsFile& file) { return !file.wrapper.empty(); });
  const NameSearch search(judgement.table(), family->prefix, consumer.modes.transformers);
  for (const NativeTensor& wanted : tensors) {
    const auto found = wrapped ? std::nullopt : search.find(wanted);
    if (!found) {
      outcome.missing.insert(wanted.role);
      continue;
    }
    outcome.reads.insert(*found);
    if (!fits(judgement.table()[*found].shape, wanted.shape))
      outcome.mismatched.insert(wanted.role);
    else if (judgement.dataGood(*found))
      ++outcome.loaded;
  }
}

}  // namespace bp
