#include "containers/hdf5.h"

#include <cstring>

#include "containers/keras_h5.h"
#include "doctest/doctest.h"
#include "support/fixture_files.h"
#include "support/hdf5_builder.h"

using namespace bp;
using namespace bp::test;

namespace {

struct Read {
  TensorFileStatus status;
  TensorFile file;
  TensorFileFault fault;
};

Read readFile(std::span<const uint8_t> bytes) {
  Read read;
  BufferSource source(bytes);
  read.status = readKerasH5(source, 2, read.file, read.fault);
  return read;
}

H5Node dataset(Shape shape, size_t bytes, H5Data::Layout layout = H5Data::kContiguous, std::string type = kH5Float32) {
  H5Node node;
  Bytes values(bytes);
  for (size_t i = 0; i < bytes; ++i) values[i] = static_cast<uint8_t>(i);
  node.data = H5Data{std::move(shape), std::move(values), layout, std::move(type)};
  return node;
}

// Two layers with weights and one without, the weights not in the order of their names.
H5Node model() {
  H5Node inner;
  inner.children["gamma:0"] = dataset({3}, 12);
  inner.children["beta:0"] = dataset({3}, 12, H5Data::kCompact);
  H5Node norm;
  norm.texts = {{"weight_names", {"norm/gamma:0", "norm/beta:0"}}};
  norm.children["norm"] = inner;
  H5Node table;
  table.texts = {{"weight_names", {"embeddings:0"}}};
  table.children["embeddings:0"] = dataset({4, 3}, 24, H5Data::kContiguous, kH5Float16);
  H5Node empty;
  empty.texts = {{"weight_names", {}}};
  H5Node root;
  root.texts = {{"layer_names", {"words", "dropout", "norm"}}, {"keras_version", {"2.15.0"}}};
  root.children = {{"norm", norm}, {"words", table}, {"dropout", empty}};
  return root;
}

std::vector<std::string> namesOf(const Read& read) {
  std::vector<std::string> names;
  for (const TensorInfo& tensor : read.file.tensors) names.push_back(tensor.name);
  return names;
}

void putAt(Bytes& file, size_t at, uint64_t value) { std::memcpy(&file[at], &value, 8); }

size_t findText(const Bytes& file, std::string_view text, size_t from = 0) {
  const auto at = std::search(file.begin() + static_cast<std::ptrdiff_t>(from), file.end(), text.begin(), text.end());
  REQUIRE(at != file.end());
  return static_cast<size_t>(at - file.begin());
}

}  // namespace

TEST_CASE("a file by the real Keras gives its weights in the order of the model") {
  const Bytes file = fixture("tf/h5-keras-bert/chinese_L-2_H-32_A-4/model.h5");
  const Read read = readFile(file);
  REQUIRE(read.status == TensorFileStatus::kOk);
  REQUIRE(read.file.tensors.size() == 37);
  CHECK(read.file.tensors[0].name == "Embedding-Token/Embedding-Token/embeddings:0");
  CHECK(read.file.tensors[0].shape == Shape{128, 32});
  CHECK(read.file.tensors[3].name == "Embedding-Norm/Embedding-Norm/gamma:0");
  CHECK(read.file.tensors[5].name == "Encoder-1-MultiHeadSelfAttention/Encoder-1-MultiHeadSelfAttention/Encoder-1-MultiHeadSelfAttention_Wq:0");
  CHECK(read.file.tensors[6].shape == Shape{32});
  CHECK(read.file.tensors[17].shape == Shape{44, 32});
  CHECK(read.file.tensors[17].parts[0].extent.length == 44 * 32 * 4);
  CHECK_FALSE(read.file.vars_groups);
  CHECK(std::find(read.file.metadata.begin(), read.file.metadata.end(), std::pair<std::string, std::string>("keras_version", "2.15.0")) !=
        read.file.metadata.end());
}

TEST_CASE("names and data come out the same however text, headers and trees are laid out") {
  for (const bool variable : {false, true}) {
    for (const bool continued : {false, true}) {
      for (const size_t node : {size_t{2}, size_t{3}, size_t{32}}) {
        for (const size_t user_block : {size_t{0}, size_t{512}, size_t{2048}}) {
          H5Options options;
          options.variable = variable;
          options.continued = continued;
          options.node = node;
          options.user_block = user_block;
          const Bytes file = H5Builder(options).build(model());
          const Read read = readFile(file);
          REQUIRE(read.status == TensorFileStatus::kOk);
          CHECK(namesOf(read) == std::vector<std::string>{"words/embeddings:0", "norm/norm/gamma:0", "norm/norm/beta:0"});
          CHECK(read.file.tensors[0].dtype == DType::kFloat16);
          CHECK(read.file.tensors[1].dtype == DType::kFloat32);
          for (const TensorInfo& tensor : read.file.tensors) {
            const Extent& extent = tensor.parts[0].extent;
            REQUIRE(extent.file == 2);
            for (uint64_t i = 0; i < extent.length; ++i) CHECK(file[extent.offset + i] == i);
          }
        }
      }
    }
  }
}

TEST_CASE("a list of names goes on in numbered attributes; a whole model has its weights one level down") {
  H5Node root;
  root.texts = {{"model_config", {"{}"}}};
  H5Node weights = model();
  weights.texts = {{"layer_names0", {"words"}}, {"layer_names1", {"norm"}}};
  root.children["model_weights"] = weights;
  H5Node optimizer;
  optimizer.children["training"] = dataset({2}, 8);
  root.children["optimizer_weights"] = optimizer;
  const Read read = readFile(H5Builder().build(root));
  REQUIRE(read.status == TensorFileStatus::kOk);
  CHECK(namesOf(read) == std::vector<std::string>{"words/embeddings:0", "norm/norm/gamma:0", "norm/norm/beta:0"});
  REQUIRE(read.file.metadata.size() == 1);
  CHECK(read.file.metadata[0].first == "model_config");
}

TEST_CASE("without lists of names every dataset is listed by path, and the form of Keras 3 is told") {
  H5Node vars;
  vars.children = {{"0", dataset({2, 2}, 16)}, {"1", dataset({2}, 8)}};
  H5Node dense, layers, root;
  dense.children["vars"] = vars;
  layers.children["dense"] = dense;
  root.children = {{"layers", layers}, {"optimizer_weights", vars}};
  const Read read = readFile(H5Builder().build(root));
  REQUIRE(read.status == TensorFileStatus::kOk);
  CHECK(read.file.vars_groups);
  CHECK(namesOf(read) == std::vector<std::string>{"layers/dense/vars/0", "layers/dense/vars/1"});
}

TEST_CASE("what is recognised and not read says so") {
  const auto ruleOf = [](const Bytes& file) {
    const Read read = readFile(file);
    CHECK(read.status == TensorFileStatus::kNotRead);
    return read.fault.rule;
  };
  H5Node root;
  root.children["chunks"] = dataset({2}, 8, H5Data::kChunked);
  CHECK(ruleOf(H5Builder().build(root)) == "chunked");
  Bytes newer = H5Builder().build(model());
  newer[8] = 2;
  CHECK(ruleOf(newer) == "superblock-2");
  Bytes linked = H5Builder().build(model());
  size_t root_node = 0;  // the last one
  for (size_t at = 0; at + 4 <= linked.size(); ++at) {
    if (textOf(std::span(linked).subspan(at, 4)) == "SNOD") root_node = at;
  }
  linked[root_node + 8 + 16] = 2;  // cache type of the first symbol: a link to a path
  CHECK(ruleOf(linked) == "links");
}

TEST_CASE("data that was never written is zeros, as far as that is no bomb") {
  H5Node root;
  root.children["zeros"] = dataset({2, 3}, 24, H5Data::kUnwritten);
  const Read read = readFile(H5Builder().build(root));
  REQUIRE(read.status == TensorFileStatus::kOk);
  REQUIRE(read.file.tensors[0].parts[0].values);
  CHECK(*read.file.tensors[0].parts[0].values == std::vector<uint8_t>(24));
  root.children["bomb"] = dataset({1 << 30, 1 << 20}, 0, H5Data::kUnwritten);
  CHECK(readFile(H5Builder().build(root)).fault.rule == "unwritten");
}

TEST_CASE("hostile addresses, loops and sizes end in their fault") {
  const Bytes good = H5Builder().build(model());
  const auto fault = [](const Bytes& file) {
    const Read read = readFile(file);
    CHECK(read.status == TensorFileStatus::kBadHeader);
    return read.fault.rule;
  };
  {
    Bytes file = good;  // a root header past the end, at 2^63, and at the last byte
    for (const uint64_t address : {uint64_t{file.size()}, uint64_t{1} << 63, UINT64_MAX - 1, uint64_t{file.size() - 1}}) {
      putAt(file, 64, address);
      CHECK(fault(file) == "address");
    }
  }
  {
    Bytes file = good;
    const size_t heap = findText(file, "HEAP");
    putAt(file, heap + 8, uint64_t{1} << 63);  // the size of its data
    CHECK(fault(file) == "address");
  }
  {
    Bytes file = good;
    const size_t tree = findText(file, "TREE");
    putAt(file, tree + 32, tree);  // a leaf whose child is itself
    CHECK(fault(file) == "symbol-node");
    file[tree + 5] = 1;  // an inner node whose child is itself
    CHECK(fault(file) == "loop");
  }
  {
    H5Options options;
    options.continued = true;
    Bytes file = H5Builder(options).build(model());
    const uint64_t root = file[64] | uint64_t{file[65]} << 8 | uint64_t{file[66]} << 16;
    const size_t message = static_cast<size_t>(root) + 16 + 24;  // behind the symbol table
    REQUIRE(file[message] == 0x10);
    putAt(file, message + 8, root + 16);
    CHECK(fault(file) == "loop");
  }
  {
    H5Node root = model();
    root.texts[0].second.push_back("absent");
    CHECK(fault(H5Builder().build(root)) == "missing-link");
    H5Node deep = dataset({1}, 4);
    for (int i = 0; i < 40; ++i) {
      H5Node above;
      above.children["g"] = deep;
      deep = above;
    }
    CHECK(fault(H5Builder().build(deep)) == "too-deep");
    H5Node small;
    small.children["short"] = dataset({4}, 8);
    CHECK(fault(H5Builder().build(small)) == "layout-size");
    small.children["short"] = dataset({INT64_MAX, INT64_MAX}, 8);
    CHECK(fault(H5Builder().build(small)) == "shape");
  }
  CHECK(fault(bytesOf("no HDF5 at all")) == "signature");
}

TEST_CASE("a file shorter than it says is truncated") {
  H5Options options;
  options.end_beyond = 100;
  const Bytes file = H5Builder(options).build(model());
  const Read read = readFile(file);
  CHECK(read.status == TensorFileStatus::kTruncated);
  CHECK(read.fault.found == file.size());
  CHECK(read.fault.expected == file.size() + 100);
}

TEST_CASE("of a large file only the structure is read, in few rounds") {
  H5Node root = model();
  root.texts[0].second.push_back("large");
  H5Node large;
  large.texts = {{"weight_names", {"w:0"}}};
  large.children["w:0"] = dataset({1 << 20}, 4 << 20);
  root.children["large"] = large;
  const Bytes file = H5Builder().build(root);
  PagedSource source(file.size());
  TensorFile read;
  TensorFileFault fault;
  uint64_t supplied = 0;
  int rounds = 0;
  while (readKerasH5(source, 0, read, fault) == TensorFileStatus::kPending) {
    REQUIRE(++rounds < 20);
    const std::vector<ByteRange> wanted = source.takeWanted();
    REQUIRE_FALSE(wanted.empty());
    for (const ByteRange& range : wanted) {
      source.supply(range.offset, std::span(file).subspan(range.offset, range.length));
      supplied += range.length;
    }
  }
  CHECK(read.tensors.size() == 4);
  CHECK(supplied < 64 << 10);
}

TEST_CASE("every prefix and every changed byte ends in a status, extents inside the file") {
  const auto see = [](std::span<const uint8_t> bytes) {
    const Read read = readFile(bytes);
    CHECK(read.status != TensorFileStatus::kPending);
    if (read.status != TensorFileStatus::kOk) {
      CHECK_FALSE(read.fault.rule.empty());
      CHECK(read.file.tensors.empty());
    }
    for (const TensorInfo& tensor : read.file.tensors) {
      const Extent& extent = tensor.parts[0].extent;
      CHECK(extent.offset <= bytes.size());
      CHECK(extent.length <= bytes.size() - extent.offset);
    }
  };
  for (const bool variable : {false, true}) {
    H5Options options;
    options.variable = options.continued = variable;
    options.node = 2;
    const Bytes good = H5Builder(options).build(model());
    everyPrefix(good, see);
    everyByteChanged(good, [&](std::span<const uint8_t> bytes, size_t) { see(bytes); });
  }
}
