#include "text/casing.h"

#include <algorithm>

#include "text/unicode.h"

namespace bp {
namespace {

constexpr std::array<std::string_view, kCasings.size()> kNames = {"lower-strip", "lower", "strip", "none"};

bool isBracketed(std::string_view token) {
  return token.size() > 2 && ((token.front() == '[' && token.back() == ']') || (token.front() == '<' && token.back() == '>'));
}

bool isUnchanged(const std::u32string& word, Casing casing) {
  std::u32string changed = casing.lower ? lowerPython(word) : word;
  if (casing.strip_accents) {
    changed = nfd(changed);
    std::erase_if(changed, [](char32_t c) { return category(c) == Category::kMark; });
  }
  return changed == word;
}

}  // namespace

std::string_view casingName(Casing casing) {
  return kNames[static_cast<size_t>(std::find(kCasings.begin(), kCasings.end(), casing) - kCasings.begin())];
}

std::optional<Casing> casingNamed(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return kCasings[static_cast<size_t>(found - kNames.begin())];
}

Casing CasingShares::best() const {
  for (size_t i = 0; i < kCasings.size(); ++i) {
    if (share(i) >= kCasingFits) return kCasings[i];
  }
  return kCasings.back();
}

CasingShares casingShares(const Vocab& vocab) {
  CasingShares shares;
  for (const auto& [token, id] : vocab.ids()) {
    if (token.empty() || isBracketed(token)) continue;
    std::string_view text = token;
    if (text.size() > 2 && text.starts_with("##")) text.remove_prefix(2);
    if (isAscii(text) && std::none_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; })) {
      ++shares.words;
      for (uint64_t& count : shares.unchanged) ++count;
      continue;
    }
    const std::u32string word = decodeUtf8Lossy(text);
    ++shares.words;
    for (size_t i = 0; i < kCasings.size(); ++i) shares.unchanged[i] += isUnchanged(word, kCasings[i]);
  }
  return shares;
}

}  // namespace bp
