#include "containers/hdf5_types.h"

namespace bp {
namespace {

constexpr uint8_t kMostDims = 32;  // H5S_MAX_RANK
constexpr uint8_t kIntegers = 0, kFloats = 1, kText = 3, kVariable = 9;

DType integerOf(uint32_t size, bool is_signed) {
  switch (size) {
    case 1: return is_signed ? DType::kInt8 : DType::kUint8;
    case 2: return is_signed ? DType::kInt16 : DType::kUint16;
    case 4: return is_signed ? DType::kInt32 : DType::kUint32;
    case 8: return is_signed ? DType::kInt64 : DType::kUint64;
    default: return DType::kOther;
  }
}

// Told by size, width of exponent and of mantissa.
DType floatOf(uint32_t size, uint8_t exponent, uint8_t mantissa) {
  if (size == 4 && exponent == 8 && mantissa == 23) return DType::kFloat32;
  if (size == 8 && exponent == 11 && mantissa == 52) return DType::kFloat64;
  if (size == 2 && exponent == 5 && mantissa == 10) return DType::kFloat16;
  if (size == 2 && exponent == 8 && mantissa == 7) return DType::kBfloat16;
  return DType::kOther;
}

}  // namespace

Hdf5Type readHdf5Type(ByteReader& reader) {
  Hdf5Type type;
  const uint8_t type_class = reader.u8("class and version") & 0x0f;
  const uint8_t bits = reader.u8("class bits");
  reader.skip(2, "class bits");
  type.size = reader.u32le("element size");
  type.big_endian = (type_class == kIntegers || type_class == kFloats) && (bits & 1) != 0;
  if (type_class == kIntegers) type.dtype = integerOf(type.size, (bits & 8) != 0);
  if (type_class == kFloats) {
    reader.skip(5, "bit offset, precision and exponent location");
    const uint8_t exponent = reader.u8("exponent size");
    reader.skip(1, "mantissa location");
    const uint8_t mantissa = reader.u8("mantissa size");
    if ((bits & 0x40) == 0) type.dtype = floatOf(type.size, exponent, mantissa);  // bit 6: VAX order
  }
  type.fixed_text = type_class == kText;
  type.variable_text = type_class == kVariable && (bits & 0x0f) == 1;
  return type;
}

bool readHdf5Shape(ByteReader& reader, Shape& shape) {
  const uint8_t version = reader.u8("dataspace version");
  const uint8_t rank = reader.u8("rank");
  reader.skip(1, "dataspace flags");
  const uint8_t kind = version == 2 ? reader.u8("dataspace type") : 1;
  if (version == 1) reader.skip(5, "reserved");
  if ((version != 1 && version != 2) || rank > kMostDims) return false;
  for (uint8_t d = 0; d < rank; ++d) {
    const uint64_t size = reader.u64le("dimension");
    if (size > INT64_MAX) return false;
    shape.push_back(static_cast<int64_t>(size));
  }
  if (kind == 2) shape = {0};
  return !reader.failed();
}

}  // namespace bp
