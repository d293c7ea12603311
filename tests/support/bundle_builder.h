// Writes a TensorBundle: the index, and the data of each shard. Any field of the header or of an entry can be made to lie.
#pragma once

#include <optional>

#include "containers/slice_key.h"
#include "support/table_builder.h"

namespace bp::test {

struct EntryFields {
  uint32_t dtype = 1;
  Shape shape;
  uint64_t shard = 0;
  uint64_t offset = 0;
  uint64_t size = 0;
  uint32_t crc = 0;  // masked
};

class BundleBuilder {
 public:
  using Lie = std::function<void(EntryFields&)>;

  explicit BundleBuilder(size_t shards = 1) : data_(shards), num_shards_(shards) {}

  // `data`: as stored. float32 zeros, counting up from `seed`, where none is given.
  BundleBuilder& add(const std::string& name, const Shape& shape, Lie lie = {}, size_t shard = 0, uint8_t seed = 1) {
    uint64_t count = 1;
    for (const int64_t dim : shape) count *= static_cast<uint64_t>(dim);
    return addBytes(name, shape, counting(count * 4, seed), 1, std::move(lie), shard);
  }
  BundleBuilder& addBytes(const std::string& name, const Shape& shape, const Bytes& bytes, uint32_t dtype, Lie lie = {}, size_t shard = 0) {
    entries_[name] = entryProto(store(shape, bytes, dtype, shard, lie)).done();
    return *this;
  }

  struct Slice {
    Shape start, length;  // length -1: the whole dimension
    size_t shard = 0;
    Lie lie = {};
    bool stored = true;  // false: the full entry names it, no record holds it
  };
  BundleBuilder& addSliced(const std::string& name, const Shape& shape, const std::vector<Slice>& slices) {
    Proto entry;
    entry.varint(1, 1).message(2, shapeProto(shape));
    for (const Slice& slice : slices) {
      Proto box;
      Shape length = slice.length;
      uint64_t count = 1;
      for (size_t d = 0; d < slice.start.size(); ++d) {
        Proto extent;
        if (slice.start[d] != 0) extent.varint(1, static_cast<uint64_t>(slice.start[d]));
        if (slice.length[d] != -1) extent.varint(2, static_cast<uint64_t>(slice.length[d]));
        else if (d < shape.size()) length[d] = shape[d];
        box.message(1, extent);
        count *= static_cast<uint64_t>(length[d]);
      }
      entry.message(7, box);
      if (!slice.stored) continue;
      const EntryFields fields = store(length, counting(count * 4, 7), 1, slice.shard, slice.lie);
      entries_[encodeSliceKey({name, slice.start, slice.length})] = entryProto(fields).done();
    }
    entries_[name] = entry.done();
    return *this;
  }

  // Instead of the usual header or of the message of an entry.
  BundleBuilder& header(const Bytes& bytes) {
    header_ = bytes;
    return *this;
  }
  BundleBuilder& record(const std::string& key, const Bytes& bytes) {
    entries_[key] = bytes;
    return *this;
  }
  BundleBuilder& numShards(uint64_t count) {
    num_shards_ = count;
    return *this;
  }

  Bytes index(TableOptions options = {}) const {
    TableBuilder table(std::move(options));
    table.add("", header_ ? *header_ : Proto().varint(1, num_shards_).message(3, Proto().varint(1, 1)).done());
    for (const auto& [key, value] : entries_) table.add(key, value);
    return table.build();
  }
  const Bytes& data(size_t shard = 0) const { return data_[shard]; }

  static Bytes counting(uint64_t size, uint8_t seed) {
    Bytes bytes(static_cast<size_t>(size));
    for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i * 31 + seed);
    return bytes;
  }
  static Proto shapeProto(const Shape& shape) {
    Proto proto;
    for (const int64_t dim : shape) proto.message(2, dim == 0 ? Proto() : Proto().varint(1, static_cast<uint64_t>(dim)));
    return proto;
  }
  static Proto entryProto(const EntryFields& fields) {
    Proto proto;
    proto.varint(1, fields.dtype).message(2, shapeProto(fields.shape));
    if (fields.shard != 0) proto.varint(3, fields.shard);
    if (fields.offset != 0) proto.varint(4, fields.offset);
    if (fields.size != 0) proto.varint(5, fields.size);
    return proto.fixed32(6, fields.crc);
  }

 private:
  EntryFields store(const Shape& shape, const Bytes& bytes, uint32_t dtype, size_t shard, const Lie& lie) {
    EntryFields fields = {dtype, shape, shard, data_[shard].size(), bytes.size(), maskCrc(crc32c(bytes))};
    append(data_[shard], bytes);
    if (lie) lie(fields);
    return fields;
  }

  std::vector<Bytes> data_;
  uint64_t num_shards_;
  std::map<std::string, Bytes> entries_;
  std::optional<Bytes> header_;
};

}  // namespace bp::test
