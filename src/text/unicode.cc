#include "text/unicode.h"

#include <algorithm>
#include <vector>

#include "base/sort.h"
#include "text/unicode_tables.h"

namespace bp {
namespace {

constexpr char32_t kLast = 0x10FFFF;
constexpr char32_t kCapitalSigma = 0x3A3, kSmallSigma = 0x3C3, kFinalSigma = 0x3C2;
constexpr char32_t kCapitalIWithDot = 0x130, kCombiningDotAbove = 0x307;  // the only lower case of two characters

// Hangul by rule: The Unicode Standard, 3.12 "Conjoining Jamo Behavior".
constexpr char32_t kSyllables = 0xAC00, kLeads = 0x1100, kVowels = 0x1161, kTrails = 0x11A7;
constexpr char32_t kSyllableCount = 11172, kVowelCount = 21, kTrailCount = 28;

const CharacterProperties& properties(char32_t c) {
  static constexpr CharacterProperties kNone = {0, static_cast<uint8_t>(Category::kUnassigned), 0, false, 0};
  if (c > kLast) return kNone;
  return kProperties[kBlockRecords[kBlocks[c / kBlockSize] * kBlockSize + c % kBlockSize]];
}

// A text that grows beside the origin of each of its characters.
struct Traced {
  std::u32string text;
  std::vector<uint32_t>* origin;

  explicit Traced(std::vector<uint32_t>* origin_of_each) : origin(origin_of_each) {
    if (origin != nullptr) origin->clear();
  }
  void add(char32_t c, size_t from) {
    text += c;
    if (origin != nullptr) origin->push_back(static_cast<uint32_t>(from));
  }
};

SigmaContext sigmaContext(char32_t c) { return static_cast<SigmaContext>(properties(c).sigma_context); }

// After a cased character, and not before one; case-ignorable characters between do not count.
bool isFinalSigma(std::u32string_view text, size_t at) {
  size_t before = at;
  while (before > 0 && sigmaContext(text[before - 1]) == SigmaContext::kLookedThrough) --before;
  if (before == 0 || sigmaContext(text[before - 1]) != SigmaContext::kCased) return false;
  size_t after = at + 1;
  while (after < text.size() && sigmaContext(text[after]) == SigmaContext::kLookedThrough) ++after;
  return after == text.size() || sigmaContext(text[after]) != SigmaContext::kCased;
}

struct Decomposition {
  char32_t c;
  uint32_t start, length;  // in kDecompositions
};

// By code point. Made here, for as a table it is 6 kB even compressed.
const std::vector<Decomposition>& decompositions() {
  static const std::vector<Decomposition> all = [] {
    std::vector<Decomposition> made;
    uint32_t start = 0;
    for (char32_t c = 0; made.size() < kDecomposedCount; ++c) {
      if (!properties(c).decomposes) continue;
      const uint32_t length = kDecompositionLengths[made.size()];
      made.push_back({c, start, length});
      start += length;
    }
    return made;
  }();
  return all;
}

void decompose(char32_t c, size_t from, Traced& out) {
  if (c >= kSyllables && c < kSyllables + kSyllableCount) {
    const char32_t syllable = c - kSyllables, trail = syllable % kTrailCount;
    out.add(kLeads + syllable / (kVowelCount * kTrailCount), from);
    out.add(kVowels + syllable / kTrailCount % kVowelCount, from);
    if (trail != 0) out.add(kTrails + trail, from);
    return;
  }
  if (!properties(c).decomposes) return out.add(c, from);
  const auto found =
      std::partition_point(decompositions().begin(), decompositions().end(), [c](const Decomposition& one) { return one.c < c; });
  for (size_t i = found->start; i < found->start + found->length; ++i) {
    char32_t unit = kDecompositions[i];
    if (unit >= 0xD800 && unit <= 0xDBFF) unit = 0x10000 + ((unit - 0xD800) << 10) + (kDecompositions[++i] - 0xDC00);
    out.add(unit, from);
  }
}

// Canonical ordering: every run of characters with a combining class is sorted by it, equal ones left as they stand.
void reorder(std::u32string& text, std::vector<uint32_t>* origin) {
  struct Mark {
    char32_t c;
    uint32_t from;
    uint8_t combining_class;
  };
  std::vector<Mark> run;
  for (size_t begin = 0; begin < text.size(); ++begin) {
    size_t end = begin;
    run.clear();
    for (; end < text.size(); ++end) {
      const uint8_t combining_class = properties(text[end]).combining_class;
      if (combining_class == 0) break;
      run.push_back({text[end], origin == nullptr ? 0 : (*origin)[end], combining_class});
    }
    if (run.size() < 2) continue;
    stableSort(run, [](const Mark& a, const Mark& b) { return a.combining_class < b.combining_class; });
    for (size_t i = 0; i < run.size(); ++i) {
      text[begin + i] = run[i].c;
      if (origin != nullptr) (*origin)[begin + i] = run[i].from;
    }
    begin = end;
  }
}

// Length of the well-formed sequence at `at` and what it means; 0 if there is none.
size_t utf8Step(std::string_view bytes, size_t at, char32_t& c) {
  const auto byte = [&](size_t i) -> char32_t { return static_cast<unsigned char>(bytes[i]); };
  const char32_t lead = byte(at);
  if (lead < 0x80) {
    c = lead;
    return 1;
  }
  const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || length > bytes.size() - at) return 0;
  c = lead & (0x7Fu >> length);
  for (size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return 0;
    c = c << 6 | (byte(at + i) & 0x3F);
  }
  const bool overlong = c < (length == 3 ? 0x800u : length == 4 ? 0x10000u : 0x80u);
  return overlong || c > kLast || (c >= 0xD800 && c <= 0xDFFF) ? 0 : length;
}

}  // namespace

Category category(char32_t c) { return static_cast<Category>(properties(c).category); }

bool isSpace(char32_t c) {
  if ((c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x1F) || c == 0x85) return true;
  const Category kind = category(c);
  return kind == Category::kSpace || kind == Category::kLineSeparator || kind == Category::kParagraphSeparator;
}

std::u32string lowerPython(std::u32string_view text, std::vector<uint32_t>* origin) {
  Traced out(origin);
  for (size_t i = 0; i < text.size(); ++i) {
    const char32_t c = text[i];
    if (c == kCapitalSigma) out.add(isFinalSigma(text, i) ? kFinalSigma : kSmallSigma, i);
    else out.add(static_cast<char32_t>(static_cast<int32_t>(c) + properties(c).lower), i);
    if (c == kCapitalIWithDot) out.add(kCombiningDotAbove, i);
  }
  return std::move(out.text);
}

std::u32string nfd(std::u32string_view text, std::vector<uint32_t>* origin) {
  Traced out(origin);
  for (size_t i = 0; i < text.size(); ++i) decompose(text[i], i, out);
  reorder(out.text, origin);
  return std::move(out.text);
}

std::u32string decodeUtf8(std::string_view bytes, uint64_t* bad) {
  std::u32string text;
  for (size_t at = 0; at < bytes.size();) {
    char32_t c = 0;
    const size_t length = utf8Step(bytes, at, c);
    if (length == 0) {
      *bad = at;
      return text;
    }
    text += c;
    at += length;
  }
  return text;
}

bool isDigits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool isAscii(std::string_view bytes) {
  unsigned char any = 0;
  for (const char c : bytes) any |= static_cast<unsigned char>(c);
  return any < 0x80;
}

std::u32string decodeUtf8Lossy(std::string_view bytes, std::vector<uint64_t>* offsets) {
  std::u32string text;
  if (offsets != nullptr) offsets->clear();
  for (size_t at = 0; at < bytes.size();) {
    char32_t c = 0;
    const size_t length = utf8Step(bytes, at, c);
    if (length > 0) {
      text += c;
      if (offsets != nullptr) offsets->push_back(at);
    }
    at += std::max<size_t>(length, 1);
  }
  if (offsets != nullptr) offsets->push_back(bytes.size());
  return text;
}

void appendUtf8(std::string& out, char32_t c) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | ((c >> shift) & 0x3F)); };
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | c >> 6);
    tail(0);
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | c >> 12);
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xF0 | c >> 18);
    tail(12);
    tail(6);
    tail(0);
  }
}

std::string encodeUtf8(std::u32string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char32_t c : text) appendUtf8(out, c);
  return out;
}

}  // namespace bp
