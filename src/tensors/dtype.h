// Element types of stored tensors.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace bp {

enum class DType : uint8_t {
  kFloat32, kFloat64, kFloat16, kBfloat16,
  kInt8, kInt16, kInt32, kInt64, kUint8, kUint16, kUint32, kUint64, kBool,
  kString,  // not fixed width
  kOther,   // stored, of known or unknown width, never converted
};

uint32_t itemSize(DType dtype);             // bytes an element; 0 for kString and kOther
std::string_view dtypeName(DType dtype);    // "float32"
bool isFloating(DType dtype);
std::optional<DType> dtypeFromTf(uint32_t number);  // types.proto; nothing for numbers never stored
uint32_t tfNumber(DType dtype);  // its inverse for types of a fixed width and string; 0 for kOther
uint32_t tfItemSize(uint32_t number);       // also for the types that are kOther here; 0: unknown or not fixed
std::string_view tfDtypeName(uint32_t number);      // TensorFlow's word, "float"; "" if unknown

// Little-endian elements to float32, values.size() of them; bytes.size() == values.size() * itemSize(dtype).
// Numbers and bool only; 64-bit values are rounded to the nearest float.
void toFloat32(DType dtype, std::span<const uint8_t> bytes, std::span<float> values);

}  // namespace bp
