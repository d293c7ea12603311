#include "bytes/byte_source.h"

#include <numeric>

#include "doctest/doctest.h"
#include "support/byte_cases.h"

using namespace bp;
using namespace bp::test;

namespace {

constexpr uint64_t kPage = PagedSource::kPageSize;

Bytes pattern(uint64_t size) {
  Bytes bytes(static_cast<size_t>(size));
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i * 7 + i / 256);
  return bytes;
}

void supplyAll(PagedSource& source, const Bytes& file, const std::vector<ByteRange>& ranges) {
  for (const ByteRange& range : ranges) source.supply(range.offset, std::span(file).subspan(range.offset, range.length));
}

}  // namespace

TEST_CASE("a buffer gives what is inside and nothing of what reaches past its end") {
  const Bytes file = pattern(10);
  BufferSource source(file);
  Bytes out(4, 0xee);
  CHECK(source.read(6, out) == ReadStatus::kOk);
  CHECK(std::equal(out.begin(), out.end(), file.begin() + 6));
  out.assign(4, 0xee);
  CHECK(source.read(7, out) == ReadStatus::kPastEnd);
  CHECK(out == Bytes(4, 0xee));
  CHECK(source.read(UINT64_MAX, out) == ReadStatus::kPastEnd);
  CHECK(source.read(10, {}) == ReadStatus::kOk);
  CHECK(source.read(11, {}) == ReadStatus::kPastEnd);
}

TEST_CASE("a paged file asks for whole pages, once, and gives the same bytes as a buffer") {
  const Bytes file = pattern(3 * kPage + 100);
  PagedSource source(file.size());
  Bytes out(static_cast<size_t>(kPage + 200));
  CHECK(source.read(kPage - 100, out) == ReadStatus::kPending);
  CHECK(source.read(kPage - 100, out) == ReadStatus::kPending);
  const std::vector<ByteRange> wanted = source.takeWanted();
  REQUIRE(wanted.size() == 1);
  CHECK(wanted[0].offset == 0);
  CHECK(wanted[0].length == 3 * kPage);
  CHECK(source.read(kPage - 100, out) == ReadStatus::kPending);
  CHECK(source.takeWanted().empty());
  CHECK(source.waiting());
  supplyAll(source, file, wanted);
  CHECK_FALSE(source.waiting());
  CHECK(source.read(kPage - 100, out) == ReadStatus::kOk);
  CHECK(std::equal(out.begin(), out.end(), file.begin() + static_cast<std::ptrdiff_t>(kPage - 100)));
  CHECK(source.bytesHeld() == 3 * kPage);
}

TEST_CASE("ranges are clipped to the file, joined where they touch and apart where they do not") {
  PagedSource source(10 * kPage + 1);
  source.want(0, 1);
  source.want(kPage, 5);
  source.want(10 * kPage, UINT64_MAX);
  source.want(20 * kPage, 5);
  source.want(3 * kPage, 0);
  const std::vector<ByteRange> wanted = source.takeWanted();
  REQUIRE(wanted.size() == 2);
  CHECK(wanted[0].length == 2 * kPage);
  CHECK(wanted[1].offset == 10 * kPage);
  CHECK(wanted[1].length == 1);
}

TEST_CASE("a read past the end is no reason to ask for bytes") {
  PagedSource source(kPage);
  Bytes out(2);
  CHECK(source.read(kPage - 1, out) == ReadStatus::kPastEnd);
  CHECK(source.read(UINT64_MAX, out) == ReadStatus::kPastEnd);
  CHECK(source.takeWanted().empty());
}

TEST_CASE("bytes that are no whole pages are not taken") {
  const Bytes file = pattern(2 * kPage);
  PagedSource source(file.size());
  Bytes out(1);
  source.supply(0, std::span(file).first(100));
  source.supply(7, file);
  CHECK(source.bytesHeld() == 0);
  CHECK(source.read(0, out) == ReadStatus::kPending);
  source.supply(0, file);
  CHECK(source.read(2 * kPage - 1, out) == ReadStatus::kOk);
  CHECK(out[0] == file.back());
}

TEST_CASE("bytes nobody asked for are taken and not asked for later") {
  const Bytes file = pattern(2 * kPage + 5);
  PagedSource source(file.size());
  source.supply(2 * kPage, std::span(file).subspan(2 * kPage));
  Bytes out(5);
  CHECK(source.read(2 * kPage, out) == ReadStatus::kOk);
  source.want(0, file.size());
  const std::vector<ByteRange> wanted = source.takeWanted();
  REQUIRE(wanted.size() == 1);
  CHECK(wanted[0].length == 2 * kPage);
}
