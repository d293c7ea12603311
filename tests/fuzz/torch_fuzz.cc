// A zip of any pickle and storages, or the old form of one: what is read lies in the file, and its values pass through whole.
#include <algorithm>

#include "containers/torch_legacy.h"
#include "containers/torch_zip.h"
#include "support/fuzz_input.h"
#include "support/pickle_builder.h"
#include "support/zip_builder.h"
#include "tensors/data_pass.h"

using namespace bp::test;

namespace {

struct Inside final : bp::ValueSink {
  const bp::TensorTable& table;
  explicit Inside(const bp::TensorTable& table) : table(table) {}
  bool wants(uint32_t) const override { return true; }
  void take(uint32_t tensor, uint32_t, uint64_t first, std::span<const float> run) override {
    require(first + run.size() <= static_cast<uint64_t>(*bp::elementCount(table[tensor].shape)));
  }
};

void check(bp::TensorFileStatus status, const bp::TensorFile& file, const Bytes& bytes) {
  if (status != bp::TensorFileStatus::kOk) return;
  bp::TensorTable table;
  for (const bp::TensorInfo& tensor : file.tensors) {
    const bp::Extent& extent = tensor.parts.at(0).extent;
    require(extent.offset <= bytes.size() && extent.length <= bytes.size() - extent.offset);
    if (*bp::elementCount(tensor.shape) < 1 << 16) table.add(tensor);
  }
  Inside sink(table);
  const std::vector<uint64_t> sizes = {bytes.size()};
  bp::DataPass pass(table, sizes, &sink, {});
  for (const bp::PlannedRead& read : pass.plan()) {
    require(pass.feed(read.file, read.offset, std::span(bytes).subspan(static_cast<size_t>(read.offset), static_cast<size_t>(read.length))));
  }
  pass.finish();
}

// A tensor on one of a few storages, its numbers the input's; or opcodes as they come.
void addTensor(PickleBuilder& pickle, FuzzInput& input) {
  static constexpr const char* kTypes[] = {"FloatStorage", "LongStorage", "HalfStorage", "BoolStorage", "UntypedStorage"};
  pickle.text(std::string(1, static_cast<char>('a' + input.below(4))));
  const char* type = kTypes[input.below(std::size(kTypes))];
  const std::string key(1, static_cast<char>('0' + input.below(3)));
  const uint64_t elements = input.below(20), offset = input.below(4);
  switch (input.below(4)) {
    case 0: pickle.tensor(type, key, elements, offset, {input.below(8)}, {input.below(4)}); break;
    case 1: pickle.tensor(type, key, elements, offset, {input.below(5), input.below(5)}, {input.below(6), input.below(6)}); break;
    case 2: pickle.tensor(type, key, elements, offset, {}, {}); break;
    default: pickle.op(textOf(input.shortPiece()));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  FuzzInput input(data, size);
  const bool legacy = input.byte() % 2 == 1;
  PickleBuilder pickle;
  pickle.op("}");
  for (size_t count = input.below(5); count > 0; --count) {
    addTensor(pickle, input);
    pickle.op("s");
  }
  const Bytes object = pickle.stop();
  bp::TensorFile file;
  bp::TensorFileFault fault;
  if (!legacy) {
    std::vector<ZipMember> members = {ZipMember::plain("m/data.pkl", textOf(object))};
    if (input.below(2) == 1) members.push_back(ZipMember::plain("m/byteorder", "big"));
    for (const char* key : {"m/data/0", "m/data/1", "m/data/2"}) {
      const Bytes storage = input.shortPiece();
      if (!storage.empty()) members.push_back(ZipMember::plain(key, textOf(storage)));
    }
    const Bytes bytes = zipOf(members);
    bp::BufferSource source(bytes);
    check(bp::readTorchZip(source, 0, file, fault), file, bytes);
    return 0;
  }
  Bytes bytes;
  append(bytes, PickleBuilder().op("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19").stop());
  append(bytes, PickleBuilder().op("M\xe9\x03").stop());
  append(bytes, PickleBuilder().op("}").stop());
  append(bytes, object);
  PickleBuilder keys;
  keys.op("]");
  for (size_t count = input.below(4); count > 0; --count) keys.text(std::string(1, static_cast<char>('0' + input.below(3)))).op("a");
  append(bytes, keys.stop());
  append(bytes, input.rest());
  bp::BufferSource source(bytes);
  check(bp::readTorchLegacy(source, 0, file, fault), file, bytes);
  return 0;
}
