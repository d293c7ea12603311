// Numbers as text, without printf and what it brings along.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace bp {

// Of at least `width` digits, with zeros before it.
std::string padded(uint64_t value, std::size_t width);
std::string hex(uint32_t value);  // "0x0000a1b2"

}  // namespace bp
