#include "containers/shard_map.h"

#include "doctest/doctest.h"
#include "support/fixture_files.h"

using namespace bp;
using namespace bp::test;

namespace {

struct Read {
  TensorFileStatus status = TensorFileStatus::kOk;
  ShardMap map;
  TensorFileFault fault;
};

Read readAll(std::string_view text) {
  Read read;
  read.status = readShardMap(text, read.map, read.fault);
  return read;
}

}  // namespace

TEST_CASE("a map of shards gives tensors and files in order, each file once") {
  const Read read = readAll(R"({"metadata":{"total_size":9007199254740993},"weight_map":{"b":"x-1.bin","a":"x-2.bin","c":"x-1.bin"}})");
  REQUIRE(read.status == TensorFileStatus::kOk);
  CHECK(read.map.weights == std::vector<std::pair<std::string, std::string>>{{"b", "x-1.bin"}, {"a", "x-2.bin"}, {"c", "x-1.bin"}});
  CHECK(read.map.files == std::vector<std::string>{"x-1.bin", "x-2.bin"});
  CHECK(read.map.total_size == 9007199254740993u);
}

TEST_CASE("the real writer's map is read") {
  const Read read = readAll(textOf(fixture("hf/sharded-safetensors/model/model.safetensors.index.json")));
  REQUIRE(read.status == TensorFileStatus::kOk);
  CHECK(read.map.files.size() == 3);
  CHECK(read.map.total_size.has_value());
}

TEST_CASE("the total is a hint: without it, or with nonsense there, the map is read") {
  for (const std::string_view metadata : {"{}", "null", "{\"total_size\":-1}", "{\"total_size\":1.5}", "{\"total_size\":\"1\"}"}) {
    const Read read = readAll("{\"metadata\":" + std::string(metadata) + ",\"weight_map\":{}}");
    CHECK(read.status == TensorFileStatus::kOk);
    CHECK(!read.map.total_size);
  }
}

TEST_CASE("names that leave the folder are refused") {
  for (const std::string_view name : {"", ".", "..", "../x.bin", "a/b.bin", "a\\\\b.bin", "C:x.bin", "/x", "a\\u0000b", "a..b"}) {
    CAPTURE(name);
    const Read read = readAll("{\"weight_map\":{\"t\":\"" + std::string(name) + "\"}}");
    CHECK(read.status == TensorFileStatus::kBadHeader);
    CHECK(read.fault.rule == "shard-name");
  }
}

TEST_CASE("what is no map is told apart") {
  CHECK(readAll("{\"weight_map\":").fault.rule == "json");
  CHECK(readAll("[]").fault.rule == "json");
  CHECK(readAll("{}").fault.rule == "weight-map");
  CHECK(readAll("{\"weight_map\":[]}").fault.rule == "weight-map");
  CHECK(readAll("{\"weight_map\":{\"a\":1}}").fault.rule == "weight-map");
}
