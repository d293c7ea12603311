#include "convert/bundle_index.h"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>

#include "bytes/crc32c.h"
#include "containers/table.h"

namespace bp {
namespace {

using Bytes = std::vector<uint8_t>;

// Of table_options.h and table_builder.cc.
constexpr size_t kBlockSize = 262144;
constexpr size_t kRestartInterval = 16;

void append(Bytes& out, std::string_view text) { out.insert(out.end(), text.begin(), text.end()); }
void append(Bytes& out, const Bytes& bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

void putVarint(Bytes& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<uint8_t>(value | 0x80));
  out.push_back(static_cast<uint8_t>(value));
}

void putFixed32(Bytes& out, uint32_t value) {
  for (int i = 0; i < 4; ++i) out.push_back(static_cast<uint8_t>(value >> (8 * i)));
}

// --- protobuf: fields of value 0 are left out -----------------------------------

void putNumber(Bytes& out, uint32_t field, uint64_t value) {
  if (value == 0) return;
  putVarint(out, uint64_t{field} << 3);
  putVarint(out, value);
}

void putMessage(Bytes& out, uint32_t field, const Bytes& message) {
  putVarint(out, uint64_t{field} << 3 | 2);
  putVarint(out, message.size());
  append(out, message);
}

// BundleHeaderProto: one shard, little-endian, version {producer 1}.
Bytes headerProto() {
  Bytes version, header;
  putNumber(version, 1, 1);
  putNumber(header, 1, 1);
  putMessage(header, 3, version);
  return header;
}

// BundleEntryProto.
Bytes entryProto(const ConvertedTensor& tensor, const WrittenTensor& place) {
  Bytes shape, entry;
  for (const int64_t size : tensor.shape) {
    Bytes dim;
    putNumber(dim, 1, static_cast<uint64_t>(size));
    putMessage(shape, 2, dim);
  }
  putNumber(entry, 1, tfNumber(tensor.dtype));
  putMessage(entry, 2, shape);
  putNumber(entry, 4, place.offset);
  putNumber(entry, 5, place.length);
  putVarint(entry, 6u << 3 | 5);
  putFixed32(entry, maskCrc(place.crc32c));
  return entry;
}

// --- the table -------------------------------------------------------------------

class BlockBuilder {
 public:
  explicit BlockBuilder(size_t restart_interval) : restart_interval_(restart_interval) {}

  void add(std::string_view key, const Bytes& value) {
    size_t shared = 0;
    if (entries_++ % restart_interval_ == 0) {
      restarts_.push_back(static_cast<uint32_t>(bytes_.size()));
    } else {
      while (shared < std::min(key.size(), last_.size()) && key[shared] == last_[shared]) ++shared;
    }
    putVarint(bytes_, shared);
    putVarint(bytes_, key.size() - shared);
    putVarint(bytes_, value.size());
    append(bytes_, key.substr(shared));
    append(bytes_, value);
    last_ = key;
  }

  size_t size() const { return bytes_.size(); }
  const std::string& lastKey() const { return last_; }

  Bytes finish() {
    if (restarts_.empty()) restarts_.push_back(0);
    for (const uint32_t restart : restarts_) putFixed32(bytes_, restart);
    putFixed32(bytes_, static_cast<uint32_t>(restarts_.size()));
    return std::move(bytes_);
  }

 private:
  size_t restart_interval_;
  size_t entries_ = 0;
  Bytes bytes_;
  std::vector<uint32_t> restarts_;
  std::string last_;
};

// Writes a block and its trailer; gives its handle.
Bytes putBlock(Bytes& file, Bytes block) {
  Bytes handle;
  putVarint(handle, file.size());
  putVarint(handle, block.size());
  block.push_back(0);  // not compressed
  append(file, block);
  putFixed32(file, maskCrc(crc32c(block)));
  return handle;
}

// Keys of the index need not be real ones: a short one from the last of a block up to before the first of the next (`next` empty:
// there is none), as leveldb's BytewiseComparator makes it.
std::string separator(std::string last, std::string_view next) {
  size_t at = 0;
  if (next.empty()) {
    while (at < last.size() && static_cast<uint8_t>(last[at]) == 0xff) ++at;
    if (at == last.size()) return last;
  } else {
    while (at < std::min(last.size(), next.size()) && last[at] == next[at]) ++at;
    if (at >= std::min(last.size(), next.size()) || static_cast<uint8_t>(last[at]) + 1 >= static_cast<uint8_t>(next[at])) return last;
  }
  last[at] = static_cast<char>(static_cast<uint8_t>(last[at]) + 1);
  last.resize(at + 1);
  return last;
}

Bytes tableOf(const std::map<std::string, Bytes>& entries) {
  Bytes file;
  BlockBuilder index(1);
  BlockBuilder block(kRestartInterval);
  const auto flush = [&](std::string_view next) {
    const std::string key = separator(block.lastKey(), next);
    index.add(key, putBlock(file, block.finish()));
    block = BlockBuilder(kRestartInterval);
  };
  for (const auto& [key, value] : entries) {
    if (block.size() >= kBlockSize) flush(key);
    block.add(key, value);
  }
  flush("");
  Bytes footer = putBlock(file, BlockBuilder(1).finish());  // the metaindex, which is empty
  append(footer, putBlock(file, index.finish()));
  footer.resize(kTableFooterSize - 8);
  putFixed32(footer, static_cast<uint32_t>(kTableMagic));
  putFixed32(footer, static_cast<uint32_t>(kTableMagic >> 32));
  append(file, footer);
  return file;
}

}  // namespace

std::vector<uint8_t> bundleIndex(const std::vector<ConvertedTensor>& tensors, const std::vector<WrittenTensor>& written) {
  std::map<std::string, Bytes> entries = {{"", headerProto()}};
  for (size_t i = 0; i < tensors.size(); ++i) entries.emplace(tensors[i].name, entryProto(tensors[i], written[i]));
  return tableOf(entries);
}

}  // namespace bp
