// Any bytes, also as a header with its right length before it: what is read lies in the file, each byte of it in one tensor.
#include "containers/safetensors.h"
#include "support/fuzz_input.h"

using namespace bp::test;

namespace {

void check(const Bytes& bytes) {
  bp::BufferSource source(bytes);
  bp::TensorFile file;
  bp::TensorFileFault fault;
  const auto status = bp::readSafetensors(source, 3, file, fault);
  require(status == bp::TensorFileStatus::kOk || !fault.rule.empty());
  uint64_t covered = 0;
  for (const bp::TensorInfo& tensor : file.tensors) {
    if (!tensor.usable) continue;
    const bp::Extent& extent = tensor.parts.at(0).extent;
    require(bp::elementCount(tensor.shape).has_value() && extent.length <= UINT64_MAX - extent.offset);
    if (status == bp::TensorFileStatus::kOk) require(extent.offset + extent.length <= bytes.size());
    covered += extent.length;
  }
  if (status == bp::TensorFileStatus::kOk && !file.tensors.empty()) require(file.tensors[0].parts[0].extent.offset + covered == bytes.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  FuzzInput input(data, size);
  if (input.byte() % 4 == 0) {
    check(input.rest());
    return 0;
  }
  const size_t data_size = input.byte();
  const Bytes header = input.rest();
  Bytes bytes;
  for (int i = 0; i < 8; ++i) bytes.push_back(static_cast<uint8_t>(uint64_t{header.size()} >> (8 * i)));
  append(bytes, header);
  bytes.resize(bytes.size() + data_size);
  check(bytes);
  return 0;
}
