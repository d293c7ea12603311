// Messages that both forms of TensorFlow's checkpoints are made of (tensorflow/core/framework).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tensors/tensor_table.h"

namespace bp {

inline constexpr size_t kMostTensorDims = 254;  // TensorFlow's limit

struct CheckpointVersions {  // VersionDef
  int32_t producer = 0;
  int32_t min_consumer = 0;
  std::vector<int32_t> bad_consumers;
};

// Each is false if the message is broken.
bool readVersionsProto(std::span<const uint8_t> message, CheckpointVersions& versions);
bool readShapeProto(std::span<const uint8_t> message, Shape& shape, bool& unknown_rank);
// One box, as the proto has it: a length of -1 stands for the whole dimension.
bool readSliceProto(std::span<const uint8_t> message, Shape& start, Shape& length);

// TensorFlow's own checks of the versions; empty if this reader's version 1 may read it.
std::string versionFault(const CheckpointVersions& versions);

}  // namespace bp
