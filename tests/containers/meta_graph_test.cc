#include "containers/meta_graph.h"

#include "containers/tensor_bundle.h"
#include "doctest/doctest.h"
#include "support/fixture_files.h"
#include "support/proto_builder.h"

using namespace bp;
using namespace bp::test;

namespace {

struct Opened {
  ParseStatus status;
  MetaGraph graph;
};

Opened open(std::span<const uint8_t> bytes) {
  BufferSource source(bytes);
  Opened opened;
  opened.status = readMetaGraph(source, opened.graph);
  return opened;
}

Proto attr(std::string_view key, const Proto& value) { return Proto().text(1, key).message(2, value); }

Proto node(std::string_view name, std::string_view op, const std::vector<Proto>& attrs = {}) {
  Proto proto;
  proto.text(1, name).text(2, op);
  for (const Proto& a : attrs) proto.message(5, a);
  return proto;
}

Proto shape(const Shape& dims) {
  Proto proto;
  for (const int64_t dim : dims) proto.message(2, Proto().varint(1, static_cast<uint64_t>(dim)));
  return Proto().message(7, proto);
}

Bytes small() {
  Proto names;
  names.varint(1, 7).text(8, "w").text(8, "global_step").text(8, "w");
  Proto graph;
  graph.message(1, node("w/part_0", "VariableV2", {attr("shape", shape({3, -1})), attr("dtype", Proto().varint(6, 1))}));
  graph.message(1, node("global_step", "VarHandleOp", {attr("dtype", Proto().varint(6, 9)), attr("shape", shape({}))}));
  graph.message(1, node("add", "AddV2"));
  graph.message(1, node("save/SaveV2/tensor_names", "Const", {attr("value", Proto().message(8, names))}));
  graph.message(1, node("other/tensor_names", "Const", {attr("value", Proto().message(8, Proto().text(8, "not saved")))}));
  return Proto()
      .message(1, Proto().text(4, "train").text(5, "1.15.0"))
      .message(2, graph)
      .message(3, Proto().text(1, "save/Const:0").varint(5, 1).varint(7, 2))
      .message(4, Proto().text(1, "variables"))
      .done();
}

}  // namespace

TEST_CASE("a graph that TensorFlow wrote names the tensors of its index") {
  const Opened opened = open(fixture("tf/good-chinese/chinese_L-2_H-32_A-4/bert_model.ckpt.meta"));
  REQUIRE(opened.status == ParseStatus::kOk);
  CHECK(opened.graph.tensorflow_version == "2.15.1");
  CHECK(opened.graph.saver_version == 2);
  const Bytes index = fixture("tf/good-chinese/chinese_L-2_H-32_A-4/bert_model.ckpt.index");
  BufferSource source(index);
  TensorBundle bundle;
  TableFault fault;
  REQUIRE(readTensorBundle(source, bundle, fault) == BundleStatus::kOk);
  std::vector<std::string> names;
  for (const BundleEntry& entry : bundle.entries) names.push_back(entry.name);
  CHECK(opened.graph.saved_names == names);
  CHECK(opened.graph.variables.size() == names.size());
}

TEST_CASE("variables, saved names and the writer are read, the rest is passed over") {
  const Opened opened = open(small());
  REQUIRE(opened.status == ParseStatus::kOk);
  const MetaGraph& graph = opened.graph;
  CHECK(graph.tensorflow_version == "1.15.0");
  CHECK(graph.sharded);
  CHECK(graph.saver_version == 2);
  CHECK(graph.saved_names == std::vector<std::string>{"global_step", "w"});
  REQUIRE(graph.variables.size() == 2);
  CHECK(graph.variables[0].name == "w/part_0");
  CHECK(graph.variables[0].shape == Shape{3, -1});
  CHECK(graph.variables[0].dtype_number == 1);
  CHECK(graph.variables[1].known_shape);
  CHECK(graph.variables[1].shape.empty());
}

TEST_CASE("what is no MetaGraphDef fails") {
  CHECK(open({}).status == ParseStatus::kFailed);
  CHECK(open(bytesOf("meta_info_def {\n  tags: \"train\"\n}\n")).status == ParseStatus::kFailed);
  CHECK(open(Proto().varint(9, 1).done()).status == ParseStatus::kFailed);
}

TEST_CASE("every cut fails or gives no name the whole does not have, and no changed byte crashes") {
  const Bytes good = small();
  const MetaGraph whole = open(good).graph;
  everyPrefix(good, [&](std::span<const uint8_t> cut) {
    const Opened opened = open(cut);
    if (opened.status == ParseStatus::kFailed) CHECK(opened.graph.saved_names.empty());
    for (const std::string& name : opened.graph.saved_names) {
      CHECK(std::find(whole.saved_names.begin(), whole.saved_names.end(), name) != whole.saved_names.end());
    }
  });
  everyByteChanged(good, [&](std::span<const uint8_t> changed, size_t) { CHECK(open(changed).graph.variables.size() <= 2); });
}

TEST_CASE("a graph over 64 MiB is not asked for") {
  PagedSource source((uint64_t{64} << 20) + 1);
  MetaGraph graph;
  CHECK(readMetaGraph(source, graph) == ParseStatus::kFailed);
  CHECK(source.takeWanted().empty());
}
