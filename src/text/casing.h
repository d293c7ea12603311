// Which casing a vocabulary was made for. No file says it, but a token that an option would change can never be met
// under that option: an uncased vocabulary has no such tokens under lower-casing, a cased one has thousands.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "text/tokenizer.h"
#include "text/vocab.h"

namespace bp {

// Strongest first.
inline constexpr std::array<Casing, 4> kCasings = {Casing{true, true}, Casing{true, false}, Casing{false, true}, Casing{false, false}};
std::string_view casingName(Casing casing);  // "lower-strip", "lower", "strip", "none"
std::optional<Casing> casingNamed(std::string_view name);

// The share of word tokens an option must leave unchanged to fit: 100 % of the English uncased vocabulary under
// lower-strip, 81 % of the cased ones in tests/fixtures. What is left open are words that users put in place of [unused*] tokens.
inline constexpr double kCasingFits = 0.99;

struct CasingShares {  // beside kCasings
  std::array<uint64_t, kCasings.size()> unchanged = {};
  uint64_t words = 0;  // tokens counted: all but the likes of [PAD], [unused1], <S> and the empty one

  double share(size_t option) const { return words == 0 ? 1.0 : static_cast<double>(unchanged[option]) / static_cast<double>(words); }
  Casing best() const;  // the strongest that fits
};
CasingShares casingShares(const Vocab& vocab);

}  // namespace bp
