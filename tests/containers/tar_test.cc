#include "containers/tar.h"

#include "doctest/doctest.h"
#include "support/tar_builder.h"
#include "support/zip_builder.h"

using namespace bp;
using namespace bp::test;

namespace {

struct Read {
  TensorFileStatus status = TensorFileStatus::kOk;
  TarDirectory directory;
  TensorFileFault fault;
};

Read readBytes(std::span<const uint8_t> file) {
  BufferSource source(file);
  Read read;
  read.status = readTar(source, read.directory, read.fault);
  return read;
}

std::vector<TarMember> twoMembers() {
  return {{"./", {}, '5'}, {"./bert/bert_config.json", bytesOf("{}")}, {"bert/link", {}, '2'}, {"vocab.txt", bytesOf("[PAD]\n[UNK]\n"), '0', "bert"}};
}

std::string textAt(std::span<const uint8_t> file, const TarEntry& entry) {
  return std::string(textOf(file.subspan(entry.offset, entry.size)));
}

void checkFault(const Bytes& file, TensorFileStatus status, const char* rule) {
  const Read read = readBytes(file);
  CHECK(read.status == status);
  CHECK(read.fault.rule == rule);
  CHECK(read.directory.entries.empty());
}

}  // namespace

TEST_CASE("plain files of an archive, folders and links passed over") {
  const Bytes file = tarOf(twoMembers());
  const Read read = readBytes(file);
  REQUIRE(read.status == TensorFileStatus::kOk);
  REQUIRE(read.directory.entries.size() == 2);
  CHECK(read.directory.entries[0].name == "bert/bert_config.json");
  CHECK(textAt(file, read.directory.entries[0]) == "{}");
  CHECK(read.directory.entries[1].name == "bert/vocab.txt");
  CHECK(textAt(file, read.directory.entries[1]) == "[PAD]\n[UNK]\n");
}

TEST_CASE("long names by GNU and by pax, and a pax size") {
  const std::string name = std::string(120, 'x') + "/vocab.txt";
  const Bytes gnu = tarOf({{"././@LongLink", bytesOf(name + '\0'), 'L', "", true}, {name, bytesOf("one"), '0', "", true}, {"b", bytesOf("two"), '0', "", true}});
  Read read = readBytes(gnu);
  REQUIRE(read.directory.entries.size() == 2);
  CHECK(read.directory.entries[0].name == name);
  CHECK(textAt(gnu, read.directory.entries[0]) == "one");
  CHECK(read.directory.entries[1].name == "b");

  const Bytes pax = tarOf({{"g", bytesOf("18 comment=global\n"), 'g'}, {"x", bytesOf("140 path=" + name + "\n" + "10 size=3\n"), 'x'}, {"short", bytesOf("one")}});
  read = readBytes(pax);
  REQUIRE(read.status == TensorFileStatus::kOk);
  REQUIRE(read.directory.entries.size() == 1);
  CHECK(read.directory.entries[0].name == name);
  CHECK(read.directory.entries[0].size == 3);
  for (const char* bad : {"0 path=a\n", "9 path=a", "99 path=a\n", "path=a\n", "9 size=-1\n", "30 size=99999999999999999999999\n", "7 path\n"}) {
    CAPTURE(bad);
    checkFault(tarOf({{"x", bytesOf(bad), 'x'}, {"short", bytesOf("one")}}), TensorFileStatus::kBadHeader, "pax");
  }
  checkFault(tarOf({{"x", bytesOf("22 GNU.sparse.major=1\n"), 'x'}, {"short", bytesOf("one")}}), TensorFileStatus::kNotRead, "sparse");
}

TEST_CASE("sizes in base 256, of 2^63 and more, and none at all") {
  Bytes good = tarOf({{"a", bytesOf("text")}});
  const auto withSize = [&](const Bytes& field) {
    Bytes file = good;
    std::copy(field.begin(), field.end(), file.begin() + 124);
    setTarChecksum(file);
    return file;
  };
  CHECK(readBytes(withSize(fromHex("80 00 00 00 00 00 00 00 00 00 00 04"))).directory.entries[0].size == 4);
  CHECK(readBytes(withSize(bytesOf("         4 \0"))).directory.entries[0].size == 4);
  checkFault(withSize(fromHex("80 00 00 00 80 00 00 00 00 00 00 00")), TensorFileStatus::kTruncated, "member");
  checkFault(withSize(fromHex("80 00 00 00 ff ff ff ff ff ff ff ff")), TensorFileStatus::kTruncated, "member");
  checkFault(withSize(fromHex("80 00 00 01 00 00 00 00 00 00 00 04")), TensorFileStatus::kBadHeader, "size");
  checkFault(withSize(fromHex("ff ff ff ff ff ff ff ff ff ff ff fc")), TensorFileStatus::kBadHeader, "size");
  checkFault(withSize(bytesOf("00000000008 ")), TensorFileStatus::kBadHeader, "size");
}

TEST_CASE("of two members with one name the later is left after unpacking") {
  const Bytes file = tarOf({{"a", bytesOf("old")}, {"b", bytesOf("other")}, {"./a", bytesOf("new")}});
  const Read read = readBytes(file);
  REQUIRE(read.directory.entries.size() == 2);
  CHECK(read.directory.entries[0].name == "b");
  CHECK(textAt(file, read.directory.entries[1]) == "new");
}

TEST_CASE("a name that leads elsewhere, a header that was changed, too many members") {
  checkFault(tarOf({{"../up", bytesOf("text")}}), TensorFileStatus::kBadHeader, "unsafe-name");
  checkFault(tarOf({{"/etc/passwd", bytesOf("text")}}), TensorFileStatus::kBadHeader, "unsafe-name");
  Bytes file = tarOf({{"a", bytesOf("text")}});
  file[0] ^= 1;
  checkFault(file, TensorFileStatus::kBadHeader, "checksum");
  std::vector<TarMember> many(kMostTarMembers + 1);
  for (size_t i = 0; i < many.size(); ++i) many[i].name = std::to_string(i);
  checkFault(tarOf(many), TensorFileStatus::kNotRead, "too-many-members");
}

TEST_CASE("every cut of an archive gives whole members only, or says that it is cut") {
  const Bytes file = tarOf(twoMembers());
  everyPrefix(file, [&](std::span<const uint8_t> cut) {
    const Read read = readBytes(cut);
    // Without the zeros at the end a tar is read all the same, between members as well.
    CHECK((read.status == TensorFileStatus::kOk || read.status == TensorFileStatus::kTruncated));
    if (read.status == TensorFileStatus::kTruncated) CHECK(read.fault.expected > cut.size());
    for (const TarEntry& entry : read.directory.entries) CHECK(entry.offset + entry.size <= cut.size());
  });
}

TEST_CASE("whichever byte is changed, the members it still gives are in the file, and a changed header is noticed") {
  const Bytes file = tarOf(twoMembers());
  everyByteChanged(file, [&](std::span<const uint8_t> changed, size_t) {
    const Read read = readBytes(changed);
    CHECK((read.status == TensorFileStatus::kOk) == read.fault.rule.empty());
    for (const TarEntry& entry : read.directory.entries) CHECK(entry.offset + entry.size <= changed.size());
  });
}

TEST_CASE("the walk goes forward only and stops at the zeros") {
  std::vector<TarMember> members;
  for (int i = 0; i < 5; ++i) members.push_back({"member " + std::to_string(i), Bytes(20000, 'x')});
  const Bytes file = tarOf(members);
  PagedSource source(file.size());
  TarDirectory directory;
  TensorFileFault fault;
  uint64_t last = 0;
  while (readTar(source, directory, fault) == TensorFileStatus::kPending) {
    for (const ByteRange& range : source.takeWanted()) {
      CHECK(range.offset >= last);
      last = range.offset;
      source.supply(range.offset, std::span(file).subspan(range.offset, range.length));
    }
  }
  CHECK(directory.entries.size() == 5);
}
