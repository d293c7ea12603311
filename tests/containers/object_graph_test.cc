#include "containers/object_graph.h"

#include <algorithm>

#include "bytes/crc32c.h"
#include "containers/tensor_bundle.h"
#include "doctest/doctest.h"
#include "support/fixture_files.h"
#include "support/proto_builder.h"

using namespace bp;
using namespace bp::test;

namespace {

Bytes small() {
  Proto attribute;
  attribute.text(1, "VARIABLE_VALUE").text(2, "word_embeddings/embeddings").text(3, "model/w/.ATTRIBUTES/VARIABLE_VALUE");
  Proto nameless;
  nameless.text(1, "OBJECT_CONFIG_JSON").text(3, "model/.ATTRIBUTES/OBJECT_CONFIG_JSON");
  return Proto()
      .message(1, Proto().message(1, Proto().varint(1, 1).text(2, "model")))
      .message(1, Proto().message(2, attribute).message(2, nameless))
      .done();
}

}  // namespace

TEST_CASE("attributes give their key and full name, which may be empty") {
  const auto variables = readObjectGraph(small());
  REQUIRE(variables);
  REQUIRE(variables->size() == 2);
  CHECK((*variables)[0].checkpoint_key == "model/w/.ATTRIBUTES/VARIABLE_VALUE");
  CHECK((*variables)[0].full_name == "word_embeddings/embeddings");
  CHECK((*variables)[1].full_name.empty());
}

TEST_CASE("a graph that tf.train.Checkpoint wrote maps every key of its index") {
  const std::string set = "tf/object-graph/chinese_L-2_H-32_A-4/bert_model.ckpt";
  const Bytes index = fixture(set + ".index"), data = fixture(set + ".data-00000-of-00001");
  BufferSource source(index);
  TensorBundle bundle;
  TableFault fault;
  REQUIRE(readTensorBundle(source, bundle, fault) == BundleStatus::kOk);
  const auto graph = std::find_if(bundle.entries.begin(), bundle.entries.end(), [](const BundleEntry& e) { return e.name == kObjectGraphKey; });
  REQUIRE(graph != bundle.entries.end());
  const auto stored = std::span(data).subspan(static_cast<size_t>(graph->offset), static_cast<size_t>(graph->size));
  const auto bytes = readStringScalar(stored, false);
  REQUIRE(bytes);
  const auto variables = readObjectGraph(*bytes);
  REQUIRE(variables);
  for (const BundleEntry& entry : bundle.entries) {
    if (entry.name == kObjectGraphKey) continue;
    CHECK(std::any_of(variables->begin(), variables->end(), [&](const ObjectGraphVariable& v) { return v.checkpoint_key == entry.name; }));
  }
}

TEST_CASE("a string scalar's length is checked against its checksum and the bytes there, in either byte order") {
  Bytes little = fromHex("02"), big = fromHex("02");
  const uint32_t little_crc = maskCrc(crc32c(fromHex("02000000"))), big_crc = maskCrc(crc32c(fromHex("00000002")));
  putU32(little, little_crc);
  for (int i = 3; i >= 0; --i) big.push_back(static_cast<uint8_t>(big_crc >> (8 * i)));
  append(little, bytesOf("ab"));
  append(big, bytesOf("ab"));
  CHECK(readStringScalar(little, false) == bytesOf("ab"));
  CHECK(readStringScalar(big, true) == bytesOf("ab"));
  CHECK_FALSE(readStringScalar(little, true));
  CHECK_FALSE(readStringScalar(big, false));
  everyPrefix(little, [](std::span<const uint8_t> cut) { CHECK_FALSE(readStringScalar(cut, false)); });
  Bytes longer = little;
  longer.push_back('c');
  CHECK_FALSE(readStringScalar(longer, false));
  CHECK_FALSE(readStringScalar(fromHex("ff ff ff ff ff ff ff ff ff 01 00000000"), false));
}

TEST_CASE("damage to a graph never gives more variables than it has") {
  const Bytes good = small();
  everyPrefix(good, [](std::span<const uint8_t> cut) {
    const auto variables = readObjectGraph(cut);
    if (variables) CHECK(variables->size() <= 2);
  });
  everyByteChanged(good, [](std::span<const uint8_t> changed, size_t) {
    const auto variables = readObjectGraph(changed);
    if (variables) CHECK(variables->size() <= 2);
  });
}
