#include "tensors/data_pass.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <random>
#include <tuple>
#include <utility>

#include "bytes/crc32c.h"

using namespace bp;

namespace {

using Bytes = std::vector<uint8_t>;

template <typename T>
Bytes bytesOf(const std::vector<T>& elements) {
  Bytes bytes(elements.size() * sizeof(T));
  if (!bytes.empty()) std::memcpy(bytes.data(), elements.data(), bytes.size());
  return bytes;
}

std::vector<float> someFloats(size_t count, uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(3.0f, 2.0f);
  std::vector<float> values(count);
  for (float& value : values) value = normal(random);
  return values;
}

// Files and a table over them.
struct Set {
  std::vector<Bytes> files = std::vector<Bytes>(2);
  TensorTable table;

  Extent append(uint32_t file, const Bytes& bytes) {
    const Extent extent{file, files[file].size(), bytes.size()};
    files[file].resize(files[file].size() + bytes.size());
    std::copy_backward(bytes.begin(), bytes.end(), files[file].end());
    return extent;
  }
  static TensorInfo whole(const char* name, DType dtype, Shape shape, Extent extent, std::optional<uint32_t> crc) {
    TensorInfo tensor;
    tensor.name = name;
    tensor.dtype = dtype;
    tensor.shape = std::move(shape);
    TensorPart part;
    part.extent = extent;
    part.crc32c = crc;
    tensor.parts.push_back(part);
    return tensor;
  }
  void add(const char* name, DType dtype, Shape shape, uint32_t file, const Bytes& bytes) {
    table.add(whole(name, dtype, std::move(shape), append(file, bytes), crc32c(bytes)));
  }
  std::vector<uint64_t> sizes() const {
    std::vector<uint64_t> sizes;
    for (const Bytes& file : files) sizes.push_back(file.size());
    return sizes;
  }
  // Follows the plan, in chunks of `chunk` bytes.
  void stream(DataPass& pass, size_t chunk) const {
    for (const PlannedRead& read : pass.plan()) {
      for (uint64_t done = 0; done < read.length; done += chunk) {
        const size_t size = static_cast<size_t>(std::min<uint64_t>(chunk, read.length - done));
        REQUIRE(pass.feed(read.file, read.offset + done, {files[read.file].data() + read.offset + done, size}));
      }
    }
    pass.finish();
  }
};

struct Collector final : ValueSink {
  std::map<std::pair<uint32_t, uint32_t>, std::vector<float>> values;
  std::vector<bool> wanted;

  bool wants(uint32_t tensor) const override { return tensor >= wanted.size() || wanted[tensor]; }
  void take(uint32_t tensor, uint32_t part, uint64_t first, std::span<const float> chunk) override {
    std::vector<float>& all = values[{tensor, part}];
    REQUIRE(all.size() == first);
    all.insert(all.end(), chunk.begin(), chunk.end());
  }
};

constexpr size_t kChunks[] = {1, 3, 7, 64, 4096, 100003, 1 << 24};

}  // namespace

TEST_CASE("every chunking gives the same checksums, values and statistics") {
  Set set;
  const std::vector<float> first = someFloats(20000, 1);
  std::vector<double> second;
  for (const float x : someFloats(777, 2)) second.push_back(x);
  set.append(0, {1, 2, 3});
  set.add("first", DType::kFloat32, {100, 200}, 0, bytesOf(first));
  set.add("bytes", DType::kInt8, {5}, 0, {1, 0, 255, 1, 7});
  set.add("second", DType::kFloat64, {777}, 1, bytesOf(second));
  set.add("halves", DType::kFloat16, {3}, 1, bytesOf<uint16_t>({0x3c00, 0x0000, 0xc000}));

  for (const size_t chunk : kChunks) {
    CAPTURE(chunk);
    Collector sink;
    DataPass pass(set.table, set.sizes(), &sink, {});
    set.stream(pass, chunk);
    for (uint32_t t = 0; t < set.table.size(); ++t) {
      CHECK(pass.good(t));
      CHECK(pass.parts(t)[0].crc_calculated == *set.table[t].parts[0].crc32c);
    }
    CHECK(sink.values[{0, 0}] == first);
    CHECK(sink.values[{1, 0}] == std::vector<float>{1, 0, -1, 1, 7});
    CHECK(sink.values[{3, 0}] == std::vector<float>{1, 0, -2});

    double mean = 0, variance = 0;
    for (const float x : first) mean += x / 20000.0;
    for (const float x : first) variance += (x - mean) * (x - mean) / 20000.0;
    const TensorStats& stats = pass.stats(0);
    CHECK(stats.count == 20000);
    CHECK(stats.mean == doctest::Approx(mean).epsilon(1e-6));
    CHECK(stats.variance == doctest::Approx(variance).epsilon(1e-6));
    CHECK(stats.smallest == *std::min_element(first.begin(), first.end()));
    CHECK(stats.largest == *std::max_element(first.begin(), first.end()));

    CHECK(pass.stats(1).ones == 2);
    CHECK(pass.stats(1).zeros == 1);
    CHECK(pass.stats(1).mean == doctest::Approx(1.6));
    CHECK(pass.stats(1).variance == doctest::Approx(7.84));
    CHECK(pass.stats(2).count == 777);
  }
}

TEST_CASE("the first value that is not finite is found by its place in the tensor") {
  std::vector<float> values = someFloats(5000, 3);
  values[4321] = std::numeric_limits<float>::quiet_NaN();
  values[4400] = -std::numeric_limits<float>::infinity();
  Set set;
  set.add("w", DType::kFloat32, {5000}, 0, bytesOf(values));
  for (const size_t chunk : kChunks) {
    DataPass pass(set.table, set.sizes(), nullptr, {});
    set.stream(pass, chunk);
    CHECK(pass.stats(0).nan == 1);
    CHECK(pass.stats(0).inf == 1);
    CHECK(pass.stats(0).first_not_finite == 4321);
    CHECK(std::isfinite(pass.stats(0).variance));
  }
}

TEST_CASE("in a partitioned tensor that place counts from the tensor's start, whichever part is read first") {
  // [4, 6] cut into columns 0..3 and 4..5; the second part stands first in the file.
  Set set;
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> right = {1, 2, 3, nan, 5, 6, 7, 8}, left(16, 1.0f);
  left[9] = nan;  // row 2, column 1
  TensorInfo tensor = Set::whole("w", DType::kFloat32, {4, 6}, set.append(0, bytesOf(right)), crc32c(bytesOf(right)));
  tensor.parts[0].start = {0, 4};
  tensor.parts[0].length = {4, 2};
  TensorPart part;
  part.start = {0, 0};
  part.length = {4, 4};
  part.extent = set.append(0, bytesOf(left));
  part.crc32c = crc32c(bytesOf(left));
  tensor.parts.push_back(part);
  set.table.add(tensor);
  Collector sink;
  DataPass pass(set.table, set.sizes(), &sink, {});
  set.stream(pass, 5);
  CHECK(pass.good(0));
  CHECK(pass.stats(0).count == 24);
  CHECK(pass.stats(0).nan == 2);
  CHECK(pass.stats(0).first_not_finite == 1 * 6 + 5);
  CHECK(sink.values[{0, 1}].size() == 16);
}

TEST_CASE("a huge finite value does not spoil the statistics") {
  std::vector<float> values(1024, 1.0f);
  values[700] = 3e38f;
  Set set;
  set.add("w", DType::kFloat32, {1024}, 0, bytesOf(values));
  DataPass pass(set.table, set.sizes(), nullptr, {});
  set.stream(pass, 1000);
  CHECK(pass.stats(0).ones == 1023);
  CHECK(pass.stats(0).largest == 3e38f);
  CHECK(pass.stats(0).mean == doctest::Approx(3e38 / 1024));
  CHECK(std::isfinite(pass.stats(0).variance));
}

TEST_CASE("values close together around a large mean keep their variance") {
  std::vector<float> values;
  for (int i = 0; i < 9000; ++i) values.push_back(1000.0f + static_cast<float>(i % 2) * 0.25f);
  Set set;
  set.add("w", DType::kFloat32, {9000}, 0, bytesOf(values));
  DataPass pass(set.table, set.sizes(), nullptr, {});
  set.stream(pass, 999);
  CHECK(pass.stats(0).mean == doctest::Approx(1000.125).epsilon(1e-9));
  CHECK(pass.stats(0).variance == doctest::Approx(0.015625).epsilon(1e-5));
}

TEST_CASE("a changed byte is a checksum mismatch of that tensor alone") {
  Set set;
  set.add("a", DType::kFloat32, {100}, 0, bytesOf(someFloats(100, 4)));
  set.add("b", DType::kFloat32, {100}, 0, bytesOf(someFloats(100, 5)));
  set.files[0][450] ^= 1;
  DataPass pass(set.table, set.sizes(), nullptr, {});
  set.stream(pass, 33);
  CHECK(pass.good(0));
  CHECK(pass.parts(1)[0].state == PartState::kChecksumMismatch);
  CHECK(pass.parts(1)[0].crc_calculated == crc32c(std::span(set.files[0]).subspan(400)));
  CHECK_FALSE(pass.good(1));

  DataPass careless(set.table, set.sizes(), nullptr, {true, false});
  set.stream(careless, 33);
  CHECK(careless.good(1));
}

TEST_CASE("big-endian elements are turned round after their checksum") {
  Set set;
  set.add("f", DType::kFloat32, {2}, 0, {0x3f, 0x80, 0, 0, 0xc0, 0, 0, 0});
  set.add("i", DType::kInt16, {2}, 0, {0x01, 0x02, 0xff, 0xff});
  set.add("b", DType::kInt8, {2}, 0, {1, 2});
  TensorTable table;
  for (TensorInfo tensor : set.table.all()) {
    tensor.big_endian = true;
    table.add(tensor);
  }
  for (const size_t chunk : {1, 3, 100}) {
    Collector sink;
    DataPass pass(table, set.sizes(), &sink, {});
    set.stream(pass, static_cast<size_t>(chunk));
    CHECK(pass.good(0));
    CHECK(sink.values[{0, 0}] == std::vector<float>{1, -2});
    CHECK(sink.values[{1, 0}] == std::vector<float>{258, -1});
    CHECK(sink.values[{2, 0}] == std::vector<float>{1, 2});
  }
}

TEST_CASE("strings are summed the way bundles sum them") {
  // ["ab", ""]: lengths, their masked checksum, characters.
  const Bytes bytes = {0x02, 0x00, 0x78, 0x27, 0x0b, 0x34, 0x61, 0x62};
  Set set;
  set.table.add(Set::whole("s", DType::kString, {2}, set.append(0, bytes), unmaskCrc(0x4db08891)));
  for (const size_t chunk : {1, 2, 8}) {
    DataPass pass(set.table, set.sizes(), nullptr, {});
    set.stream(pass, static_cast<size_t>(chunk));
    CHECK(pass.good(0));
    CHECK(pass.stats(0).count == 0);
  }
  set.files[0][7] = 'c';
  DataPass pass(set.table, set.sizes(), nullptr, {});
  set.stream(pass, 8);
  CHECK(pass.parts(0)[0].state == PartState::kChecksumMismatch);
}

TEST_CASE("parts past the end of their file or without one are not read") {
  Set set;
  set.add("whole", DType::kFloat32, {4}, 0, Bytes(16));
  set.table.add(Set::whole("cut", DType::kFloat32, {4}, {0, 8, 16}, 0));
  set.table.add(Set::whole("beyond", DType::kFloat32, {4}, {0, 100, 16}, 0));
  set.table.add(Set::whole("wraps", DType::kFloat32, {4}, {0, UINT64_MAX - 3, 16}, 0));
  set.table.add(Set::whole("endless", DType::kFloat32, {4}, {0, 8, UINT64_MAX}, 0));
  set.table.add(Set::whole("absent", DType::kFloat32, {4}, {kNoFile, 0, 16}, 0));
  set.table.add(Set::whole("unknown file", DType::kFloat32, {4}, {77, 0, 16}, 0));
  TensorInfo unusable = Set::whole("unusable", DType::kFloat32, {4}, {0, 0, 8}, 0);
  unusable.usable = false;
  set.table.add(unusable);
  DataPass pass(set.table, set.sizes(), nullptr, {});
  CHECK(pass.bytesPlanned() == 16);
  set.stream(pass, 16);
  CHECK(pass.good(0));
  const PartState expected[] = {PartState::kGood, PartState::kCut, PartState::kCut, PartState::kCut, PartState::kCut, PartState::kNoFile, PartState::kNoFile, PartState::kNotRead};
  const uint64_t here[] = {16, 8, 0, 0, 8, 0, 0, 0};
  for (uint32_t t = 0; t < 8; ++t) {
    CAPTURE(set.table[t].name);
    CHECK(pass.parts(t)[0].state == expected[t]);
    CHECK(pass.parts(t)[0].bytes_here == here[t]);
    CHECK(pass.good(t) == (t == 0));
  }
}

TEST_CASE("extents that repeat or overlap are read once and each gets its own answer") {
  const std::vector<float> values = someFloats(1000, 6);
  Set set;
  set.add("all", DType::kFloat32, {1000}, 0, bytesOf(values));
  const auto crcOf = [&](size_t offset, size_t length) { return crc32c(std::span(set.files[0]).subspan(offset, length)); };
  set.table.add(Set::whole("again", DType::kFloat32, {1000}, {0, 0, 4000}, crcOf(0, 4000)));
  set.table.add(Set::whole("odd", DType::kInt16, {501}, {0, 1999, 1002}, crcOf(1999, 1002)));
  set.table.add(Set::whole("tail", DType::kFloat32, {1}, {0, 3996, 4}, crcOf(3996, 4)));
  for (const size_t chunk : kChunks) {
    CAPTURE(chunk);
    Collector sink;
    DataPass pass(set.table, set.sizes(), &sink, {});
    CHECK(pass.bytesPlanned() == 4000);
    set.stream(pass, chunk);
    for (uint32_t t = 0; t < 4; ++t) CHECK(pass.good(t));
    CHECK(sink.values[{0, 0}] == values);
    CHECK(sink.values[{1, 0}] == values);
    CHECK(sink.values[{2, 0}].size() == 501);
    CHECK(sink.values[{3, 0}] == std::vector<float>{values[999]});
    CHECK(pass.stats(0).fingerprint == pass.stats(1).fingerprint);
    CHECK(pass.stats(0).fingerprint != pass.stats(2).fingerprint);
  }
}

TEST_CASE("so many tensors over the same bytes that it must be a trap are left unread, and tied ones are not") {
  Set set;
  set.append(0, Bytes(4000));
  for (int i = 0; i < 200; ++i) set.table.add(Set::whole(std::to_string(i).c_str(), DType::kFloat32, {1000}, {0, 0, 4000}, std::nullopt));
  set.table.add(Set::whole("after", DType::kFloat32, {1}, set.append(0, Bytes(4)), std::nullopt));
  DataPass pass(set.table, set.sizes(), nullptr, {});
  set.stream(pass, 100);
  uint32_t read = 0;
  for (uint32_t t = 0; t < 200; ++t) read += pass.good(t);
  CHECK(read == 64);
  CHECK(pass.good(200));
}

TEST_CASE("small gaps are read through and large ones skipped") {
  Set set;
  set.files[1].resize(5 << 20);
  set.table.add(Set::whole("c", DType::kUint8, {1}, {1, 4 << 20, 1}, std::nullopt));
  set.table.add(Set::whole("a", DType::kUint8, {1}, {1, 7, 1}, std::nullopt));
  set.table.add(Set::whole("b", DType::kUint8, {1}, {1, 1000, 1}, std::nullopt));
  DataPass pass(set.table, set.sizes(), nullptr, {});
  REQUIRE(pass.plan().size() == 2);
  CHECK(pass.plan()[0].offset == 7);
  CHECK(pass.plan()[0].length == 994);
  CHECK(pass.plan()[1].offset == 4 << 20);
  CHECK(pass.plan()[1].length == 1);
  set.stream(pass, 10);
  for (uint32_t t = 0; t < 3; ++t) CHECK(pass.good(t));
}

TEST_CASE("bytes out of order are refused and change nothing") {
  Set set;
  set.add("a", DType::kFloat32, {4}, 0, Bytes(16, 1));
  set.add("b", DType::kFloat32, {4}, 1, Bytes(16, 2));
  DataPass pass(set.table, set.sizes(), nullptr, {});
  const Bytes chunk(8, 1);
  CHECK_FALSE(pass.feed(1, 0, chunk));
  CHECK_FALSE(pass.feed(0, 8, chunk));
  CHECK_FALSE(pass.feed(0, 0, Bytes(17, 1)));
  CHECK(pass.feed(0, 0, chunk));
  CHECK_FALSE(pass.feed(0, 0, chunk));
  CHECK(pass.currentTensor() == 0);
  CHECK(pass.feed(0, 8, chunk));
  CHECK(pass.feed(1, 0, Bytes(16, 2)));
  CHECK(pass.currentTensor() == -1);
  CHECK_FALSE(pass.feed(1, 16, {}));
  pass.finish();
  CHECK(pass.good(0));
  CHECK(pass.good(1));
}

TEST_CASE("a file that gives no more bytes is cut, and the pass goes on with the next") {
  Set set;
  set.add("whole", DType::kFloat32, {4}, 0, bytesOf(someFloats(4, 1)));
  set.add("half", DType::kFloat32, {4}, 0, bytesOf(someFloats(4, 2)));
  set.add("behind", DType::kFloat32, {4}, 0, bytesOf(someFloats(4, 3)));
  set.add("next", DType::kFloat32, {4}, 1, bytesOf(someFloats(4, 4)));
  DataPass pass(set.table, set.sizes(), nullptr, {});
  CHECK(pass.feed(0, 0, std::span(set.files[0]).first(24)));
  pass.cut(0);
  CHECK_FALSE(pass.feed(0, 24, std::span(set.files[0]).subspan(24)));
  CHECK(pass.feed(1, 0, set.files[1]));
  pass.finish();
  CHECK(pass.good(0));
  CHECK(pass.parts(1)[0].state == PartState::kCut);
  CHECK(pass.parts(1)[0].bytes_here == 8);
  CHECK(pass.parts(2)[0].state == PartState::kCut);
  CHECK(pass.parts(2)[0].bytes_here == 0);
  CHECK(pass.good(3));
}

TEST_CASE("what was not fed to its end stays unread") {
  Set set;
  set.add("a", DType::kFloat32, {4}, 0, Bytes(16, 1));
  DataPass pass(set.table, set.sizes(), nullptr, {});
  CHECK(pass.feed(0, 0, Bytes(15, 1)));
  pass.finish();
  CHECK(pass.parts(0)[0].state == PartState::kNotRead);
  CHECK_FALSE(pass.good(0));
}

TEST_CASE("an empty tensor is good without being read") {
  Set set;
  set.table.add(Set::whole("empty", DType::kFloat32, {0, 7}, {0, 0, 0}, crc32c({})));
  DataPass pass(set.table, set.sizes(), nullptr, {});
  CHECK(pass.plan().empty());
  pass.finish();
  CHECK(pass.good(0));
}

TEST_CASE("without statistics values still reach whoever wants them, and only those") {
  Set set;
  set.add("a", DType::kFloat32, {2}, 0, bytesOf<float>({1, 2}));
  set.add("b", DType::kFloat32, {2}, 0, bytesOf<float>({3, 4}));
  Collector sink;
  sink.wanted = {false, true};
  DataPass pass(set.table, set.sizes(), &sink, {false, true});
  set.stream(pass, 3);
  CHECK(sink.values.size() == 1);
  CHECK(sink.values[{1, 0}] == std::vector<float>{3, 4});
  CHECK(pass.stats(1).count == 0);
}
