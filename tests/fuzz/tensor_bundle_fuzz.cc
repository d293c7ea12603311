// Any header and entries in a sound table: sizes and boxes that pass the checks can be computed with.
#include "containers/tensor_bundle.h"
#include "support/fuzz_input.h"
#include "support/table_builder.h"

using namespace bp::test;

namespace {

Bytes indexOf(FuzzInput input) {
  const uint8_t mode = input.byte();
  if ((mode & 1) != 0) return input.rest();
  TableOptions options;
  options.block_bytes = (mode & 2) != 0 ? 1 : 262144;
  options.snappy = (mode & 4) != 0;
  TableBuilder table(options);
  table.add("", (mode & 8) != 0 ? input.shortPiece() : fromHex("08 01 1a 02 08 01"));
  while (!input.empty()) {
    const Bytes key = input.shortPiece();
    table.add(std::string(textOf(key)), input.piece());
  }
  return table.build();
}

void checkBox(const bp::BundleSlice& slice, const bp::Shape& shape) {
  require(slice.found && slice.start.size() == shape.size() && slice.length.size() == shape.size());
  for (size_t d = 0; d < shape.size(); ++d) {
    require(slice.start[d] >= 0 && slice.length[d] > 0 && slice.length[d] <= shape[d] && slice.start[d] <= shape[d] - slice.length[d]);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Bytes index = indexOf(FuzzInput(data, size));
  bp::BufferSource source(index);
  bp::TensorBundle bundle;
  bp::TableFault fault;
  const bp::BundleStatus status = bp::readTensorBundle(source, bundle, fault);
  require(status != bp::BundleStatus::kPending);
  if (status != bp::BundleStatus::kOk) {
    require(bundle.entries.empty() && (status == bp::BundleStatus::kV1 || !fault.what.empty()));
    return 0;
  }
  require(bundle.header.num_shards > 0);
  for (const bp::BundleEntry& entry : bundle.entries) {
    require(!entry.name.empty() && entry.name[0] != '\0');
    if (const auto bytes = bp::expectedBytes(entry)) require(*bytes <= static_cast<uint64_t>(INT64_MAX));
    if (entry.slices.empty()) continue;
    const std::vector<std::string> faults = bp::sliceFaults(entry);
    require(faults.size() <= 11);
    if (!faults.empty()) continue;
    uint64_t covered = 0;
    for (const bp::BundleSlice& slice : entry.slices) {
      checkBox(slice, entry.shape);
      covered += static_cast<uint64_t>(*bp::elementCount(slice.length));
    }
    require(covered == static_cast<uint64_t>(*bp::elementCount(entry.shape)));
  }
  return 0;
}
