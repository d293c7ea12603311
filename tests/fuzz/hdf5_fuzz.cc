// Any file, and a sound one with bytes put anywhere: it ends, extents lie inside the file, and a refusal says why.
#include "containers/keras_h5.h"
#include "support/fuzz_input.h"
#include "support/hdf5_builder.h"

using namespace bp::test;

namespace {

H5Node nodeOf(FuzzInput& input, int depth) {
  H5Node node;
  if (depth == 0 || input.below(3) == 0) {
    H5Data data;
    for (size_t rank = input.below(3); rank > 0; --rank) data.shape.push_back(static_cast<int64_t>(input.below(5)));
    data.bytes = input.shortPiece();
    data.layout = static_cast<H5Data::Layout>(input.below(4));
    if (input.below(2) == 1) data.type = kH5Float16;
    node.data = std::move(data);
    return node;
  }
  static constexpr const char* kNames[] = {"a", "b", "vars", "model_weights", "optimizer_weights"};
  std::vector<std::string> names;
  for (size_t children = input.below(4); children > 0; --children) {
    names.push_back(kNames[input.below(5)]);
    node.children[names.back()] = nodeOf(input, depth - 1);
  }
  if (input.below(2) == 1) node.texts = {{input.below(2) == 1 ? "layer_names" : "weight_names", names}};
  return node;
}

Bytes fileOf(FuzzInput input) {
  const uint8_t mode = input.byte();
  if ((mode & 1) != 0) return input.rest();
  H5Options options;
  options.variable = (mode & 2) != 0;
  options.continued = (mode & 4) != 0;
  options.node = (mode & 8) != 0 ? 2 : 8;
  options.user_block = (mode & 16) != 0 ? 512 : 0;
  Bytes file = H5Builder(options).build(nodeOf(input, 4));
  while (!input.empty()) {
    const size_t at = (input.byte() | size_t{input.byte()} << 8) % file.size();
    file[at] = input.byte();
  }
  return file;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Bytes file = fileOf(FuzzInput(data, size));
  bp::BufferSource source(file);
  bp::TensorFile read;
  bp::TensorFileFault fault;
  const bp::TensorFileStatus status = bp::readKerasH5(source, 1, read, fault);
  require(status != bp::TensorFileStatus::kPending);
  if (status != bp::TensorFileStatus::kOk) {
    require(read.tensors.empty() && !fault.rule.empty());
    return 0;
  }
  for (const bp::TensorInfo& tensor : read.tensors) {
    require(tensor.parts.size() == 1);
    const bp::Extent& extent = tensor.parts[0].extent;
    require(extent.offset <= file.size() && extent.length <= file.size() - extent.offset);
  }
  return 0;
}
