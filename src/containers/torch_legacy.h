// PyTorch's form before 1.6 (torch/serialization.py, _legacy_save):
//
//   pickle of a magic number | of the version, 1001 | of {protocol_version, little_endian, type_sizes} | of the object |
//   of the list of storage keys | for each of those: elements i64le, their bytes
//
// Storages are little-endian whatever machine wrote them; `little_endian` only tells of that machine.
#pragma once

#include "bytes/byte_source.h"
#include "containers/tensor_file.h"

namespace bp {

// What pickle.h and torch_state.h say, and kBadHeader: "magic", "version", "system-info", "storage-keys" (not a list of texts, or of
// other storages than the object has: `name`), "storage-size" (`name`, found and expected elements), "trailing-bytes".
// kNotRead: "large-pickle". Where the storages end too early, the tensors are listed and kTruncated says how long the file should be.
TensorFileStatus readTorchLegacy(ByteSource& source, uint32_t file, TensorFile& out, TensorFileFault& fault);

// Any other pickle: what in it PyTorch would refuse, or else that it is none of its files (kBadHeader "magic").
TensorFileStatus readPlainPickle(ByteSource& source, TensorFileFault& fault);

}  // namespace bp
