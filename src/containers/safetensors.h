// safetensors (huggingface/safetensors: README.md, safetensors/src/tensor.rs), the form Hugging Face keeps weights in.
//
//   header length u64le | header, JSON in UTF-8 | data
//   header: {"__metadata__": {"format": "pt"}, "name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, …}
//
// data_offsets count from the end of the header. Data is little-endian and row-major, and every byte of it belongs to one tensor.
#pragma once

#include <string_view>

#include "bytes/byte_source.h"
#include "containers/tensor_file.h"

namespace bp {

// The checks of the Rust reader in its order and its words, and equal names, which it misses. Where the header could be read the
// tensors are listed whatever the fault; usable only those whose own entry holds.
TensorFileStatus readSafetensors(ByteSource& source, uint32_t file, TensorFile& out, TensorFileFault& fault);

std::string_view safetensorsType(DType dtype);  // "F32"; empty: it has no such type

}  // namespace bp
