// The generated tables behind unicode.cc: a two-stage trie from code point to properties, and full canonical
// decompositions. What lies beyond U+10FFFF is not in them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bp {

enum class SigmaContext : uint8_t { kNotCased, kCased, kLookedThrough };  // beside a capital sigma, as str.lower() sees it

struct CharacterProperties {
  uint8_t combining_class;
  uint8_t category;       // a Category
  uint8_t sigma_context;  // a SigmaContext
  bool decomposes;        // Hangul apart, which does so by rule
  int32_t lower;          // to add for the (first) lower-case character
};

inline constexpr uint32_t kBlockSize = 128;
extern const CharacterProperties kProperties[];
extern const uint8_t kBlocks[];        // block of each run of kBlockSize code points
extern const uint8_t kBlockRecords[];  // kBlockSize indexes into kProperties a block

// Of each code point that decomposes, in their order.
extern const std::size_t kDecomposedCount;
extern const uint8_t kDecompositionLengths[];  // in kDecompositions
extern const char16_t kDecompositions[];       // UTF-16

}  // namespace bp
