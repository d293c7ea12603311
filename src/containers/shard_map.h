// Which file holds which tensor of weights in several files: `model.safetensors.index.json`, `pytorch_model.bin.index.json`.
//
//   {"metadata": {"total_size": 1234}, "weight_map": {"tensor name": "model-00001-of-00002.safetensors", …}}
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "containers/tensor_file.h"

namespace bp {

struct ShardMap {
  std::vector<std::pair<std::string, std::string>> weights;  // tensor and file, in the order of the text
  std::vector<std::string> files;                            // each once, in the order they are first named
  std::optional<uint64_t> total_size;                        // bytes of the tensors; tied ones count once or twice
};

// kOk or kBadHeader: rule "json", "weight-map" (not an object of strings) or "shard-name" (not a plain file name: `name`).
TensorFileStatus readShardMap(std::string_view text, ShardMap& out, TensorFileFault& fault);

}  // namespace bp
