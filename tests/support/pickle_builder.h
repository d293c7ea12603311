// Writes pickles opcode by opcode, and the calls that PyTorch's tensors are made of.
#pragma once

#include <string>

#include "support/byte_cases.h"

namespace bp::test {

class PickleBuilder {
 public:
  PickleBuilder() { op("\x80\x02"); }

  PickleBuilder& op(std::string_view bytes) {
    append(bytes_, bytesOf(bytes));
    return *this;
  }
  PickleBuilder& number(uint64_t value, int width) {  // least significant byte first
    for (int i = 0; i < width; ++i) bytes_.push_back(static_cast<uint8_t>(value >> (8 * i)));
    return *this;
  }
  PickleBuilder& text(std::string_view text) { return op("X").number(text.size(), 4).op(text); }
  PickleBuilder& integer(uint64_t value) { return value < 256 ? op("K").number(value, 1) : op("\x8a\x08").number(value, 8); }
  PickleBuilder& global(std::string_view module, std::string_view name) { return op("c").op(module).op("\n").op(name).op("\n"); }
  PickleBuilder& put(uint32_t key) { return op("r").number(key, 4); }
  PickleBuilder& get(uint32_t key) { return op("j").number(key, 4); }
  PickleBuilder& integers(std::initializer_list<uint64_t> values) {
    op("(");
    for (const uint64_t value : values) integer(value);
    return op("t");
  }
  PickleBuilder& storage(std::string_view type, std::string_view key, uint64_t elements) {
    return op("(").text("storage").global("torch", type).text(key).text("cpu").integer(elements).op("tQ");
  }
  PickleBuilder& tensor(std::string_view type, std::string_view key, uint64_t elements, uint64_t offset, std::initializer_list<uint64_t> shape,
                        std::initializer_list<uint64_t> strides) {
    global("torch._utils", "_rebuild_tensor_v2").op("(").storage(type, key, elements).integer(offset).integers(shape).integers(strides);
    return op("\x89").global("collections", "OrderedDict").op(")RtR");
  }
  Bytes stop() {
    op(".");
    return bytes_;
  }

 private:
  Bytes bytes_;
};

}  // namespace bp::test
