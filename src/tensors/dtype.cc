#include "tensors/dtype.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>

namespace bp {
namespace {

struct TfType {
  std::string_view name;
  uint32_t bytes;
  DType dtype;
  bool storable = true;
};

// tensorflow/core/framework/types.proto and types.cc, by number. Types of four and two bits take a byte an element.
constexpr std::array<TfType, 33> kTfTypes = {{
    {"", 0, DType::kOther, false},
    {"float", 4, DType::kFloat32},
    {"double", 8, DType::kFloat64},
    {"int32", 4, DType::kInt32},
    {"uint8", 1, DType::kUint8},
    {"int16", 2, DType::kInt16},
    {"int8", 1, DType::kInt8},
    {"string", 0, DType::kString},
    {"complex64", 8, DType::kOther},
    {"int64", 8, DType::kInt64},
    {"bool", 1, DType::kBool},
    {"qint8", 1, DType::kOther},
    {"quint8", 1, DType::kOther},
    {"qint32", 4, DType::kOther},
    {"bfloat16", 2, DType::kBfloat16},
    {"qint16", 2, DType::kOther},
    {"quint16", 2, DType::kOther},
    {"uint16", 2, DType::kUint16},
    {"complex128", 16, DType::kOther},
    {"half", 2, DType::kFloat16},
    {"resource", 0, DType::kOther, false},
    {"variant", 0, DType::kOther},
    {"uint32", 4, DType::kUint32},
    {"uint64", 8, DType::kUint64},
    {"float8_e5m2", 1, DType::kOther},
    {"float8_e4m3fn", 1, DType::kOther},
    {"float8_e4m3fnuz", 1, DType::kOther},
    {"float8_e4m3b11fnuz", 1, DType::kOther},
    {"float8_e5m2fnuz", 1, DType::kOther},
    {"int4", 1, DType::kOther},
    {"uint4", 1, DType::kOther},
    {"int2", 1, DType::kOther},
    {"uint2", 1, DType::kOther},
}};

// std::bit_cast, which the C++ library of Emscripten 3.1.6 lacks.
template <typename To, typename From>
To bitCast(From from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  std::memcpy(&to, &from, sizeof(To));
  return to;
}

// Shifting a half's exponent and fraction into place leaves a float 2^112 too small, subnormals included.
float halfToFloat(uint16_t half) {
  const uint32_t magnitude = (half & 0x7fffu) << 13;
  const float scaled = bitCast<float>(magnitude) * 0x1p112f;
  const uint32_t all_ones = (half & 0x7c00u) == 0x7c00u ? 0x7f800000u : 0u;  // infinities and NaN
  return bitCast<float>(bitCast<uint32_t>(scaled) | all_ones | (half & 0x8000u) << 16);
}

float bfloatToFloat(uint16_t bits) { return bitCast<float>(uint32_t{bits} << 16); }

template <typename T, typename F>
void convert(const uint8_t* bytes, std::span<float> values, F toFloat) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    T element;
    std::memcpy(&element, bytes + i * sizeof(T), sizeof(T));
    values[i] = toFloat(element);
  }
}

template <typename T>
void convert(const uint8_t* bytes, std::span<float> values) {
  convert<T>(bytes, values, [](T element) { return static_cast<float>(element); });
}

}  // namespace

uint32_t itemSize(DType dtype) {
  switch (dtype) {
    case DType::kFloat64:
    case DType::kInt64:
    case DType::kUint64: return 8;
    case DType::kFloat32:
    case DType::kInt32:
    case DType::kUint32: return 4;
    case DType::kFloat16:
    case DType::kBfloat16:
    case DType::kInt16:
    case DType::kUint16: return 2;
    case DType::kInt8:
    case DType::kUint8:
    case DType::kBool: return 1;
    case DType::kString:
    case DType::kOther: return 0;
  }
  return 0;
}

std::string_view dtypeName(DType dtype) {
  switch (dtype) {
    case DType::kFloat32: return "float32";
    case DType::kFloat64: return "float64";
    case DType::kFloat16: return "float16";
    case DType::kBfloat16: return "bfloat16";
    case DType::kInt8: return "int8";
    case DType::kInt16: return "int16";
    case DType::kInt32: return "int32";
    case DType::kInt64: return "int64";
    case DType::kUint8: return "uint8";
    case DType::kUint16: return "uint16";
    case DType::kUint32: return "uint32";
    case DType::kUint64: return "uint64";
    case DType::kBool: return "bool";
    case DType::kString: return "string";
    case DType::kOther: return "other";
  }
  return "other";
}

bool isFloating(DType dtype) {
  return dtype == DType::kFloat32 || dtype == DType::kFloat64 || dtype == DType::kFloat16 || dtype == DType::kBfloat16;
}

std::optional<DType> dtypeFromTf(uint32_t number) {
  if (number >= kTfTypes.size() || !kTfTypes[number].storable) return std::nullopt;
  return kTfTypes[number].dtype;
}

uint32_t tfNumber(DType dtype) {
  if (dtype == DType::kOther) return 0;
  const auto type = std::find_if(kTfTypes.begin(), kTfTypes.end(), [dtype](const TfType& t) { return t.storable && t.dtype == dtype; });
  return static_cast<uint32_t>(type - kTfTypes.begin());
}

uint32_t tfItemSize(uint32_t number) { return number < kTfTypes.size() ? kTfTypes[number].bytes : 0; }

std::string_view tfDtypeName(uint32_t number) { return number < kTfTypes.size() ? kTfTypes[number].name : std::string_view(); }

void toFloat32(DType dtype, std::span<const uint8_t> bytes, std::span<float> values) {
  assert(bytes.size() == values.size() * itemSize(dtype));
  switch (dtype) {
    case DType::kFloat32:
      if (!bytes.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
      return;
    case DType::kFloat64: return convert<double>(bytes.data(), values);
    case DType::kFloat16: return convert<uint16_t>(bytes.data(), values, halfToFloat);
    case DType::kBfloat16: return convert<uint16_t>(bytes.data(), values, bfloatToFloat);
    case DType::kInt8: return convert<int8_t>(bytes.data(), values);
    case DType::kInt16: return convert<int16_t>(bytes.data(), values);
    case DType::kInt32: return convert<int32_t>(bytes.data(), values);
    case DType::kInt64: return convert<int64_t>(bytes.data(), values);
    case DType::kUint8: return convert<uint8_t>(bytes.data(), values);
    case DType::kUint16: return convert<uint16_t>(bytes.data(), values);
    case DType::kUint32: return convert<uint32_t>(bytes.data(), values);
    case DType::kUint64: return convert<uint64_t>(bytes.data(), values);
    case DType::kBool: return convert<uint8_t>(bytes.data(), values, [](uint8_t element) { return element != 0 ? 1.0f : 0.0f; });
    case DType::kString:
    case DType::kOther: return;
  }
}

}  // namespace bp
