#include "text/unicode.h"

#include <doctest/doctest.h>

using namespace bp;

namespace {

#include "unicode_expected.inc"

struct Fnv {
  uint64_t value = 0xcbf29ce484222325;
  void byte(uint8_t b) { value = (value ^ b) * 0x100000001b3; }
  void text(std::u32string_view text) {
    for (const char32_t c : text) {
      for (int shift = 0; shift < 32; shift += 8) byte(static_cast<uint8_t>(c >> shift));
    }
  }
};

template <typename F>
uint64_t overAll(F add) {
  Fnv fnv;
  for (char32_t c = 0; c < 0x110000; ++c) add(fnv, c);
  return fnv.value;
}

template <typename F>
uint64_t overDrawn(F add) {  // as drawn_strings() of make_unicode_table.py
  static constexpr std::pair<uint32_t, uint32_t> kRanges[16] = {
      {0x300, 0x370}, {0x5B0, 0x5C8}, {0xE30, 0xE50}, {0xAC00, 0xAC80}, {0x1100, 0x11C3}, {0x370, 0x400}, {0x20, 0x80}, {0x1D15E, 0x1D173},
      {0x302A, 0x3030}, {0xC0, 0x180}, {0x1F00, 0x2000}, {0x2F800, 0x2F880}, {0x4E00, 0x4E20}, {0x300, 0x370}, {0x3A3, 0x3A4}, {0x27, 0x2F}};
  Fnv fnv;
  uint64_t state = 1;
  for (int i = 0; i < 20000; ++i) {
    std::u32string text;
    for (int j = 0; j < 9; ++j) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      const auto [low, high] = kRanges[state >> 60];
      text += static_cast<char32_t>(low + (state >> 20) % (high - low));
    }
    add(fnv, text);
  }
  return fnv.value;
}

std::u32string one(char32_t c) { return std::u32string(1, c); }

}  // namespace

TEST_CASE("categories of all 1,114,112 code points are Python's") {
  CHECK(overAll([](Fnv& fnv, char32_t c) { fnv.byte(static_cast<uint8_t>(category(c))); }) == k_category);
  CHECK(overAll([](Fnv& fnv, char32_t c) { fnv.byte(isSpace(c)); }) == k_space);
  CHECK(category(0x110000) == Category::kUnassigned);
  CHECK(category(0xFFFFFFFF) == Category::kUnassigned);
}

TEST_CASE("lower case of all code points is Python's, alone and on both sides of a capital sigma") {
  CHECK(overAll([](Fnv& fnv, char32_t c) { fnv.text(lowerPython(one(c))), fnv.byte('|'); }) == k_lower);
  CHECK(overAll([](Fnv& fnv, char32_t c) { fnv.text(lowerPython(U"aΣ" + one(c))); }) == k_sigma_before);
  CHECK(overAll([](Fnv& fnv, char32_t c) { fnv.text(lowerPython(one(c) + U"Σ" + one(c) + U"a")); }) == k_sigma_after);
  CHECK(overDrawn([](Fnv& fnv, const std::u32string& text) { fnv.text(lowerPython(text)), fnv.byte('|'); }) == k_drawn_lower);
}

TEST_CASE("canonical decomposition of all code points, and of strings full of marks, is Python's") {
  CHECK(overAll([](Fnv& fnv, char32_t c) { fnv.text(nfd(one(c))), fnv.byte('|'); }) == k_nfd);
  CHECK(overDrawn([](Fnv& fnv, const std::u32string& text) { fnv.text(nfd(text)), fnv.byte('|'); }) == k_drawn_nfd);
}

TEST_CASE("every output character knows the one it came from") {
  std::vector<uint32_t> origin;
  CHECK(lowerPython(U"aİΣ", &origin) == U"ai\u0307ς");
  CHECK(origin == std::vector<uint32_t>{0, 1, 1, 2});
  CHECK(nfd(U"e\u0301\u0323각x", &origin) == U"e\u0323\u0301\u1100\u1161\u11A8x");
  CHECK(origin == std::vector<uint32_t>{0, 2, 1, 3, 3, 3, 4});
}

TEST_CASE("a megabyte of combining marks is ordered without quadratic time") {
  std::u32string marks;
  for (int i = 0; i < 500'000; ++i) marks += U"\u0301\u0323";
  const std::u32string ordered = nfd(marks);
  CHECK(ordered.front() == 0x323);
  CHECK(ordered.back() == 0x301);
}

TEST_CASE("UTF-8 comes and goes for every scalar value") {
  for (char32_t c = 0; c < 0x110000; ++c) {
    const std::string bytes = encodeUtf8(one(c));
    uint64_t bad = 99;
    const bool surrogate = c >= 0xD800 && c <= 0xDFFF;
    const std::u32string back = decodeUtf8(bytes, &bad);
    REQUIRE(bad == (surrogate ? 0 : 99));
    REQUIRE(back == (surrogate ? U"" : one(c)));
  }
}

TEST_CASE("bad bytes end a strict decoder and are passed over by the other") {
  const auto bad_at = [](std::string_view bytes) {
    uint64_t bad = 99;
    decodeUtf8(bytes, &bad);
    return bad;
  };
  CHECK(bad_at("ab\xff") == 2);
  CHECK(bad_at("a\xc0\x80") == 1);          // longer than need be
  CHECK(bad_at("a\xe0\x9f\xbf") == 1);
  CHECK(bad_at("a\xf0\x8f\xbf\xbf") == 1);
  CHECK(bad_at("a\xf4\x90\x80\x80") == 1);  // beyond U+10FFFF
  CHECK(bad_at("a\xe4\xb8") == 1);
  std::vector<uint64_t> offsets;
  CHECK(decodeUtf8Lossy("a\xff\xe4\xb8\xad\xe4\xb8z", &offsets) == U"a中z");
  CHECK(offsets == std::vector<uint64_t>{0, 2, 7, 8});
}
