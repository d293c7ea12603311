#include "containers/table.h"

#include "doctest/doctest.h"
#include "support/table_builder.h"

using namespace bp;
using namespace bp::test;

namespace {

constexpr uint64_t kLimit = 1 << 20;
using Entries = std::vector<std::pair<std::string, std::string>>;

struct Read {
  ParseStatus status = ParseStatus::kOk;
  Entries entries;
  TableFault fault;
};

Read readAll(std::span<const uint8_t> file, uint64_t limit = kLimit) {
  BufferSource source(file);
  Read read;
  read.status = visitTable(source, limit, [&](std::string_view key, std::span<const uint8_t> value, uint64_t) {
    read.entries.emplace_back(key, textOf(value));
    return true;
  }, read.fault);
  return read;
}

TableBuilder small(TableOptions options = {}) {
  TableBuilder table(std::move(options));
  table.add("", bytesOf("header"));
  for (int i = 10; i < 50; ++i) table.add("bert/encoder/layer_" + std::to_string(i) + "/kernel", bytesOf("value " + std::to_string(i)));
  return table;
}

Entries smallEntries() {
  Entries entries = {{"", "header"}};
  for (int i = 10; i < 50; ++i) entries.emplace_back("bert/encoder/layer_" + std::to_string(i) + "/kernel", "value " + std::to_string(i));
  return entries;
}

// A table of one data block as given.
Read readBlockOf(const Bytes& contents) {
  TableOptions options;
  options.edit = [&](int which, Bytes& block, uint8_t&) {
    if (which == 0) block = contents;
  };
  return readAll(TableBuilder(options).add("k", bytesOf("v")).build());
}

}  // namespace

TEST_CASE("prefix-compressed keys come back whole, in one block or many, plain or Snappy") {
  for (const size_t block_bytes : {size_t{1}, size_t{100}, size_t{262144}}) {
    for (const size_t interval : {size_t{1}, size_t{3}, size_t{16}}) {
      for (const bool snappy : {false, true}) {
        TableOptions options;
        options.block_bytes = block_bytes;
        options.restart_interval = interval;
        options.snappy = snappy;
        const Read read = readAll(small(options).build());
        CHECK(read.status == ParseStatus::kOk);
        CHECK(read.entries == smallEntries());
      }
    }
  }
}

TEST_CASE("keys are ordered as unsigned bytes") {
  const Read read = readAll(TableBuilder().add("z", {}).add("\xe4\xb8\xad", {}).build());
  CHECK(read.status == ParseStatus::kOk);
  CHECK(read.entries.size() == 2);
}

TEST_CASE("an index key is no name, and bytes behind a handle are allowed") {
  TableOptions options;
  options.edit = [](int which, Bytes& block, uint8_t&) {
    if (which == -2) block = TableBuilder::blockOf({{"h", fromHex("00 0d ffff")}}, 1);
  };
  const Read read = readAll(TableBuilder(options).add("a", bytesOf("b")).build());
  CHECK(read.status == ParseStatus::kOk);
  CHECK(read.entries == Entries{{"a", "b"}});
}

TEST_CASE("the visitor may stop at any entry") {
  const Bytes file = small().build();
  BufferSource source(file);
  TableFault fault;
  int seen = 0;
  CHECK(visitTable(source, kLimit, [&](std::string_view, std::span<const uint8_t>, uint64_t) { return ++seen < 3; }, fault) == ParseStatus::kOk);
  CHECK(seen == 3);
}

TEST_CASE("every cut of a good table fails and says so, and no changed byte gives other entries") {
  for (const bool snappy : {false, true}) {
    TableOptions options;
    options.block_bytes = 400;
    options.snappy = snappy;
    const Bytes file = small(options).build();
    const Entries good = smallEntries();
    everyPrefix(file, [](std::span<const uint8_t> cut) {
      const Read read = readAll(cut);
      CHECK(read.status == ParseStatus::kFailed);
      CHECK_FALSE(read.fault.step.empty());
      CHECK_FALSE(read.fault.what.empty());
      CHECK(read.fault.offset <= cut.size());
    });
    everyByteChanged(file, [&](std::span<const uint8_t> changed, size_t) {
      const Read read = readAll(changed);
      if (read.status == ParseStatus::kOk) {
        CHECK(read.entries == good);
      } else {
        CHECK_FALSE(read.fault.step.empty());
        CHECK_FALSE(read.fault.what.empty());
      }
    });
  }
}

TEST_CASE("a fault says the step, TensorFlow's words, the field and the place") {
  const Bytes good = small().build();
  SUBCASE("too short") {
    const Read read = readAll(std::span(good).first(47));
    CHECK(read.fault.step == "footer");
    CHECK(read.fault.what == "file is too short to be an sstable");
  }
  SUBCASE("magic") {
    Bytes file = good;
    file.back() ^= 1;
    const Read read = readAll(file);
    CHECK(read.fault.what == "not an sstable (bad magic number)");
    CHECK(read.fault.offset == file.size() - 8);
  }
  SUBCASE("handle") {
    Bytes file = good;
    std::fill(file.end() - 48, file.end() - 8, 0xff);
    const Read read = readAll(file);
    CHECK(read.fault.what == "bad block handle");
    CHECK(read.fault.field == "metaindex block offset");
    CHECK(read.fault.offset == file.size() - 48);
  }
  SUBCASE("handle past the end") {
    Bytes file = good;
    const Bytes handles = fromHex("00 00 ffffffffffffffffff01 ffffffffffffffffff01");
    std::copy(handles.begin(), handles.end(), file.end() - 48);
    const Read read = readAll(file);
    CHECK(read.fault.step == "index block");
    CHECK(read.fault.what == "truncated block read");
  }
  SUBCASE("checksum") {
    Bytes file = good;
    file[3] ^= 0x40;
    const Read read = readAll(file);
    CHECK(read.fault.step == "data block");
    CHECK(read.fault.what == "block checksum mismatch");
    CHECK(read.fault.offset == 0);
    CHECK(read.fault.has_crc);
    CHECK(read.fault.crc_stored != read.fault.crc_calculated);
    Bytes block(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(read.fault.length) + 1);
    CHECK(read.fault.crc_stored == crc32c(block));
  }
  SUBCASE("checksum of all") {
    TableOptions options;
    options.break_crc = true;
    const Read read = readAll(small(options).build());
    CHECK(read.fault.step == "index block");
    CHECK(read.fault.what == "block checksum mismatch");
  }
  SUBCASE("type") {
    TableOptions options;
    options.edit = [](int which, Bytes&, uint8_t& type) {
      if (which == 0) type = 2;
    };
    const Read read = readAll(small(options).build());
    CHECK(read.fault.step == "data block");
    CHECK(read.fault.what == "bad block type");
    CHECK(read.fault.field == "block type");
  }
  SUBCASE("Snappy") {
    TableOptions options;
    options.snappy = true;
    options.edit = [](int which, Bytes& block, uint8_t&) {
      if (which == 0) block.resize(block.size() - 1);
    };
    CHECK(readAll(small(options).build()).fault.what == "corrupted compressed block contents");
  }
  SUBCASE("limit") {
    const Read read = readAll(good, 100);
    CHECK(read.status == ParseStatus::kFailed);
    CHECK(read.fault.what == "handle.size() too big");
  }
}

TEST_CASE("what is wrong inside a block whose checksum is right") {
  const auto fault = [](std::string_view hex) {
    const Read read = readBlockOf(fromHex(hex));
    CHECK(read.status == ParseStatus::kFailed);
    return std::tuple(read.fault.step, read.fault.what, read.fault.field, read.fault.offset);
  };
  using Fault = std::tuple<std::string, std::string, std::string, uint64_t>;
  const std::string bad = "bad entry in block";
  CHECK(fault("00 00 00") == Fault("data block", "bad block contents", "restart count", 0));
  CHECK(fault("00000000 02000000") == Fault("data block", "bad block contents", "restart count", 0));
  CHECK(fault("00 01 00 61 00000000") == Fault("data block", "bad block contents", "restart count", 0));  // entries, but no restart
  CHECK(fault("00 02 00 61 00000000 01000000") == Fault("entry", bad, "key", 0));
  CHECK(fault("00 01 02 61 62 00000000 01000000") == Fault("entry", bad, "value", 0));
  CHECK(fault("00 ff ff ff ff ff 00000000 01000000") == Fault("entry", bad, "key length", 0));
  CHECK(fault("01 01 00 61 00000000 01000000") == Fault("entry", bad, "shared key length", 0));  // shares with nothing
  CHECK(fault("00 01 00 61 02 01 00 62 00000000 01000000") == Fault("entry", bad, "shared key length", 4));
  CHECK(fault("00 01 00 61 01 01 00 62 00000000 04000000 02000000") == Fault("entry", bad, "shared key length", 4));  // shares at a restart
  CHECK(fault("00 01 00 62 00 01 00 61 00000000 01000000") == Fault("entry", "keys out of order", "key", 4));
  CHECK(fault("00 01 00 61 00 01 00 61 00000000 01000000") == Fault("entry", "keys out of order", "key", 4));
  CHECK(fault("00 01 00 61 00000000 03000000 02000000") == Fault("entry", bad, "restart offset", 4));
  CHECK(fault("00 01 00 61 01000000 01000000") == Fault("entry", bad, "restart offset", 4));
}

TEST_CASE("an empty block has one restart, or none") {
  CHECK(readBlockOf(fromHex("00000000 01000000")).entries.empty());
  CHECK(readBlockOf(fromHex("00000000 01000000")).status == ParseStatus::kOk);
  CHECK(readBlockOf(fromHex("00000000")).status == ParseStatus::kOk);
}

TEST_CASE("keys rise from block to block") {
  TableOptions options;
  options.block_bytes = 1;
  options.edit = [](int which, Bytes& block, uint8_t&) {
    if (which == 1) block = TableBuilder::blockOf({{"a", {}}}, 1);
  };
  const Read read = readAll(TableBuilder(options).add("b", bytesOf("x")).add("c", bytesOf("x")).build());
  CHECK(read.status == ParseStatus::kFailed);
  CHECK(read.fault.what == "keys out of order");
}

TEST_CASE("keys that a few bytes spell out endlessly are stopped") {
  Bytes block;
  putVarint(block, 0);
  putVarint(block, 1 << 20);
  putVarint(block, 0);
  block.resize(block.size() + (1 << 20), 'a');
  for (int i = 0; i < 2000; ++i) {  // each adds four bytes to the file and a MiB to the keys
    putVarint(block, (1 << 20) + i);
    putVarint(block, 1);
    putVarint(block, 0);
    block.push_back('b');
  }
  putU32(block, 0);
  putU32(block, 1);
  TableOptions options;
  options.edit = [&](int which, Bytes& bytes, uint8_t&) {
    if (which == 0) bytes = block;
  };
  const Bytes file = TableBuilder(options).add("k", bytesOf("v")).build();
  BufferSource source(file);
  TableFault fault;
  CHECK(visitTable(source, 1 << 25, [](std::string_view, std::span<const uint8_t>, uint64_t) { return true; }, fault) == ParseStatus::kFailed);
  CHECK(fault.what == "keys too long");
}

TEST_CASE("an index block that lists one block again and again is not followed") {
  const auto listed = [](int times) {
    TableOptions options;
    options.edit = [times](int which, Bytes& block, uint8_t&) {
      if (which != -2) return;
      std::vector<std::pair<std::string, Bytes>> handles;
      for (int i = 1000; i < 1000 + times; ++i) handles.emplace_back(std::to_string(i), fromHex("00 11"));
      block = TableBuilder::blockOf(handles, 1);
    };
    return readAll(TableBuilder(options).add("k", bytesOf("12345")).build());
  };
  CHECK(listed(1).status == ParseStatus::kOk);
  CHECK(listed(2).fault.what == "keys out of order");
  CHECK(listed(2).entries.size() == 1);
  CHECK(listed(1000).status == ParseStatus::kFailed);  // together they are larger than the file
  CHECK(listed(1000).entries.empty());
}

TEST_CASE("a paged table asks for its first block, then for all others at once") {
  TableOptions options;
  options.block_bytes = 20000;
  TableBuilder table(options);
  for (int i = 100; i < 400; ++i) table.add("key" + std::to_string(i), Bytes(1000, static_cast<uint8_t>(i)));
  const Bytes file = table.build();
  PagedSource source(file.size());
  TableFault fault;
  int rounds = 0, entries = 0;
  for (;;) {
    entries = 0;
    const ParseStatus status = visitTable(source, kLimit, [&](std::string_view, std::span<const uint8_t>, uint64_t) { return ++entries > 0; }, fault);
    if (status != ParseStatus::kPending) {
      CHECK(status == ParseStatus::kOk);
      break;
    }
    const auto wanted = source.takeWanted();
    REQUIRE_FALSE(wanted.empty());
    for (const ByteRange& range : wanted) source.supply(range.offset, std::span(file).subspan(static_cast<size_t>(range.offset), static_cast<size_t>(range.length)));
    ++rounds;
  }
  CHECK(entries == 300);
  CHECK(rounds <= 4);  // footer, index block, first block, the others
}
