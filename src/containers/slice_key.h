// The binary keys of a partitioned variable's stored boxes (tensorflow/core/util/saved_tensor_slice_util.cc,
// tensorflow/core/lib/strings/ordered_code.cc):
//   num(0) string(name) num(rank) { signed(start) signed(length) } a dimension; length -1: the whole dimension
#pragma once

#include <string>

#include "tensors/tensor_table.h"

namespace bp {

struct SliceKey {
  std::string name;  // of the whole variable
  Shape start;
  Shape length;
};

std::string encodeSliceKey(const SliceKey& key);

}  // namespace bp
