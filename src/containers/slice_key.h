// The binary keys of a partitioned variable's stored boxes (tensorflow/core/util/saved_tensor_slice_util.cc,
// tensorflow/core/lib/strings/ordered_code.cc):
//   num(0) string(name) num(rank) { signed(start) signed(length) } a dimension; length -1: the whole dimension
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tensors/tensor_table.h"

namespace bp {

struct SliceKey {
  std::string name;  // of the whole variable
  Shape start;
  Shape length;
};

std::string encodeSliceKey(const SliceKey& key);
// Nothing: not such a key, or one that contradicts itself.
std::optional<SliceKey> decodeSliceKey(std::string_view key);

}  // namespace bp
