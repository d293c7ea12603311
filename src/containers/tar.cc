#include "containers/tar.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <optional>
#include <span>
#include <string_view>

#include "base/sort.h"
#include "containers/member_name.h"

namespace bp {
namespace {

constexpr uint64_t kBlock = 512;
constexpr uint64_t kMostExtraBytes = 1 << 20;  // of a pax header or a long name
constexpr size_t kNameSize = 100, kSizeAt = 124, kChecksumAt = 148, kTypeAt = 156, kMagicAt = 257, kPrefixAt = 345, kPrefixSize = 155;

using Header = std::span<const uint8_t, kBlock>;

std::string_view field(Header header, size_t at, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(header.data()) + at, size);
  return text.substr(0, text.find('\0'));
}

std::optional<uint64_t> octal(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  uint64_t value = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value, 8);
  if (text.empty()) return 0;
  if (error != std::errc() || rest != text.data() + text.size()) return std::nullopt;
  return value;
}

// Twelve bytes: octal digits, or with the top bit set a big-endian number (GNU).
std::optional<uint64_t> sizeOf(Header header) {
  const auto bytes = header.subspan(kSizeAt, 12);
  if ((bytes[0] & 0x80) == 0) return octal(field(header, kSizeAt, 12));
  if (bytes[0] != 0x80 || std::any_of(bytes.begin() + 1, bytes.begin() + 4, [](uint8_t b) { return b != 0; })) return std::nullopt;
  return std::accumulate(bytes.begin() + 4, bytes.end(), uint64_t{0}, [](uint64_t value, uint8_t b) { return value << 8 | b; });
}

// The sum of the header's bytes with the sum itself as blanks; some old writers took them as signed.
bool checksumFits(Header header) {
  int64_t plain = 0, as_signed = 0;
  for (size_t i = 0; i < kBlock; ++i) {
    const uint8_t byte = i >= kChecksumAt && i < kChecksumAt + 8 ? uint8_t{' '} : header[i];
    plain += byte;
    as_signed += static_cast<int8_t>(byte);
  }
  const auto stored = octal(field(header, kChecksumAt, 8));
  return stored && (*stored == static_cast<uint64_t>(plain) || static_cast<int64_t>(*stored) == as_signed);
}

std::string nameOf(Header header) {
  std::string name(field(header, 0, kNameSize));
  // GNU keeps times where POSIX keeps the beginning of the name.
  const std::string_view magic(reinterpret_cast<const char*>(header.data()) + kMagicAt, 6);
  const std::string_view prefix = field(header, kPrefixAt, kPrefixSize);
  return magic == std::string_view("ustar\0", 6) && !prefix.empty() ? std::string(prefix) + "/" + name : name;
}

struct PaxFacts {
  std::optional<std::string> path;
  std::optional<uint64_t> size;
  bool sparse = false;
};

// Records "25 path=bert/vocab.txt\n", whose length counts all of it.
bool readPax(std::string_view text, PaxFacts& facts) {
  while (!text.empty()) {
    size_t length = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), length);
    const size_t digits = static_cast<size_t>(rest - text.data());
    if (error != std::errc() || length > text.size() || length < digits + 3 || text[digits] != ' ' || text[length - 1] != '\n') return false;
    const std::string_view record = text.substr(digits + 1, length - digits - 2);
    text.remove_prefix(length);
    const size_t equals = record.find('=');
    if (equals == std::string_view::npos) return false;
    const std::string_view key = record.substr(0, equals), value = record.substr(equals + 1);
    if (key == "path") facts.path = std::string(value);
    if (key.starts_with("GNU.sparse.")) facts.sparse = true;
    if (key == "size") {
      uint64_t size = 0;
      const auto [end, fault] = std::from_chars(value.data(), value.data() + value.size(), size);
      if (fault != std::errc() || end != value.data() + value.size()) return false;
      facts.size = size;
    }
  }
  return true;
}

struct Walk {
  ByteSource& source;
  TarDirectory& directory;
  TensorFileFault& fault;

  TensorFileStatus fail(TensorFileStatus status, std::string rule, uint64_t expected = 0) {
    fault = {};
    fault.rule = std::move(rule);
    fault.offset = directory.next;
    fault.found = source.size();
    fault.expected = expected;
    directory.entries.clear();
    return status;
  }

  TensorFileStatus readExtra(char type, uint64_t offset, uint64_t size);
  TensorFileStatus takeFile(std::string name, uint64_t offset, uint64_t size);
  TensorFileStatus step(Header header);
};

TensorFileStatus Walk::readExtra(char type, uint64_t offset, uint64_t size) {
  if (size > kMostExtraBytes) return fail(TensorFileStatus::kNotRead, "long-name");
  std::vector<uint8_t> bytes(static_cast<size_t>(size));
  if (source.read(offset, bytes) == ReadStatus::kPending) return TensorFileStatus::kPending;
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (type == 'L') {
    directory.long_name = text.substr(0, text.find('\0'));
  } else if (type == 'x') {
    PaxFacts facts;
    if (!readPax(text, facts)) return fail(TensorFileStatus::kBadHeader, "pax");
    if (facts.sparse) return fail(TensorFileStatus::kNotRead, "sparse");
    if (facts.path) directory.long_name = std::move(*facts.path);
    if (facts.size) directory.pax_size = *facts.size;
  }
  return TensorFileStatus::kOk;
}

TensorFileStatus Walk::takeFile(std::string name, uint64_t offset, uint64_t size) {
  if (name.ends_with('/')) return TensorFileStatus::kOk;  // a folder, as writers before POSIX have it
  std::optional<std::string> clean = cleanMemberName(name);
  if (!clean || clean->empty()) {
    const auto status = fail(TensorFileStatus::kBadHeader, "unsafe-name");
    fault.name = std::move(name);
    return status;
  }
  if (directory.entries.size() >= kMostTarMembers) return fail(TensorFileStatus::kNotRead, "too-many-members");
  directory.entries.push_back({std::move(*clean), offset, size});
  return TensorFileStatus::kOk;
}

TensorFileStatus Walk::step(Header header) {
  if (!checksumFits(header)) return fail(TensorFileStatus::kBadHeader, "checksum");
  const char type = static_cast<char>(header[kTypeAt]);
  const bool extra = type == 'x' || type == 'g' || type == 'L' || type == 'K';
  std::optional<uint64_t> size = type >= '1' && type <= '6' ? 0 : sizeOf(header);  // links, devices and folders have no bytes
  if (!extra && directory.pax_size != UINT64_MAX && size != 0) size = directory.pax_size;
  if (!size) return fail(TensorFileStatus::kBadHeader, "size");
  if (type == 'S') return fail(TensorFileStatus::kNotRead, "sparse");
  const uint64_t offset = directory.next + kBlock;
  const uint64_t left = source.size() - offset;
  if (*size > left) return fail(TensorFileStatus::kTruncated, "member", *size > UINT64_MAX - offset ? UINT64_MAX : offset + *size);
  TensorFileStatus status = TensorFileStatus::kOk;
  if (extra) {
    status = readExtra(type, offset, *size);
  } else {
    const bool file = type == '0' || type == '\0' || type == '7';
    std::string name = directory.long_name.empty() ? nameOf(header) : directory.long_name;
    if (file) status = takeFile(std::move(name), offset, *size);
    directory.long_name.clear();
    directory.pax_size = UINT64_MAX;
  }
  // The last member may lack its padding.
  if (status == TensorFileStatus::kOk) directory.next = offset + std::min(left, *size + (kBlock - *size % kBlock) % kBlock);
  return status;
}

// Unpacking writes over what came before under the same name.
void dropOverwritten(std::vector<TarEntry>& entries) {
  std::vector<const TarEntry*> by_name;
  for (const TarEntry& entry : entries) by_name.push_back(&entry);
  stableSort(by_name, [](const TarEntry* a, const TarEntry* b) { return a->name < b->name; });
  std::vector<bool> overwritten(entries.size());
  for (size_t i = 1; i < by_name.size(); ++i) {
    if (by_name[i - 1]->name == by_name[i]->name) overwritten[static_cast<size_t>(by_name[i - 1] - entries.data())] = true;
  }
  size_t index = 0;
  std::erase_if(entries, [&](const TarEntry&) { return overwritten[index++]; });
}

}  // namespace

TensorFileStatus readTar(ByteSource& source, TarDirectory& directory, TensorFileFault& fault) {
  Walk walk{source, directory, fault};
  std::vector<uint8_t> block(kBlock);
  while (directory.next < source.size()) {
    if (source.size() - directory.next < kBlock) return walk.fail(TensorFileStatus::kTruncated, "header", directory.next + kBlock);
    if (source.read(directory.next, block) == ReadStatus::kPending) return TensorFileStatus::kPending;
    if (std::all_of(block.begin(), block.end(), [](uint8_t b) { return b == 0; })) break;
    if (const auto status = walk.step(Header(block)); status != TensorFileStatus::kOk) return status;
  }
  dropOverwritten(directory.entries);
  return TensorFileStatus::kOk;
}

}  // namespace bp
