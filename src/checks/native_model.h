// What transformers builds when hf-native is asked for a class: the family and the tensors it looks for
// (huggingface/transformers models/*/modeling_*.py).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bert/bert_config.h"
#include "checks/consumers.h"

namespace bp {

struct NativeTensor {
  std::string name;  // as the class has it, without its base model's prefix
  Shape shape;       // as stored; 0: the config does not say
  Role role;         // that it plays; a projection of the embeddings counts as part of the word table
  bool base = true;  // of the base model: found with and without the prefix
};

struct NativeFamily {
  std::string_view type;    // model_type
  std::string_view prefix;  // of the base model: "roberta" also for XLM-RoBERTa
  bool bert_layout;         // BERT's tensors under another prefix
};
// Nothing: not one whose tensors are known here.
std::optional<NativeFamily> nativeFamily(std::string_view model_type);

// The known model_type that a path contains, as transformers 4 guesses where config.json says none; empty: none.
std::string typeInPath(std::string_view path);

// The tensors of a family as its config asks for them, in the groups of `demand`. `sizes`: of the config, with at most as many
// layers as are to be looked for.
std::vector<NativeTensor> nativeTensors(const NativeFamily& family, const Demand& demand, const Sizes& sizes, const BertConfig* config);

}  // namespace bp
