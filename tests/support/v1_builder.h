// Writes a checkpoint in TensorFlow's older form, and one with a fault where a test asks for it.
#pragma once

#include <cstring>
#include <functional>

#include "containers/slice_key.h"
#include "support/table_builder.h"

namespace bp::test {

struct V1Box {
  Shape start, length;  // as TensorFlow writes them: 0 and -1 for a whole dimension
  Bytes values;         // the packed field
};

struct V1Tensor {
  std::string name;
  uint32_t dtype = 1;  // types.proto
  uint32_t field = 5;  // of TensorProto: float_val
  Shape shape;
  std::vector<V1Box> boxes;
};

inline Bytes floatBytes(std::initializer_list<float> values) {
  Bytes bytes;
  for (const float value : values) {
    uint32_t bits;
    std::memcpy(&bits, &value, 4);
    putU32(bytes, bits);
  }
  return bytes;
}
inline Bytes varintBytes(std::initializer_list<int64_t> values) {
  Bytes bytes;
  for (const int64_t value : values) putVarint(bytes, static_cast<uint64_t>(value));
  return bytes;
}
inline V1Tensor v1Floats(std::string name, Shape shape, Bytes values) {
  return {std::move(name), 1, 5, shape, {{Shape(shape.size(), 0), Shape(shape.size(), -1), std::move(values)}}};
}

struct V1Options {
  TableOptions table;
  Proto versions = Proto().varint(1, 1);
  std::function<Bytes(const V1Tensor&, const V1Box&)> record;  // in the place of the value TensorFlow writes
};

inline Proto v1Slice(const V1Box& box) {
  Proto slice;
  for (size_t d = 0; d < box.start.size(); ++d) {
    Proto extent;
    if (box.start[d] != 0) extent.varint(1, static_cast<uint64_t>(box.start[d]));
    if (box.length[d] != -1) extent.varint(2, static_cast<uint64_t>(box.length[d]));
    slice.message(1, extent);
  }
  return slice;
}

inline Bytes v1Record(const V1Tensor& tensor, const V1Box& box) {
  const Proto data = box.values.empty() ? Proto() : Proto().bytes(tensor.field, box.values);
  return Proto().message(2, Proto().text(1, tensor.name).message(2, v1Slice(box)).message(3, data)).done();
}

inline Bytes v1File(const std::vector<V1Tensor>& tensors, const V1Options& options = {}) {
  TableBuilder table(options.table);
  Proto meta;
  for (const V1Tensor& tensor : tensors) {
    Proto shape;
    for (const int64_t dim : tensor.shape) shape.message(2, Proto().varint(1, static_cast<uint64_t>(dim)));
    Proto one = Proto().text(1, tensor.name).message(2, shape).varint(3, tensor.dtype);
    for (const V1Box& box : tensor.boxes) {
      one.message(4, v1Slice(box));
      table.add(encodeSliceKey({tensor.name, box.start, box.length}), options.record ? options.record(tensor, box) : v1Record(tensor, box));
    }
    meta.message(1, one);
  }
  table.add("", Proto().message(1, meta.message(2, options.versions)).done());
  return table.build();
}

}  // namespace bp::test
