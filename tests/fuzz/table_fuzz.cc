// Any file, and any contents of a block whose checksum is right: keys rise, values lie in the block, and a fault says where.
#include "containers/table.h"
#include "support/fuzz_input.h"
#include "support/table_builder.h"

using namespace bp::test;

namespace {

Bytes fileOf(FuzzInput input) {
  const uint8_t mode = input.byte();
  if ((mode & 3) == 0) return input.rest();
  TableOptions options;
  options.snappy = (mode & 4) != 0;
  options.block_bytes = 1;
  const int target = (mode & 3) == 1 ? -2 : (mode & 3) - 2;  // the index block, the first or the second data block
  const Bytes contents = input.rest();
  options.edit = [&](int which, Bytes& block, uint8_t& type) {
    if (which != target) return;
    block = contents;
    type = (mode & 8) != 0 ? 1 : 0;
  };
  return TableBuilder(options).add("", bytesOf("header")).add("b", bytesOf("value")).add("c", bytesOf("value")).build();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Bytes file = fileOf(FuzzInput(data, size));
  bp::BufferSource source(file);
  bp::TableFault fault;
  std::string last;
  bool any = false;
  const bp::ParseStatus status = bp::visitTable(source, 1 << 20, [&](std::string_view key, std::span<const uint8_t> value, uint64_t place) {
    require(!any || key > last);
    require(place < file.size() && value.size() <= (1 << 20));
    any = true;
    last = key;
    return true;
  }, fault);
  require(status != bp::ParseStatus::kPending);
  require((status == bp::ParseStatus::kFailed) == !fault.step.empty());
  return 0;
}
