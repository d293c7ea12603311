// What a reader of weights files makes of some bytes.
#pragma once

#include "containers/tensor_file.h"
#include "doctest/doctest.h"
#include "support/byte_cases.h"

namespace bp::test {

struct Read {
  TensorFileStatus status = TensorFileStatus::kOk;
  TensorFile file;
  TensorFileFault fault;
};

template <typename Reader>
Read readWith(Reader reader, std::span<const uint8_t> bytes, uint32_t file) {
  BufferSource source(bytes);
  Read read;
  read.status = reader(source, file, read.file, read.fault);
  return read;
}

inline void expectFault(const Read& read, TensorFileStatus status, std::string_view rule, std::string_view name = {}) {
  CHECK(read.status == status);
  CHECK(read.fault.rule == rule);
  CHECK(read.fault.name == name);
}

}  // namespace bp::test
