#include "containers/tensor_bundle.h"

#include "bytes/crc32c.h"
#include "doctest/doctest.h"
#include "support/bundle_builder.h"
#include "support/fixture_files.h"

using namespace bp;
using namespace bp::test;

namespace {

struct Opened {
  BundleStatus status = BundleStatus::kOk;
  TensorBundle bundle;
  TableFault fault;

  const BundleEntry& entry(const std::string& name) const {
    const auto found = std::find_if(bundle.entries.begin(), bundle.entries.end(), [&](const BundleEntry& e) { return e.name == name; });
    REQUIRE(found != bundle.entries.end());
    return *found;
  }
};

Opened open(std::span<const uint8_t> index) {
  BufferSource source(index);
  Opened opened;
  opened.status = readTensorBundle(source, opened.bundle, opened.fault);
  return opened;
}

BundleBuilder small() {
  BundleBuilder builder;
  builder.add("bert/embeddings/LayerNorm/beta", {4}).add("bert/pooler/dense/kernel", {4, 3}).add("global_step", {});
  return builder;
}

bool same(const BundleEntry& a, const BundleEntry& b) {
  return a.name == b.name && a.dtype_number == b.dtype_number && a.shape == b.shape && a.shard_id == b.shard_id && a.offset == b.offset &&
         a.size == b.size && a.crc32c == b.crc32c && a.slices.size() == b.slices.size();
}

std::vector<std::string> faultsOf(const Shape& shape, const std::vector<BundleBuilder::Slice>& slices) {
  BundleBuilder builder;
  builder.addSliced("w", shape, slices);
  const Opened opened = open(builder.index());
  REQUIRE(opened.status == BundleStatus::kOk);
  return sliceFaults(opened.entry("w"));
}

// A table at the beginning of a file of 1 GiB, and its footer at the end of it.
class Large final : public ByteSource {
 public:
  explicit Large(const Bytes& table) : table_(table) {}
  uint64_t size() const override { return kSize; }
  ReadStatus read(uint64_t offset, std::span<uint8_t> out) override {
    bytes_read += out.size();
    if (offset >= kSize - 48) offset -= kSize - table_.size();
    if (offset > table_.size() || out.size() > table_.size() - offset) return ReadStatus::kPastEnd;
    std::copy_n(table_.begin() + static_cast<std::ptrdiff_t>(offset), out.size(), out.begin());
    return ReadStatus::kOk;
  }
  uint64_t bytes_read = 0;

 private:
  static constexpr uint64_t kSize = uint64_t{1} << 30;
  const Bytes& table_;
};

}  // namespace

TEST_CASE("an index that TensorFlow wrote: names, shapes, extents and checksums fit its data file") {
  for (const std::string set : {"tf/good-chinese/chinese_L-2_H-32_A-4/bert_model.ckpt", "tf/snappy-index/uncased_L-4_H-16_A-2/model.ckpt-1200",
                                "tf/half/cased_L-3_H-24_A-3/bert_model.ckpt", "tf/bfloat16/chinese_L-2_H-32_A-4/bert_model.ckpt"}) {
    CAPTURE(set);
    const Bytes data = fixture(set + ".data-00000-of-00001");
    const Opened opened = open(fixture(set + ".index"));
    REQUIRE(opened.status == BundleStatus::kOk);
    CHECK(opened.bundle.header.num_shards == 1);
    CHECK(opened.bundle.header.producer == 1);
    CHECK(opened.bundle.entries.size() >= 46);
    uint64_t covered = 0;
    for (const BundleEntry& entry : opened.bundle.entries) {
      CHECK(expectedBytes(entry) == static_cast<uint64_t>(entry.size));
      REQUIRE(static_cast<uint64_t>(entry.offset + entry.size) <= data.size());
      CHECK(crc32c(std::span(data).subspan(static_cast<size_t>(entry.offset), static_cast<size_t>(entry.size))) == entry.crc32c);
      covered += static_cast<uint64_t>(entry.size);
    }
    CHECK(covered == data.size());
  }
}

TEST_CASE("slices that TensorFlow wrote are found under their keys and cover their variable") {
  const Opened opened = open(fixture("tf/sharded-with-slices/uncased_L-4_H-16_A-2/model.ckpt-1200.index"));
  REQUIRE(opened.status == BundleStatus::kOk);
  int partitioned = 0;
  for (const BundleEntry& entry : opened.bundle.entries) {
    CHECK(entry.name[0] != '\0');
    if (entry.slices.empty()) continue;
    ++partitioned;
    CHECK(entry.slices.size() == 2);
    CHECK(sliceFaults(entry).empty());
    CHECK(entry.slices[0].shard_id != entry.slices[1].shard_id);
  }
  CHECK(partitioned == 2);
}

TEST_CASE("a V1 checkpoint is told from an index, also one larger than any index") {
  const Bytes v1 = fixture("tf/v1-saver/chinese_L-2_H-32_A-4/bert_model.ckpt");
  CHECK(open(v1).status == BundleStatus::kV1);

  Large large(v1);
  TensorBundle bundle;
  TableFault fault;
  CHECK(readTensorBundle(large, bundle, fault) == BundleStatus::kV1);
  CHECK(large.bytes_read < 100000);
}

TEST_CASE("header fields") {
  BundleBuilder builder = small();
  builder.header(Proto().varint(1, 5).varint(2, 1).message(3, Proto().varint(1, 3).varint(2, 2).varint(3, 7).bytes(3, fromHex("01 09"))).done());
  const Opened opened = open(builder.index());
  REQUIRE(opened.status == BundleStatus::kOk);
  const BundleHeader& header = opened.bundle.header;
  CHECK(header.num_shards == 5);
  CHECK(header.big_endian);
  CHECK(header.producer == 3);
  CHECK(header.min_consumer == 2);
  CHECK(header.bad_consumers == std::vector<int32_t>{7, 1, 9});
}

TEST_CASE("who may read: producer, smallest consumer, consumers that are shut out") {
  BundleHeader header;
  header.num_shards = 1;
  header.producer = 1;
  CHECK(versionFault(header).empty());
  header.min_consumer = 1;
  header.bad_consumers = {2};
  CHECK(versionFault(header).empty());
  header.bad_consumers = {2, 1};
  CHECK(versionFault(header).find("disallows consumer version 1") != std::string::npos);
  header.bad_consumers.clear();
  header.min_consumer = 2;
  CHECK(versionFault(header).find("min consumer version 2") != std::string::npos);
  header.min_consumer = 0;
  header.producer = -1;
  CHECK(versionFault(header).find("producer version -1") != std::string::npos);
}

TEST_CASE("a broken header says which field") {
  const auto faultOf = [](const Bytes& header) {
    const Opened opened = open(small().header(header).index());
    CHECK(opened.status == BundleStatus::kDamaged);
    CHECK(opened.fault.step == "header");
    return opened.fault;
  };
  CHECK(faultOf(fromHex("08")).what == "unable to parse header");
  CHECK(faultOf(fromHex("08")).field == "varint field");
  CHECK(faultOf(Proto().varint(1, 1).bytes(3, fromHex("08")).done()).field == "version");
  CHECK(faultOf({}).what == "the header names no data file");
  CHECK(faultOf(Proto().varint(1, static_cast<uint64_t>(int64_t{-1})).done()).field == "num_shards");
}

TEST_CASE("an index without the header entry, or without any") {
  Opened opened = open(TableBuilder().add("a", Proto().varint(1, 1).done()).build());
  CHECK(opened.status == BundleStatus::kDamaged);
  CHECK(opened.fault.what == "failed to seek to header entry");
  opened = open(TableBuilder().build());
  CHECK(opened.status == BundleStatus::kDamaged);
  CHECK(opened.fault.what == "failed to seek to header entry");
}

TEST_CASE("an entry that cannot be parsed is named, with the field and its place in the file") {
  BundleBuilder builder;
  builder.record("weight", Proto().varint(1, 1).bytes(2, fromHex("12 05 08")).done());
  const Bytes index = builder.index();
  const Opened opened = open(index);
  CHECK(opened.status == BundleStatus::kDamaged);
  CHECK(opened.fault.step == "entry");
  CHECK(opened.fault.what == "Entry for key weight not parseable.");
  CHECK(opened.fault.field == "shape");
  CHECK(opened.fault.offset < index.size());
  builder.record("weight", Proto().varint(1, 1).bytes(7, fromHex("0a 05 08")).done());
  CHECK(open(builder.index()).fault.field == "slice");
}

TEST_CASE("unknown fields of an entry are passed over, absent ones are zero") {
  BundleBuilder builder;
  builder.record("w", Proto().varint(1, 1).varint(100, 5).text(101, "later").done());
  const Opened opened = open(builder.index());
  REQUIRE(opened.status == BundleStatus::kOk);
  const BundleEntry& entry = opened.entry("w");
  CHECK(entry.shape.empty());
  CHECK(entry.size == 0);
  CHECK(entry.crc32c == unmaskCrc(0));
}

TEST_CASE("every type has its size, and what is never stored has none") {
  const uint32_t sizes[] = {0, 4, 8, 4, 1, 2, 1, 0, 8, 8, 1, 1, 1, 4, 2, 2, 2, 2, 16, 2, 0, 0, 4, 8, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  for (uint32_t number = 0; number < std::size(sizes) + 3; ++number) {
    CAPTURE(number);
    BundleEntry entry;
    entry.dtype_number = number;
    entry.shape = {3, 5};
    const uint32_t size = number < std::size(sizes) ? sizes[number] : 0;
    CHECK(expectedBytes(entry) == (size == 0 ? std::nullopt : std::optional<uint64_t>(15 * size)));
  }
}

TEST_CASE("sizes that no file can have are no sizes") {
  BundleEntry entry;
  entry.dtype_number = 1;
  for (const Shape& shape : {Shape{-1}, Shape{INT64_MAX}, Shape{int64_t{1} << 31, int64_t{1} << 31}, Shape{int64_t{1} << 32, int64_t{1} << 32}}) {
    entry.shape = shape;
    CHECK_FALSE(expectedBytes(entry));
  }
  entry.shape = {int64_t{1} << 60};
  CHECK(expectedBytes(entry) == uint64_t{1} << 62);
  entry.unknown_rank = true;
  CHECK_FALSE(expectedBytes(entry));
}

TEST_CASE("more than 254 dims are no shape") {
  BundleBuilder builder;
  builder.record("w", BundleBuilder::entryProto({1, Shape(254, 1), 0, 0, 4, 0}).done());
  CHECK(open(builder.index()).status == BundleStatus::kOk);
  builder.record("w", BundleBuilder::entryProto({1, Shape(255, 1), 0, 0, 4, 0}).done());
  CHECK(open(builder.index()).fault.field == "shape");
}

TEST_CASE("every cut of a good index fails, and no changed byte gives another entry") {
  for (const bool snappy : {false, true}) {
    TableOptions options;
    options.snappy = snappy;
    options.block_bytes = 60;
    BundleBuilder builder = small();
    builder.addSliced("t", {4, 2}, {{{0, 0}, {2, -1}}, {{2, 0}, {2, -1}}});
    const Bytes index = builder.index(options);
    const Opened good = open(index);
    REQUIRE(good.status == BundleStatus::kOk);
    everyPrefix(index, [](std::span<const uint8_t> cut) {
      const Opened opened = open(cut);
      CHECK(opened.status == (cut.size() < 48 ? BundleStatus::kTooShort : BundleStatus::kDamaged));
      CHECK_FALSE(opened.fault.what.empty());
    });
    everyByteChanged(index, [&](std::span<const uint8_t> changed, size_t) {
      const Opened opened = open(changed);
      if (opened.status != BundleStatus::kOk) {
        CHECK(opened.status == BundleStatus::kDamaged);
        CHECK_FALSE(opened.fault.what.empty());
        CHECK(opened.bundle.entries.empty());
        return;
      }
      REQUIRE(opened.bundle.entries.size() == good.bundle.entries.size());
      for (size_t i = 0; i < good.bundle.entries.size(); ++i) CHECK(same(opened.bundle.entries[i], good.bundle.entries[i]));
    });
  }
}

TEST_CASE("a partitioned variable: explicit and whole dimensions, parts in any shard") {
  BundleBuilder builder(2);
  builder.addSliced("w", {6, 4}, {{{0, 0}, {2, 4}, 0}, {{2, 0}, {4, -1}, 1}}).add("x", {2}, {}, 1);
  const Opened opened = open(builder.index());
  REQUIRE(opened.status == BundleStatus::kOk);
  CHECK(opened.bundle.entries.size() == 2);
  const BundleEntry& entry = opened.entry("w");
  REQUIRE(entry.slices.size() == 2);
  CHECK(entry.slices[0].found);
  CHECK(entry.slices[0].size == 32);
  CHECK(entry.slices[1].start == Shape{2, 0});
  CHECK(entry.slices[1].length == Shape{4, 4});
  CHECK(entry.slices[1].shard_id == 1);
  CHECK(entry.slices[1].stored_shape == Shape{4, 4});
  CHECK(sliceFaults(entry).empty());
}

TEST_CASE("what slices lack is said: holes, overlaps, bounds, ranks, records, shapes") {
  const auto has = [](const std::vector<std::string>& faults, const std::string& words) {
    return faults.size() == 1 && faults[0].find(words) != std::string::npos;
  };
  CHECK(faultsOf({6, 4}, {{{0, 0}, {3, 4}}, {{3, 0}, {3, 4}}}).empty());
  CHECK(faultsOf({4, 4}, {{{0, 0}, {2, 2}}, {{2, 0}, {2, 2}}, {{0, 2}, {2, 2}}, {{2, 2}, {2, 2}}}).empty());  // cut in both dims
  CHECK(has(faultsOf({6, 4}, {{{0, 0}, {2, 4}}, {{3, 0}, {3, 4}}}), "Does not have sufficient slices for partitioned tensor: 20 of 24"));
  CHECK(has(faultsOf({6, 4}, {{{0, 0}, {4, 4}}, {{3, 0}, {3, 4}}}), "Overlapping slices: existing slice = 0,4:0,4, new slice = 3,3:0,4"));
  CHECK(faultsOf({6, 4}, {{{0, 0}, {3, 4}}, {{3, 0}, {4, 4}}}).front().find("out of bounds of shape [6, 4]") != std::string::npos);
  CHECK(faultsOf({6, 4}, {{{0}, {6}}}).front().find("Mismatching ranks") != std::string::npos);
  CHECK(has(faultsOf({6, 4}, {{{0, 0}, {3, 4}}, {{3, 0}, {3, 4}, 0, {}, false}}), "no entry holds it"));
  CHECK(has(faultsOf({6, 4}, {{{0, 0}, {3, 4}}, {{3, 0}, {3, 4}, 0, [](EntryFields& f) { f.shape = {3, 5}; }}}), "stored with shape [3, 5]"));
  CHECK(has(faultsOf({6, 4}, {{{0, 0}, {3, 4}}, {{3, 0}, {3, 4}, 0, [](EntryFields& f) { f.dtype = 3; }}}), "stored with another type"));
}

TEST_CASE("a list of slices without end stays short and quick") {
  std::vector<BundleBuilder::Slice> slices;
  for (int64_t i = 0; i < 4000; ++i) slices.push_back({{0, i}, {1, 1}, 0, {}, false});
  const std::vector<std::string> faults = faultsOf({1, 4000}, slices);
  CHECK(faults.size() == 11);
  CHECK(faults.back() == "and more");
  slices.resize(5000, slices[0]);
  CHECK(faultsOf({1, 5000}, slices).front() == "5000 slices are more than can be compared");
}

TEST_CASE("numbers at the edge of int64 are read as they stand") {
  BundleBuilder builder;
  builder.add("a", {1}, [](EntryFields& f) { f.offset = f.size = INT64_MAX; });
  builder.add("b", {1}, [](EntryFields& f) { f.offset = static_cast<uint64_t>(int64_t{-5}); });
  builder.add("c", {1}, [](EntryFields& f) { f.shard = 0x7fffffff; });
  builder.numShards(0x7fffffff);
  const Opened opened = open(builder.index());
  REQUIRE(opened.status == BundleStatus::kOk);
  CHECK(opened.bundle.header.num_shards == INT32_MAX);
  CHECK(opened.entry("a").offset == INT64_MAX);
  CHECK(opened.entry("b").offset == -5);
  CHECK(opened.entry("c").shard_id == INT32_MAX);
}

TEST_CASE("an index of more than a million records is refused before it fills the memory") {
  BundleBuilder builder;
  Bytes slices = Proto().varint(1, 1).done();
  for (int i = 0; i < (1 << 20) + 1; ++i) append(slices, fromHex("3a 00"));
  builder.record("w", slices);
  const Opened opened = open(builder.index());
  CHECK(opened.status == BundleStatus::kDamaged);
  CHECK(opened.fault.field == "slice");
}
