// Any file, its check sums put right so that more of it is reached: members are files with clean names that lie in it, apart.
#include "containers/tar.h"

#include "containers/member_name.h"
#include "support/fuzz_input.h"
#include "support/tar_builder.h"

using namespace bp::test;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  FuzzInput input(data, size);
  std::vector<TarMember> members;
  const uint8_t mode = input.byte();
  while ((mode & 1) != 0 && !input.empty() && members.size() < 8) {
    const Bytes name = input.shortPiece();
    const uint8_t form = input.byte();
    members.push_back({std::string(textOf(name)), input.shortPiece(), "0xgLKS15"[form & 7], "", (form & 8) != 0});
  }
  Bytes file = members.empty() ? input.rest() : tarOf(members);
  if ((mode & 2) != 0) {
    for (size_t at = 0; at + 512 <= file.size(); at += 512) setTarChecksum(std::span(file).subspan(at, 512));
  }
  bp::BufferSource source(file);
  bp::TarDirectory directory;
  bp::TensorFileFault fault;
  const bp::TensorFileStatus status = bp::readTar(source, directory, fault);
  require(status != bp::TensorFileStatus::kPending);
  require((status == bp::TensorFileStatus::kOk) == fault.rule.empty());
  uint64_t end = 0;
  for (const bp::TarEntry& entry : directory.entries) {
    require(!entry.name.empty() && bp::cleanMemberName(entry.name) == entry.name);
    require(entry.offset >= end && entry.offset <= file.size() && entry.size <= file.size() - entry.offset);
    end = entry.offset + entry.size;
  }
  return 0;
}
