// What bert4keras asks a checkpoint for when it is told to build another model than BERT (bojone/bert4keras models.py,
// the variable_mapping of each class).
#pragma once

#include <string>
#include <vector>

#include "bert/model_spec.h"

namespace bp {

struct NamedTensor {
  std::string name;
  Shape shape;
  Role role;  // that it plays; ALBERT's and ELECTRA's mapping of the embeddings counts as part of the word table
};

// "roberta" is BERT under another name. `embedding`: width of the tables; 0: the hidden size.
bool isPlainBertModel(const std::string& model);
std::vector<NamedTensor> bert4kerasTensors(const std::string& model, const Sizes& sizes, int64_t embedding);

}  // namespace bp
