// Writes a LevelDB table as TensorFlow's table_builder.cc does, and one with a fault where a test asks for it.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "bytes/crc32c.h"
#include "support/proto_builder.h"

namespace bp::test {

// Raw Snappy: literals, and a copy wherever the last four bytes or more repeat what stands shortly before (copies overlap in runs).
inline Bytes snappyOf(std::span<const uint8_t> in) {
  Bytes out;
  putVarint(out, in.size());
  const auto literal = [&](size_t from, size_t to) {
    for (; from < to; from += 60) {
      const size_t count = std::min<size_t>(60, to - from);
      out.push_back(static_cast<uint8_t>((count - 1) << 2));
      append(out, in.subspan(from, count));
    }
  };
  size_t start = 0;
  for (size_t at = 0; at < in.size();) {
    size_t best = 0, offset = 0;
    for (size_t back = 1; back <= std::min<size_t>(at, 300); ++back) {
      size_t count = 0;
      while (count < 64 && at + count < in.size() && in[at + count] == in[at + count - back]) ++count;
      if (count > best) best = count, offset = back;
    }
    if (best < 4) {
      ++at;
      continue;
    }
    literal(start, at);
    out.push_back(static_cast<uint8_t>((best - 1) << 2 | 2));
    out.push_back(static_cast<uint8_t>(offset));
    out.push_back(static_cast<uint8_t>(offset >> 8));
    start = at += best;
  }
  literal(start, in.size());
  return out;
}

struct TableOptions {
  size_t block_bytes = 262144;  // a data block is cut once it has so many
  size_t restart_interval = 16;
  bool snappy = false;
  // Called with the bytes of each block before its trailer is made, and with the trailer's type. `which`: number of the
  // data block, -1 the metaindex block, -2 the index block.
  std::function<void(int which, Bytes& block, uint8_t& type)> edit;
  bool break_crc = false;  // of every block
};

class TableBuilder {
 public:
  explicit TableBuilder(TableOptions options = {}) : options_(std::move(options)) {}

  // In any order; they are written sorted.
  TableBuilder& add(std::string key, Bytes value) {
    entries_[std::move(key)] = std::move(value);
    return *this;
  }

  Bytes build() const {
    Bytes file;
    std::vector<std::pair<std::string, Bytes>> handles;
    std::vector<std::pair<std::string, Bytes>> pending;
    size_t bytes = 0;
    const auto flush = [&] {
      if (pending.empty()) return;
      const Bytes handle = writeBlock(file, blockOf(pending, options_.restart_interval), static_cast<int>(handles.size()));
      handles.emplace_back(pending.back().first, handle);
      pending.clear();
      bytes = 0;
    };
    for (const auto& [key, value] : entries_) {
      pending.emplace_back(key, value);
      bytes += key.size() + value.size();
      if (bytes >= options_.block_bytes) flush();
    }
    flush();
    Bytes footer = writeBlock(file, blockOf({}, 1), -1);
    append(footer, writeBlock(file, blockOf(handles, 1), -2));
    footer.resize(40);
    append(file, footer);
    append(file, fromHex("57fb808b247547db"));
    return file;
  }

  static Bytes blockOf(const std::vector<std::pair<std::string, Bytes>>& entries, size_t interval) {
    Bytes block;
    std::vector<size_t> restarts = {0};
    std::string last;
    for (size_t i = 0; i < entries.size(); ++i) {
      const auto& [key, value] = entries[i];
      size_t shared = 0;
      if (i % interval == 0) {
        if (i > 0) restarts.push_back(block.size());
      } else {
        while (shared < std::min(last.size(), key.size()) && last[shared] == key[shared]) ++shared;
      }
      putVarint(block, shared);
      putVarint(block, key.size() - shared);
      putVarint(block, value.size());
      append(block, bytesOf(std::string_view(key).substr(shared)));
      append(block, value);
      last = key;
    }
    for (const size_t restart : restarts) putU32(block, static_cast<uint32_t>(restart));
    putU32(block, static_cast<uint32_t>(restarts.size()));
    return block;
  }

 private:
  Bytes writeBlock(Bytes& file, Bytes block, int which) const {
    uint8_t type = 0;
    if (options_.snappy) {
      block = snappyOf(block);
      type = 1;
    }
    if (options_.edit) options_.edit(which, block, type);
    Bytes handle;
    putVarint(handle, file.size());
    putVarint(handle, block.size());
    block.push_back(type);
    const uint32_t crc = maskCrc(crc32c(block)) ^ (options_.break_crc ? 1u : 0u);
    append(file, block);
    putU32(file, crc);
    return handle;
  }

  TableOptions options_;
  std::map<std::string, Bytes> entries_;
};

}  // namespace bp::test
