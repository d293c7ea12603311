// The index of a TensorBundle of one shard, as TensorFlow's bundle writer lays it down (containers/table.h, containers/tensor_bundle.h).
#pragma once

#include <cstdint>
#include <vector>

#include "convert/data_writer.h"
#include "convert/plan.h"

namespace bp {

// `written[i]`: where the bytes of tensors[i] lie in the data file.
std::vector<uint8_t> bundleIndex(const std::vector<ConvertedTensor>& tensors, const std::vector<WrittenTensor>& written);

}  // namespace bp
