// What a file is by its first and last bytes, whatever it is called.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace bp {

enum class FileKind : uint8_t {
  kEmpty, kTfTable, kGitLfsPointer, kWebPage, kJson, kText, kZip, kGzip, kTar, kSafetensors,
  kTorchZip, kTorchLegacy, kTorchTar, kPickle, kHdf5, kNpy, kNpz, kGguf, kOnnx, kProtobuf,
  k7z, kRar, kXz, kBzip2, kUnknown,
};

// An archive that nothing here opens.
inline bool isOtherArchive(FileKind kind) {
  return kind == FileKind::k7z || kind == FileKind::kRar || kind == FileKind::kXz || kind == FileKind::kBzip2;
}

std::string_view fileKindName(FileKind kind);  // "git-lfs-pointer"

// `head`: the first bytes (up to kSniffHead), `tail`: the last ones (up to kSniffTail) of a file of `size`.
inline constexpr uint64_t kSniffHead = 4096;
inline constexpr uint64_t kSniffTail = 64;
FileKind sniff(std::span<const uint8_t> head, std::span<const uint8_t> tail, uint64_t size);

struct LfsPointer {
  std::string oid;    // "sha256:…"
  uint64_t size = 0;  // of the real file
};
LfsPointer readLfsPointer(std::string_view text);

}  // namespace bp
