// What torch.save wrote, as tensors on storages: the part that its zip and its older form have in common.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "containers/pickle.h"

namespace bp {

struct TorchStorage {
  std::string key;         // as the container names its bytes
  DType dtype = DType::kOther;
  uint32_t item_size = 0;  // bytes
  uint64_t elements = 0;
  uint64_t bytes() const { return elements * item_size; }
};

struct TorchTensor {
  std::string name;
  std::size_t storage = 0;  // index
  DType dtype = DType::kOther;
  uint32_t item_size = 0;
  uint64_t offset = 0;      // elements from the beginning of the storage
  Shape shape;
  Shape strides;            // elements; empty: row-major
  uint64_t span = 0;        // elements from its first to its last, with both
};

struct TorchState {
  std::vector<TorchStorage> storages;  // in the order of first mention
  std::vector<TorchTensor> tensors;    // in the order of the dictionary
  std::string wrapper;
  std::vector<std::string> outer_keys;
};

// Finds the dictionary of tensors, at the top or one level down, and every storage the pickle mentions. kBadHeader: "storage"
// (its tuple), "storage-key" (not decimal digits), "storage-twice" (one key with two types or sizes), "tensor-arguments",
// "tensor-place" (reaches out of its storage), "tensor-size" (overflow), "strides" (elements that share bytes, beyond a repeated
// dimension of a sane size). kNotRead: "no-state-dict", "tensor-kind" (sparse, quantized and the like).
TensorFileStatus readTorchState(const Pickle& pickle, TorchState& out, TensorFileFault& fault);

// The tensors with their bytes; offsets[i] is where storage i begins in `file`.
std::vector<TensorInfo> placeTensors(const TorchState& state, const std::vector<uint64_t>& offsets, uint32_t file, bool big_endian);

}  // namespace bp
