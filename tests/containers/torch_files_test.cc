// Files written by PyTorch and safetensors, against what those read from them (torch_files/make_torch_files.py).
#include <cmath>

#include "bytes/json_text.h"
#include "containers/open_tensor_file.h"
#include "doctest/doctest.h"
#include "support/fixture_files.h"
#include "support/tensor_values.h"

using namespace bp;
using namespace bp::test;

namespace {

const Json& expected(std::string_view part) {
  static const Bytes text = fixture("../containers/torch_files/expected.json");
  static const JsonText json = parseJsonText(textOf(text));
  REQUIRE(json.is_object);
  return json.find(part)->value;
}

TensorFile open(const Bytes& bytes) {
  const std::span<const uint8_t> all(bytes);
  const auto end = [&](uint64_t most) { return std::min<size_t>(most, bytes.size()); };
  BufferSource source(bytes);
  TensorFile file;
  TensorFileFault fault;
  REQUIRE(openTensorFile(sniff(all.first(end(kSniffHead)), all.last(end(kSniffTail)), bytes.size()), source, 0, file, fault) == TensorFileStatus::kOk);
  return file;
}

Json shapeOf(const TensorInfo& tensor) { return Json(tensor.shape); }

}  // namespace

TEST_CASE("every layout PyTorch writes gives PyTorch's values, from the zip and the old form, in chunks of any size") {
  for (const auto& [name, rows] : expected("files").items()) {
    const Bytes bytes = fixture("../containers/torch_files/" + name);
    const TensorFile file = open(bytes);
    REQUIRE(file.tensors.size() == rows.size());
    CHECK(file.wrapper == (name == "wrapped.pt" ? "model" : ""));
    CHECK(file.outer_keys == (name == "wrapped.pt" ? std::vector<std::string>{"epoch", "model", "optimizer"} : std::vector<std::string>{}));
    for (const size_t chunk : {size_t{1}, size_t{7}, size_t{1} << 20}) {
      const TensorValues read(file, bytes, chunk);
      for (size_t i = 0; i < rows.size(); ++i) {
        const TensorInfo& tensor = file.tensors[i];
        CAPTURE(tensor.name);
        CHECK(tensor.name == rows[i]["name"].get<std::string>());
        CHECK(dtypeName(tensor.dtype) == rows[i]["dtype"].get<std::string>());
        CHECK(shapeOf(tensor) == rows[i]["shape"]);
        const auto values = rows[i]["values"].get<std::vector<double>>();
        REQUIRE(values.size() == read.values[i].size());
        double sum = 0;
        for (size_t k = 0; k < values.size(); ++k) {
          CHECK(read.values[i][k] == static_cast<float>(values[k]));
          sum += values[k];
        }
        CHECK(read.stats[i].count == values.size());
        if (!values.empty()) CHECK(read.stats[i].mean == doctest::Approx(sum / static_cast<double>(values.size())));
      }
    }
  }
}

TEST_CASE("tensors on one storage share their bytes, and tied ones their fingerprint") {
  const Bytes bytes = fixture("../containers/torch_files/state.pt");
  const TensorFile file = open(bytes);
  const TensorValues read(file, bytes, 100);
  const auto index = [&](std::string_view name) { return *read.table.indexOf(name); };
  const auto extent = [&](std::string_view name) { return read.table[index(name)].parts[0].extent; };
  CHECK(extent("base").offset == extent("base.t").offset);
  CHECK(extent("base").length == extent("base.t").length);
  CHECK(extent("rows").offset == extent("base").offset + 16);
  CHECK(extent("columns").length == 40);
  CHECK(extent("expanded").length == 12);
  CHECK(read.table[index("position_ids")].strides.empty());
  CHECK(read.stats[index("tied")].fingerprint == read.stats[index("parameter")].fingerprint);
  CHECK(read.stats[index("base")].fingerprint != read.stats[index("base.t")].fingerprint);
}

TEST_CASE("the fixtures' weights: names, types, shapes and sums as the libraries read them") {
  for (const auto& fixture_rows : expected("fixtures").items()) {
    const std::string path = fixture_rows.key();
    const Json& rows = fixture_rows.value();
    CAPTURE(path);
    const Bytes bytes = fixture(path);
    const TensorFile file = open(bytes);
    const TensorValues read(file, bytes, 1 << 16);
    CHECK(file.wrapper == (path.find("state-dict-wrapped") != std::string::npos ? "state_dict" : ""));
    REQUIRE(file.tensors.size() == rows.size());
    for (const Json& row : rows) {
      const auto index = read.table.indexOf(row["name"].get<std::string>());
      REQUIRE(index.has_value());
      const TensorInfo& tensor = read.table[*index];
      CHECK(dtypeName(tensor.dtype) == row["dtype"].get<std::string>());
      CHECK(shapeOf(tensor) == row["shape"]);
      const TensorStats& stats = read.stats[*index];
      CHECK(stats.mean * static_cast<double>(stats.count) == doctest::Approx(row["sum"].get<double>()).epsilon(1e-5));
    }
  }
}
