// The directory of a zip archive (PKWARE APPNOTE.TXT 4.3, with zip64 in 4.5.3): what it holds and where the stored bytes of each
// member lie. The central directory is believed only where every local record agrees with it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bytes/byte_source.h"
#include "containers/tensor_file.h"

namespace bp {

inline constexpr uint16_t kZipStored = 0;
inline constexpr uint16_t kZipDeflated = 8;
inline constexpr uint64_t kMostZipMembers = 10'000;

struct ZipEntry {
  std::string name;       // clean (member_name.h), in the bytes it was written in
  uint16_t method = 0;    // kZipStored, kZipDeflated, or one that no reader here knows
  bool encrypted = false;
  uint64_t offset = 0;    // of its stored bytes in the archive
  uint64_t compressed_size = 0;
  uint64_t size = 0;      // once inflated; of a deflated one at most 1032 times the stored bytes and 64
  uint32_t crc32 = 0;     // of the inflated bytes
};

struct ZipDirectory {
  std::vector<ZipEntry> entries;  // files, in the order of the central directory; folders are left out
};

// kTruncated: there is no end record ("end-record"). kBadHeader: `rule` is "directory-place", "directory-size", "central-record",
// "local-record" (they disagree), "overlap", "duplicate-name", "unsafe-name", "size" (one no member can have) or "zip64";
// `name` is the member and `offset` the record's place. kNotRead: "several-disks", "too-many-members", "large-directory".
// The stored bytes of all members lie in the file, and no two share a byte. Bytes behind the end record are passed over.
TensorFileStatus readZip(ByteSource& source, ZipDirectory& directory, TensorFileFault& fault);

}  // namespace bp
