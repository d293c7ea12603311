#include "containers/zip.h"

#include "containers/member_name.h"
#include "doctest/doctest.h"
#include "support/fixture_files.h"
#include "support/zip_builder.h"

using namespace bp;
using namespace bp::test;

namespace {

struct Read {
  TensorFileStatus status = TensorFileStatus::kOk;
  ZipDirectory directory;
  TensorFileFault fault;
};

Read readBytes(std::span<const uint8_t> file) {
  BufferSource source(file);
  Read read;
  read.status = readZip(source, read.directory, read.fault);
  return read;
}

std::vector<ZipMember> threeMembers() {
  ZipMember aligned = ZipMember::plain("bert/vocab.txt", "[PAD]\n[UNK]\n");
  aligned.padding = 20;
  aligned.sizes_follow = true;
  return {ZipMember::plain("bert/", ""), ZipMember::plain("bert/bert_config.json", "{}"), aligned,
          ZipMember::deflated("bert/bert_model.ckpt.index", bytesOf("deflated"), 100)};
}

std::string textAt(const Bytes& file, const ZipEntry& entry) {
  return std::string(file.begin() + static_cast<std::ptrdiff_t>(entry.offset), file.begin() + static_cast<std::ptrdiff_t>(entry.offset + entry.compressed_size));
}

// Breaks the same rule however it is read.
void checkBad(const Bytes& file, const char* rule, const char* member = "") {
  const Read read = readBytes(file);
  CHECK(read.status == TensorFileStatus::kBadHeader);
  CHECK(read.fault.rule == rule);
  CHECK(read.fault.name == member);
  CHECK(read.directory.entries.empty());
}

}  // namespace

TEST_CASE("the members of an archive are where the local records say, folders left out") {
  for (const bool zip64 : {false, true}) {
    const Bytes file = zipOf(threeMembers(), zip64);
    const Read read = readBytes(file);
    REQUIRE(read.status == TensorFileStatus::kOk);
    const auto& entries = read.directory.entries;
    REQUIRE(entries.size() == 3);
    CHECK(entries[0].name == "bert/bert_config.json");
    CHECK(textAt(file, entries[0]) == "{}");
    CHECK(entries[1].name == "bert/vocab.txt");
    CHECK(textAt(file, entries[1]) == "[PAD]\n[UNK]\n");
    CHECK(entries[1].crc32 == crc32Of(bytesOf("[PAD]\n[UNK]\n")));
    CHECK(entries[2].method == kZipDeflated);
    CHECK(entries[2].compressed_size == 8);
    CHECK(entries[2].size == 100);
  }
}

TEST_CASE("an archive of PyTorch: aligned members, sizes behind the data, the zip64 record always there") {
  const Bytes file = fixture("hf/classifier-bin/model/pytorch_model.bin");
  const Read read = readBytes(file);
  REQUIRE(read.status == TensorFileStatus::kOk);
  CHECK(read.directory.entries.size() == 45);
  const ZipEntry& byteorder = read.directory.entries[1];
  CHECK(byteorder.name == "pytorch_model/byteorder");
  CHECK(textAt(file, byteorder) == "little");
  CHECK(byteorder.crc32 == 0x19e33d85);
  const ZipEntry& storage = read.directory.entries[2];
  CHECK(storage.name == "pytorch_model/data/0");
  CHECK(storage.offset % 64 == 0);
  CHECK(storage.size == 14080);
  for (const ZipEntry& entry : read.directory.entries) {
    CHECK(crc32Of(std::span(file).subspan(entry.offset, entry.compressed_size)) == entry.crc32);
  }
}

TEST_CASE("an archive of Python's zipfile, deflated") {
  const Read read = readBytes(fixture("tf/zip/chinese_L-2_H-32_A-4/chinese_L-2_H-32_A-4.zip"));
  REQUIRE(read.status == TensorFileStatus::kOk);
  const auto& entries = read.directory.entries;
  REQUIRE(entries.size() == 4);
  CHECK(entries[1].name == "chinese_L-2_H-32_A-4/bert_model.ckpt.data-00000-of-00001");
  CHECK(entries[1].method == kZipDeflated);
  CHECK(entries[1].offset == 298 + 30 + entries[1].name.size());
  CHECK(entries[1].compressed_size == 83419);
  CHECK(entries[1].size == 89448);
  CHECK(entries[1].crc32 == 0x0ee0e361);
}

TEST_CASE("the sizes and the place of a member may stand in its zip64 field") {
  std::vector<ZipMember> members = threeMembers();
  for (ZipMember& member : members) member.zip64 = true;
  const Bytes file = zipOf(members, true);
  const Read read = readBytes(file);
  REQUIRE(read.status == TensorFileStatus::kOk);
  CHECK(read.directory.entries.size() == 3);
  CHECK(textAt(file, read.directory.entries[1]) == "[PAD]\n[UNK]\n");
  CHECK(read.directory.entries[2].size == 100);
}

TEST_CASE("an empty archive, a comment, and bytes behind the end are no fault") {
  Bytes file = zipOf({});
  CHECK(readBytes(file).status == TensorFileStatus::kOk);
  file = zipOf(threeMembers());
  append(file, bytesOf("a comment"));
  CHECK(readBytes(file).directory.entries.size() == 3);
  setLe(file, file.size() - 11, 9, 2);
  CHECK(readBytes(file).directory.entries.size() == 3);
}

TEST_CASE("an end record inside the comment is not taken for the end") {
  Bytes file = zipOf(threeMembers());
  const Bytes decoy = zipOf({});
  setLe(file, file.size() - 2, decoy.size() + 1, 2);
  append(file, decoy);
  file.push_back('!');
  CHECK(readBytes(file).directory.entries.size() == 3);
}

TEST_CASE("an encrypted member and one in an unknown method are listed as such") {
  std::vector<ZipMember> members = threeMembers();
  members[1].flags = 0x801;
  members[2].method = 14;
  const Read read = readBytes(zipOf(members));
  REQUIRE(read.status == TensorFileStatus::kOk);
  CHECK(read.directory.entries[0].encrypted);
  CHECK_FALSE(read.directory.entries[1].encrypted);
  CHECK(read.directory.entries[1].method == 14);
}

TEST_CASE("without its end record an archive is cut") {
  ZipLayout layout;
  const Bytes file = zipOf(threeMembers(), false, &layout);
  everyPrefix(file, [&](std::span<const uint8_t> cut) {
    const Read read = readBytes(cut);
    CHECK(read.status == TensorFileStatus::kTruncated);
    CHECK(read.fault.rule == "end-record");
    CHECK(read.fault.found == cut.size());
    CHECK(read.directory.entries.empty());
  });
}

TEST_CASE("whichever byte is changed, each member it still gives lies inside the file and apart from the others") {
  for (const bool zip64 : {false, true}) {
    std::vector<ZipMember> members = threeMembers();
    members[1].zip64 = zip64;
    const Bytes file = zipOf(members, zip64);
    everyByteChanged(file, [&](std::span<const uint8_t> changed, size_t) {
      const Read read = readBytes(changed);
      CHECK((read.status == TensorFileStatus::kOk) == read.fault.rule.empty());
      uint64_t stored = 0;
      for (const ZipEntry& entry : read.directory.entries) {
        CHECK(entry.offset <= changed.size());
        CHECK(entry.compressed_size <= changed.size() - entry.offset);
        stored += entry.compressed_size;
      }
      CHECK(stored < changed.size());
    });
  }
}

TEST_CASE("a local record that says something else than the directory") {
  ZipLayout layout;
  const Bytes good = zipOf(threeMembers(), false, &layout);
  const size_t config = layout.locals[1];
  for (const size_t field : {size_t{0}, size_t{6}, size_t{8}, size_t{14}, size_t{18}, size_t{22}, size_t{26}, size_t{30}}) {
    Bytes file = good;
    file[config + field] ^= 1;
    checkBad(file, "local-record", "bert/bert_config.json");
  }
  Bytes file = good;
  file[layout.locals[2] + 14] = 1;  // the check sum of one whose sizes follow may be anything
  CHECK(readBytes(file).status == TensorFileStatus::kOk);
}

TEST_CASE("two members that share bytes, or one that reaches into the directory, overlap") {
  ZipLayout layout;
  std::vector<ZipMember> twice = {ZipMember::deflated("kernel", bytesOf("12345678"), 8000), ZipMember::deflated("kernel", bytesOf("12345678"), 8000)};
  Bytes file = zipOf(twice, false, &layout);
  checkBad(file, "duplicate-name", "kernel");
  twice[1].name = "kerneL";
  file = zipOf(twice, false, &layout);
  CHECK(readBytes(file).status == TensorFileStatus::kOk);
  // The first member grows over the record of the second, as in a quine or an overlapping bomb.
  const uint64_t longer = 8 + 30 + 6 + 8;
  setLe(file, layout.locals[0] + 18, longer, 4);
  setLe(file, layout.centrals[0] + 20, longer, 4);
  checkBad(file, "overlap", "kernel");
  file = zipOf(twice, false, &layout);
  setLe(file, layout.locals[1] + 18, 9, 4);
  setLe(file, layout.centrals[1] + 20, 9, 4);
  checkBad(file, "overlap", "kerneL");
  // Both records at one place.
  file = zipOf(twice, false, &layout);
  setLe(file, layout.centrals[1] + 42, layout.locals[0], 4);
  checkBad(file, "local-record", "kerneL");
}

TEST_CASE("a size no member can have") {
  const Bytes stored = bytesOf("x");
  CHECK(readBytes(zipOf({ZipMember::deflated("a", stored, 1032 + 64)})).status == TensorFileStatus::kOk);
  checkBad(zipOf({ZipMember::deflated("a", stored, 2 * 1032 + 64)}), "size", "a");
  ZipMember longer = ZipMember::plain("a", "text");
  longer.size = 5;
  checkBad(zipOf({longer}), "size", "a");
}

TEST_CASE("lengths and places of 2^63 and more") {
  std::vector<ZipMember> members = {ZipMember::plain("a", "text")};
  members[0].zip64 = true;
  ZipLayout layout;
  const Bytes good = zipOf(members, true, &layout);
  const size_t extra = layout.centrals[0] + 46 + 1 + 4;
  for (const uint64_t value : {uint64_t{1} << 63, UINT64_MAX, UINT64_MAX - 100}) {
    Bytes file = good;
    setLe(file, extra, value, 8);
    setLe(file, extra + 8, value, 8);
    checkBad(file, "local-record", "a");
    file = good;
    setLe(file, extra + 16, value, 8);
    checkBad(file, "local-record", "a");
    file = good;
    setLe(file, layout.end64 + 40, value, 8);
    checkBad(file, "directory-place");
    file = good;
    setLe(file, layout.end64 + 48, value, 8);
    checkBad(file, "directory-place");
    file = good;
    setLe(file, layout.end64 + 24, value, 8);
    setLe(file, layout.end64 + 32, value, 8);
    CHECK(readBytes(file).fault.rule == "too-many-members");
    file = good;
    setLe(file, layout.end64 + 56 + 8, value, 8);
    checkBad(file, "zip64");
  }
}

TEST_CASE("the two end records may not tell of different archives") {
  ZipLayout layout;
  const Bytes good = zipOf(threeMembers(), true, &layout);
  Bytes file = good;
  setLe(file, layout.end + 8, 4, 2);
  setLe(file, layout.end + 10, 4, 2);
  CHECK(readBytes(file).status == TensorFileStatus::kOk);
  setLe(file, layout.end + 10, 3, 2);
  checkBad(file, "zip64");
  file = good;
  setLe(file, layout.end64 + 56, 0, 4);  // no locator, and the old record says that there is one
  checkBad(file, "zip64");
}

TEST_CASE("names that lead elsewhere are refused") {
  for (const char* name : {"/etc/passwd", "../up", "a/../../up", "C:/windows", "c:up", "a\\b", ""}) {
    CAPTURE(name);
    checkBad(zipOf({ZipMember::plain(name, "text")}), "unsafe-name", name);
  }
  checkBad(zipOf({ZipMember::plain("a", "1"), ZipMember::plain("./a", "2")}), "duplicate-name", "a");
  checkBad(zipOf({ZipMember::plain("a/", ""), ZipMember::plain("a", "2")}), "duplicate-name", "a");
  CHECK(readBytes(zipOf({ZipMember::plain("./", ""), ZipMember::plain("a..b/...", "text")})).directory.entries[0].name == "a..b/...");
}

TEST_CASE("a clean name has no empty and no dot parts") {
  CHECK(cleanMemberName("./a//b/./c") == "a/b/c");
  CHECK(cleanMemberName("./") == "");
  CHECK(cleanMemberName("\xe4\xb8\xad.txt") == "\xe4\xb8\xad.txt");
  CHECK(cleanMemberName(std::string_view("a\0b", 3)) == std::nullopt);
  CHECK(cleanMemberName("a/..") == std::nullopt);
  CHECK(cleanMemberName("//server/share") == std::nullopt);
  CHECK(cleanMemberName(".//c:/windows") == std::nullopt);
  CHECK(cleanMemberName("a/c:b") == "a/c:b");
}

TEST_CASE("archives in parts and beyond the limits are not read, and say so") {
  ZipLayout layout;
  Bytes file = zipOf(threeMembers(), false, &layout);
  setLe(file, layout.end + 4, 1, 2);
  CHECK(readBytes(file).status == TensorFileStatus::kNotRead);
  CHECK(readBytes(file).fault.rule == "several-disks");
  std::vector<ZipMember> many(kMostZipMembers + 1);
  for (size_t i = 0; i < many.size(); ++i) many[i] = ZipMember::plain(std::to_string(i), "");
  CHECK(readBytes(zipOf(many)).fault.rule == "too-many-members");
  many.pop_back();
  CHECK(readBytes(zipOf(many)).directory.entries.size() == kMostZipMembers);
}

TEST_CASE("a directory of another length than its records") {
  ZipLayout layout;
  const Bytes good = zipOf(threeMembers(), false, &layout);
  Bytes file = good;
  setLe(file, layout.end + 8, 3, 2);
  setLe(file, layout.end + 10, 3, 2);
  checkBad(file, "directory-size");
  setLe(file, layout.end + 8, 5, 2);
  setLe(file, layout.end + 10, 5, 2);
  CHECK(readBytes(file).status == TensorFileStatus::kBadHeader);
  file = good;
  file[layout.centrals[2]] ^= 1;
  checkBad(file, "central-record");
}

TEST_CASE("only what it needs is asked for, all members in one round") {
  std::vector<ZipMember> members;
  for (int i = 0; i < 20; ++i) members.push_back(ZipMember::plain("member " + std::to_string(i), std::string(20000, 'x')));
  const Bytes file = zipOf(members);
  PagedSource source(file.size());
  ZipDirectory directory;
  TensorFileFault fault;
  int rounds = 0;
  uint64_t read = 0;
  while (readZip(source, directory, fault) == TensorFileStatus::kPending) {
    ++rounds;
    for (const ByteRange& range : source.takeWanted()) {
      read += range.length;
      source.supply(range.offset, std::span(file).subspan(range.offset, range.length));
    }
  }
  CHECK(directory.entries.size() == 20);
  CHECK(rounds <= 3);
  CHECK(read < file.size() / 2);
}
