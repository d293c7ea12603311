// Writes a zip archive (PKWARE APPNOTE.TXT), and one with a fault where a test asks for it.
#pragma once

#include <string>

#include "support/byte_cases.h"

namespace bp::test {

inline uint32_t crc32Of(std::span<const uint8_t> bytes) {
  uint32_t crc = ~0u;
  for (const uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320u : 0);
  }
  return ~crc;
}

// A number of `width` bytes, least significant first.
inline void putLe(Bytes& out, uint64_t value, int width) {
  for (int i = 0; i < width; ++i) out.push_back(static_cast<uint8_t>(value >> (8 * i)));
}
inline void setLe(Bytes& out, size_t at, uint64_t value, int width) {
  for (int i = 0; i < width; ++i) out[at + static_cast<size_t>(i)] = static_cast<uint8_t>(value >> (8 * i));
}

struct ZipMember {
  std::string name;
  Bytes stored;           // as they lie in the archive
  uint16_t method = 0;
  uint64_t size = 0;      // once inflated; of a stored member the same as `stored`
  uint16_t flags = 0x800;
  size_t padding = 0;     // of the local extra field, as PyTorch aligns its data; at least 4
  bool sizes_follow = false;
  bool zip64 = false;     // its sizes and its place stand in an extra field

  static ZipMember plain(std::string name, std::string_view text) {
    ZipMember member;
    member.name = std::move(name);
    member.stored = bytesOf(text);
    member.size = member.stored.size();
    return member;
  }
  static ZipMember deflated(std::string name, Bytes stored, uint64_t size) {
    ZipMember member;
    member.name = std::move(name);
    member.stored = std::move(stored);
    member.method = 8;
    member.size = size;
    return member;
  }
};

struct ZipLayout {  // where the parts of the archive begin
  std::vector<size_t> locals, data, centrals;
  size_t directory = 0, end64 = 0, end = 0;
};

inline Bytes zipOf(const std::vector<ZipMember>& members, bool zip64 = false, ZipLayout* layout = nullptr) {
  Bytes out, directory;
  ZipLayout places;
  for (const ZipMember& member : members) {
    const uint32_t crc = crc32Of(member.stored);  // right for stored members; nothing here reads those of deflated ones
    const uint16_t flags = static_cast<uint16_t>(member.flags | (member.sizes_follow ? 8 : 0));
    const auto head = [&](Bytes& to, bool central) {
      const bool hide = member.sizes_follow && !central;
      putLe(to, 20, 2);
      putLe(to, flags, 2);
      putLe(to, member.method, 2);
      putLe(to, 0, 4);
      putLe(to, hide ? 0 : crc, 4);
      putLe(to, hide ? 0 : member.zip64 ? UINT32_MAX : member.stored.size(), 4);
      putLe(to, hide ? 0 : member.zip64 ? UINT32_MAX : member.size, 4);
      putLe(to, member.name.size(), 2);
    };
    const size_t local = out.size();
    places.locals.push_back(local);
    putLe(out, 0x04034b50, 4);
    head(out, false);
    putLe(out, member.padding, 2);
    append(out, bytesOf(member.name));
    if (member.padding >= 4) {
      putLe(out, 0x4246, 2);
      putLe(out, member.padding - 4, 2);
      out.insert(out.end(), member.padding - 4, 'Z');
    }
    places.data.push_back(out.size());
    append(out, member.stored);
    if (member.sizes_follow) {
      putLe(out, 0x08074b50, 4);
      putLe(out, crc, 4);
      putLe(out, member.stored.size(), 4);
      putLe(out, member.size, 4);
    }
    places.centrals.push_back(directory.size());
    putLe(directory, 0x02014b50, 4);
    putLe(directory, 20, 2);
    head(directory, true);
    putLe(directory, member.zip64 ? 28 : 0, 2);
    putLe(directory, 0, 4);  // comment, disk
    putLe(directory, 0, 6);  // attributes
    putLe(directory, member.zip64 ? UINT32_MAX : local, 4);
    append(directory, bytesOf(member.name));
    if (member.zip64) {
      putLe(directory, 1, 2);
      putLe(directory, 24, 2);
      putLe(directory, member.size, 8);
      putLe(directory, member.stored.size(), 8);
      putLe(directory, local, 8);
    }
  }
  places.directory = out.size();
  for (size_t& at : places.centrals) at += places.directory;
  append(out, directory);
  if (zip64) {
    places.end64 = out.size();
    putLe(out, 0x06064b50, 4);
    putLe(out, 44, 8);
    putLe(out, 0x002d002d, 4);
    putLe(out, 0, 8);
    putLe(out, members.size(), 8);
    putLe(out, members.size(), 8);
    putLe(out, directory.size(), 8);
    putLe(out, places.directory, 8);
    putLe(out, 0x07064b50, 4);
    putLe(out, 0, 4);
    putLe(out, places.end64, 8);
    putLe(out, 1, 4);
  }
  places.end = out.size();
  putLe(out, 0x06054b50, 4);
  putLe(out, 0, 4);
  putLe(out, zip64 ? UINT16_MAX : members.size(), 2);
  putLe(out, zip64 ? UINT16_MAX : members.size(), 2);
  putLe(out, zip64 ? UINT32_MAX : directory.size(), 4);
  putLe(out, zip64 ? UINT32_MAX : places.directory, 4);
  putLe(out, 0, 2);
  if (layout) *layout = std::move(places);
  return out;
}

}  // namespace bp::test
