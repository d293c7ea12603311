// The walk of transformers' load_tf_weights_in_bert (4.x), which follows each variable's name part by part through
// the attributes of a PyTorch model. Replayed on names and shapes, without a model.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bert/model_spec.h"
#include "tensors/tensor_table.h"

namespace bp {

enum class WalkClass : uint8_t { kBertForPreTraining, kBertModel, kBertForMaskedLm };
WalkClass walkClassOf(std::string_view class_name);  // any other name: kBertForPreTraining

struct WalkStop {
  uint32_t tensor = 0;
  std::string error;      // Python's own words
  enum class Why : uint8_t { kUnknownName, kShape, kLayerNumber } why = Why::kUnknownName;
};

struct WalkWrite {  // a tensor that lands on a weight of the model
  uint32_t tensor = 0;
  Role role;
  bool turned = false;  // comes in transposed, or is not the weight its name says
};

struct Walk {
  std::vector<WalkStop> stops;    // in the order of the names; the real walk ends at the first
  std::vector<WalkWrite> writes;
  std::vector<uint32_t> skipped;  // adam_m, adam_v, global_step
};

// Names are visited in byte order, as tf.train.list_variables gives them. `sizes`: of the config, segments with HF's default.
Walk walkNames(const TensorTable& table, const Sizes& sizes, WalkClass model);

}  // namespace bp
