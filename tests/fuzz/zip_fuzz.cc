// Any file: members are files with clean names whose stored bytes lie in it, no two sharing a byte; a fault names its rule.
#include "containers/zip.h"

#include <algorithm>

#include "containers/member_name.h"
#include "support/fuzz_input.h"
#include "support/zip_builder.h"

using namespace bp::test;

namespace {

// The bytes as they are, or as the records around members whose names and contents they give.
Bytes fileOf(FuzzInput input) {
  const uint8_t mode = input.byte();
  if ((mode & 1) == 0) return input.rest();
  std::vector<ZipMember> members;
  while (!input.empty() && members.size() < 8) {
    const Bytes name = input.shortPiece();
    ZipMember member = ZipMember::plain(std::string(textOf(name)), "");
    member.stored = input.shortPiece();
    member.size = member.stored.size();
    const uint8_t form = input.byte();
    member.sizes_follow = (form & 1) != 0;
    member.zip64 = (form & 2) != 0;
    member.method = (form & 4) != 0 ? 8 : 0;
    member.padding = form >> 3;
    members.push_back(std::move(member));
  }
  Bytes file = zipOf(members, (mode & 2) != 0);
  for (int i = mode >> 4; i > 0 && !file.empty(); --i) {  // and a few bytes of it changed
    const size_t at = (size_t{input.byte()} << 8 | input.byte()) % file.size();
    file[at] = input.byte();
  }
  return file;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Bytes file = fileOf(FuzzInput(data, size));
  bp::BufferSource source(file);
  bp::ZipDirectory directory;
  bp::TensorFileFault fault;
  const bp::TensorFileStatus status = bp::readZip(source, directory, fault);
  require(status != bp::TensorFileStatus::kPending);
  require((status == bp::TensorFileStatus::kOk) == fault.rule.empty());
  std::sort(directory.entries.begin(), directory.entries.end(), [](const bp::ZipEntry& a, const bp::ZipEntry& b) { return a.offset < b.offset; });
  uint64_t end = 0;
  for (const bp::ZipEntry& entry : directory.entries) {
    require(!entry.name.empty() && bp::cleanMemberName(entry.name) == entry.name);
    require(entry.offset >= end && entry.offset <= file.size() && entry.compressed_size <= file.size() - entry.offset);
    end = entry.offset + entry.compressed_size;
  }
  return 0;
}
