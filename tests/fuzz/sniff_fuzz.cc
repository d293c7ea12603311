// Any beginning and end of a file of any size: it is something, and an empty file is empty.
#include "containers/sniff.h"
#include "support/fuzz_input.h"

using namespace bp::test;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::span<const uint8_t> file(data, size);
  const auto head = file.first(std::min<size_t>(size, bp::kSniffHead));
  const auto tail = file.last(std::min<size_t>(size, bp::kSniffTail));
  const bp::FileKind kind = bp::sniff(head, tail, size);
  require((kind == bp::FileKind::kEmpty) == (size == 0));
  require(!bp::fileKindName(kind).empty());
  require(bp::sniff(head, tail, size + (uint64_t{1} << 40)) != bp::FileKind::kEmpty);
  const bp::LfsPointer pointer = bp::readLfsPointer(textOf(head));
  require(pointer.oid.size() <= 200);
  return 0;
}
