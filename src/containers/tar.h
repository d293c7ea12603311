// The members of a tar archive: ustar (POSIX.1-1988), pax (POSIX.1-2001) and GNU's long names and sizes in base 256.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bytes/byte_source.h"
#include "containers/tensor_file.h"

namespace bp {

inline constexpr size_t kMostTarMembers = 10'000;

struct TarEntry {
  std::string name;     // clean (member_name.h), in the bytes it was written in
  uint64_t offset = 0;  // of its bytes, all inside the archive
  uint64_t size = 0;
};

// Walks forward and never back, so that a compressed archive is inflated once.
struct TarDirectory {
  std::vector<TarEntry> entries;  // plain files in order; of two with one name the later, as it is what stays after unpacking
  // Where the walk stands; readTar goes on from here.
  uint64_t next = 0;              // the next header
  std::string long_name;          // for the member that follows
  uint64_t pax_size = UINT64_MAX;
};

// kPending: call again with the same directory. kTruncated: a header or a member reaches past the end; `found` and `expected` are
// sizes of the archive. kBadHeader: `rule` is "checksum", "size", "pax" or "unsafe-name", `offset` the header's place.
// kNotRead: "sparse", "too-many-members", "long-name". Links, devices and folders are passed over.
TensorFileStatus readTar(ByteSource& source, TarDirectory& directory, TensorFileFault& fault);

}  // namespace bp
