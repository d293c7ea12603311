// Any string tensor, and any graph: keys and names come from its bytes.
#include "bytes/crc32c.h"
#include "containers/object_graph.h"
#include "support/fuzz_input.h"
#include "support/proto_builder.h"

using namespace bp::test;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::span<const uint8_t> bytes(data, size);
  for (const bool big_endian : {false, true}) {
    const auto text = bp::readStringScalar(bytes, big_endian);
    require(!text || text->size() + 5 <= size);
  }
  Bytes stored, length;
  putVarint(stored, size);
  putU32(length, static_cast<uint32_t>(size));
  putU32(stored, bp::maskCrc(bp::crc32c(length)));
  append(stored, bytes);
  const auto text = bp::readStringScalar(stored, false);
  require(text && std::equal(text->begin(), text->end(), bytes.begin(), bytes.end()));
  const auto variables = bp::readObjectGraph(*text);
  if (!variables) return 0;
  size_t total = 0;
  for (const bp::ObjectGraphVariable& variable : *variables) {
    require(!variable.checkpoint_key.empty());
    total += variable.checkpoint_key.size() + variable.full_name.size();
  }
  require(total <= size);
  return 0;
}
