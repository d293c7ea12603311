#include "base/text.h"

namespace bp {
namespace {

std::string digits(uint64_t value, std::size_t width, uint32_t base) {
  std::string reversed;
  for (; value > 0 || reversed.size() < width; value /= base) reversed += "0123456789abcdef"[value % base];
  return {reversed.rbegin(), reversed.rend()};
}

}  // namespace

std::string padded(uint64_t value, std::size_t width) { return digits(value, width, 10); }
std::string hex(uint32_t value) { return "0x" + digits(value, 8, 16); }

}  // namespace bp
