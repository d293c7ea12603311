// What the reader of one weights file gives, whatever its format: the tensors and where their bytes lie, or why not.
// Readers are run again from the start while they say kPending.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tensors/tensor_table.h"

namespace bp {

enum class TensorFileStatus : uint8_t {
  kOk,
  kPending,
  kTruncated,  // ends before the bytes it announces: `found` and `expected` are sizes of the file
  kBadHeader,  // breaks a rule of its format, `rule`
  kRefused,    // a pickle that asks for more than plain values: `name` is the opcode or the global
  kNotRead,    // a form of it that is recognised and not read, `rule`
};

struct TensorFileFault {
  std::string rule;  // a slug of the reader's own: "hole", "duplicate-name", "local-record"
  std::string what;  // the reference reader's words, where it has some
  std::string name;  // the tensor, member, opcode or global concerned
  uint64_t offset = 0;
  uint64_t length = 0;
  uint64_t found = 0;
  uint64_t expected = 0;
};

struct TensorFile {
  std::vector<TensorInfo> tensors;  // in the order of the file; extents name the file given to the reader
  std::vector<std::pair<std::string, std::string>> metadata;  // safetensors' __metadata__, attributes of an HDF5 root
  bool has_format = false;          // safetensors: __metadata__ holds "format"
  std::string wrapper;              // torch: the tensors lie one level down, under this key
  std::vector<std::string> outer_keys;  // torch: keys of the outermost dictionary where there is a wrapper
  bool torchscript = false;
  bool vars_groups = false;         // HDF5: groups ".../vars/0" of Keras 3, whose names say nothing
};

}  // namespace bp
