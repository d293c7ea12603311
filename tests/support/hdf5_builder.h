// Writes HDF5 in the first form, as h5py does by default: groups in B-trees, attributes of text, data in one piece.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "support/proto_builder.h"
#include "tensors/tensor_table.h"

namespace bp::test {

inline void putU16(Bytes& out, uint64_t value) {
  for (int i = 0; i < 2; ++i) out.push_back(static_cast<uint8_t>(value >> (8 * i)));
}
inline void putU64(Bytes& out, uint64_t value) {
  for (int i = 0; i < 8; ++i) out.push_back(static_cast<uint8_t>(value >> (8 * i)));
}
inline void padTo8(Bytes& out) { out.resize((out.size() + 7) / 8 * 8); }

inline const char* const kH5Float32 = "11 20 1f 00 04 00 00 00 00 00 20 00 17 08 00 17 7f 00 00 00";
inline const char* const kH5Float16 = "11 20 0f 00 02 00 00 00 00 00 10 00 0a 05 00 0a 0f 00 00 00";
inline const char* const kH5Int64 = "10 08 00 00 08 00 00 00 00 00 40 00";

struct H5Data {
  enum Layout { kContiguous, kCompact, kChunked, kUnwritten };
  Shape shape;
  Bytes bytes;
  Layout layout = kContiguous;
  std::string type = kH5Float32;
};

struct H5Node {
  std::vector<std::pair<std::string, std::vector<std::string>>> texts = {};
  std::map<std::string, H5Node> children = {};
  std::optional<H5Data> data = {};
};

struct H5Options {
  bool variable = false;    // texts by way of a global heap
  bool continued = false;   // attributes in a continuation
  size_t node = 32;         // at least 2: most children of a B-tree node, and symbols of a symbol node
  size_t user_block = 0;
  uint64_t end_beyond = 0;  // the end address past the end of the file
};

class H5Builder {
 public:
  explicit H5Builder(H5Options options = {}) : options_(options) {}

  Bytes build(const H5Node& root) {
    file_.assign(96, 0);
    const uint64_t address = node(root);
    Bytes super = fromHex("89 48 44 46 0d 0a 1a 0a 00 00 00 00 00 08 08 00");
    putU16(super, 4), putU16(super, 16), putU32(super, 0);
    putU64(super, options_.user_block), putU64(super, UINT64_MAX);
    putU64(super, options_.user_block + file_.size() + options_.end_beyond), putU64(super, UINT64_MAX);
    putU64(super, 0), putU64(super, address);
    super.resize(96);
    std::copy(super.begin(), super.end(), file_.begin());
    Bytes whole(options_.user_block);
    append(whole, file_);
    return whole;
  }

 private:
  struct Message {
    uint16_t type;
    Bytes bytes;
  };

  uint64_t put(const Bytes& block) {
    padTo8(file_);
    const uint64_t at = file_.size();
    append(file_, block);
    return at;
  }

  static Bytes messageBytes(const std::vector<Message>& messages) {
    Bytes out;
    for (const Message& message : messages) {
      Bytes padded = message.bytes;
      padTo8(padded);
      putU16(out, message.type), putU16(out, padded.size()), putU32(out, 0);
      append(out, padded);
    }
    return out;
  }

  uint64_t header(std::vector<Message> messages, const std::vector<Message>& attributes) {
    if (options_.continued && !attributes.empty()) {
      const Bytes more = messageBytes(attributes);
      Bytes place;
      putU64(place, put(more)), putU64(place, more.size());
      messages.push_back({0x10, place});
    } else {
      messages.insert(messages.end(), attributes.begin(), attributes.end());
    }
    const Bytes body = messageBytes(messages);
    Bytes out = {1, 0};
    putU16(out, messages.size()), putU32(out, 1), putU32(out, static_cast<uint32_t>(body.size())), putU32(out, 0);
    append(out, body);
    return put(out);
  }

  static Bytes space(const Shape& shape) {
    Bytes out = {1, static_cast<uint8_t>(shape.size()), 0, 0, 0, 0, 0, 0};
    for (const int64_t dim : shape) putU64(out, static_cast<uint64_t>(dim));
    return out;
  }

  Message attribute(const std::string& name, const std::vector<std::string>& texts) {
    size_t width = 1;
    for (const std::string& text : texts) width = std::max(width, text.size());
    Bytes type = fromHex(options_.variable ? "19 01 00 00 10 00 00 00 10 00 00 00 01 00 00 00 00 00 08 00" : "13 00 00 00");
    if (!options_.variable) putU32(type, static_cast<uint32_t>(width));
    const Bytes extent = space({static_cast<int64_t>(texts.size())});
    Bytes out = {1, 0};
    putU16(out, name.size() + 1), putU16(out, type.size()), putU16(out, extent.size());
    append(out, bytesOf(name)), out.push_back(0), padTo8(out);
    append(out, type), padTo8(out);
    append(out, extent);
    const uint64_t heap = options_.variable ? globalHeap(texts) : 0;
    for (size_t i = 0; i < texts.size(); ++i) {
      if (options_.variable) {
        putU32(out, static_cast<uint32_t>(texts[i].size())), putU64(out, heap), putU32(out, static_cast<uint32_t>(i + 1));
      } else {
        Bytes text = bytesOf(texts[i]);
        text.resize(width);
        append(out, text);
      }
    }
    return {0x0c, out};
  }

  uint64_t globalHeap(const std::vector<std::string>& texts) {
    Bytes objects;
    for (size_t i = 0; i < texts.size(); ++i) {
      putU16(objects, i + 1), putU16(objects, 1), putU32(objects, 0), putU64(objects, texts[i].size());
      append(objects, bytesOf(texts[i])), padTo8(objects);
    }
    Bytes out = bytesOf("GCOL");
    putU32(out, 1), putU64(out, objects.size() + 32);
    append(out, objects);
    out.resize(out.size() + 16);  // the free space
    return put(out);
  }

  uint64_t node(const H5Node& one) {
    std::vector<Message> messages, attributes;
    for (const auto& [name, texts] : one.texts) attributes.push_back(attribute(name, texts));
    if (one.data) {
      const H5Data& data = *one.data;
      messages.push_back({0x01, space(data.shape)});
      messages.push_back({0x03, fromHex(data.type)});
      Bytes layout = {3, static_cast<uint8_t>(data.layout == H5Data::kCompact ? 0 : data.layout == H5Data::kChunked ? 2 : 1)};
      if (data.layout == H5Data::kCompact) {
        putU16(layout, data.bytes.size());
        append(layout, data.bytes);
      } else {
        putU64(layout, data.layout == H5Data::kUnwritten ? UINT64_MAX : put(data.bytes));
        putU64(layout, data.bytes.size());
      }
      messages.push_back({0x08, layout});
      return header(messages, attributes);
    }
    Bytes names(8);
    std::vector<std::pair<uint64_t, uint64_t>> symbols;  // name, address
    for (const auto& [name, child] : one.children) {
      const uint64_t address = node(child);
      symbols.emplace_back(names.size(), address);
      append(names, bytesOf(name)), names.push_back(0), padTo8(names);
    }
    const uint64_t data = put(names);
    Bytes heap = bytesOf("HEAP");
    putU32(heap, 0), putU64(heap, names.size()), putU64(heap, 1), putU64(heap, data);
    const uint64_t heap_at = put(heap);
    std::vector<uint64_t> below;
    for (size_t i = 0; i < symbols.size() || i == 0; i += options_.node) {
      const size_t count = std::min(options_.node, symbols.size() - i);
      Bytes snod = bytesOf("SNOD");
      snod.push_back(1), snod.push_back(0), putU16(snod, count);
      for (size_t s = i; s < i + count; ++s) {
        putU64(snod, symbols[s].first), putU64(snod, symbols[s].second), putU32(snod, 0);
        snod.resize(snod.size() + 20);
      }
      below.push_back(put(snod));
    }
    for (uint8_t level = 0;; ++level) {
      std::vector<uint64_t> nodes;
      for (size_t i = 0; i < below.size(); i += options_.node) {
        const size_t count = std::min(options_.node, below.size() - i);
        Bytes tree = bytesOf("TREE");
        tree.push_back(0), tree.push_back(level), putU16(tree, count), putU64(tree, UINT64_MAX), putU64(tree, UINT64_MAX);
        for (size_t c = i; c < i + count; ++c) putU64(tree, 0), putU64(tree, below[c]);
        putU64(tree, 0);
        nodes.push_back(put(tree));
      }
      below = std::move(nodes);
      if (below.size() == 1) break;
    }
    Bytes table;
    putU64(table, below[0]), putU64(table, heap_at);
    messages.push_back({0x11, table});
    return header(messages, attributes);
  }

  H5Options options_;
  Bytes file_;
};

}  // namespace bp::test
