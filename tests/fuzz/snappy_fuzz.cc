// Any block: what is inflated has the declared length and stays below the limit.
#include "bytes/byte_reader.h"
#include "containers/snappy.h"
#include "support/fuzz_input.h"

using namespace bp::test;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr uint64_t kLimit = 1 << 20;
  std::vector<uint8_t> out;
  if (!bp::inflateSnappy({data, size}, kLimit, out)) return 0;
  bp::ByteReader reader({data, size});
  require(out.size() == reader.varint32("length") && out.size() <= kLimit && out.size() <= size * 32);
  return 0;
}
