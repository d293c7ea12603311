// Any file, and any header and records in a sound table: extents lie inside the file, and usable tensors have all their values.
#include "containers/tf_v1.h"
#include "support/fuzz_input.h"
#include "support/v1_builder.h"

using namespace bp::test;

namespace {

Bytes fileOf(FuzzInput input) {
  const uint8_t mode = input.byte();
  if ((mode & 1) != 0) return input.rest();
  V1Options options;
  options.table.snappy = (mode & 2) != 0;
  options.table.block_bytes = (mode & 4) != 0 ? 1 : 262144;
  if ((mode & 8) != 0) {
    TableBuilder table(options.table);
    table.add("", input.piece());
    while (!input.empty()) {
      const Bytes key = input.shortPiece();
      table.add(std::string(textOf(key)), input.piece());
    }
    return table.build();
  }
  std::vector<V1Tensor> tensors;
  while (!input.empty()) {
    V1Tensor tensor;
    const Bytes name = input.shortPiece();
    tensor.name = textOf(name);
    tensor.dtype = input.byte();
    tensor.field = static_cast<uint32_t>(1 + input.below(20));
    const size_t rank = input.below(4);
    for (size_t d = 0; d < rank; ++d) tensor.shape.push_back(static_cast<int8_t>(input.byte()));
    for (size_t boxes = input.below(4); boxes > 0; --boxes) {
      V1Box box;
      for (size_t d = 0; d < rank; ++d) {
        box.start.push_back(static_cast<int64_t>(input.below(4)));
        box.length.push_back(static_cast<int64_t>(input.below(8)) - 1);
      }
      box.values = input.shortPiece();
      tensor.boxes.push_back(std::move(box));
    }
    tensors.push_back(std::move(tensor));
  }
  if ((mode & 16) != 0) options.record = [](const V1Tensor&, const V1Box& box) { return box.values; };
  return v1File(tensors, options);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Bytes file = fileOf(FuzzInput(data, size));
  bp::BufferSource source(file);
  bp::V1Checkpoint checkpoint;
  bp::TableFault fault;
  const bp::TensorFileStatus status = bp::readTfV1(source, 1, checkpoint, fault);
  require(status != bp::TensorFileStatus::kPending);
  if (status != bp::TensorFileStatus::kOk) {
    require(checkpoint.tensors.empty() && (status == bp::TensorFileStatus::kNotRead || !fault.what.empty()));
    return 0;
  }
  for (const bp::ChecksumRun& run : checkpoint.runs) {
    require(run.extent.offset <= file.size() && run.extent.length <= file.size() - run.extent.offset);
  }
  for (const bp::TensorInfo& tensor : checkpoint.tensors) {
    for (const bp::TensorPart& part : tensor.parts) {
      if (part.extent.file == bp::kNoFile) {
        require(!tensor.usable);
        continue;
      }
      require(part.extent.offset <= file.size() && part.extent.length <= file.size() - part.extent.offset);
      require(!part.run || *part.run < checkpoint.runs.size());
      const auto count = bp::elementCount(part.length.empty() ? tensor.shape : part.length);
      const uint64_t item = bp::itemSize(tensor.dtype);
      if (tensor.usable && item > 0) require(count && (part.values ? part.values->size() : part.extent.length) == static_cast<uint64_t>(*count) * item);
    }
  }
  return 0;
}
