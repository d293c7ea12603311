#include "tensors/dtype.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <vector>

using namespace bp;

namespace {

template <typename T>
std::vector<float> converted(DType dtype, std::vector<T> elements) {
  std::vector<uint8_t> bytes(elements.size() * sizeof(T));
  if (!bytes.empty()) std::memcpy(bytes.data(), elements.data(), bytes.size());
  std::vector<float> values(elements.size());
  toFloat32(dtype, bytes, values);
  return values;
}

// IEEE 754 binary16 by its definition.
float halfByDefinition(uint16_t bits) {
  const int exponent = (bits >> 10) & 31, fraction = bits & 1023;
  const double magnitude = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
  return static_cast<float>((bits & 0x8000) != 0 ? -magnitude : magnitude);
}

}  // namespace

TEST_CASE("every finite half is converted exactly, subnormals and signed zeros too") {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    if ((bits & 0x7c00) == 0x7c00) continue;
    const float value = converted<uint16_t>(DType::kFloat16, {static_cast<uint16_t>(bits)})[0];
    const float expected = halfByDefinition(static_cast<uint16_t>(bits));
    REQUIRE(value == expected);
    REQUIRE(std::signbit(value) == std::signbit(expected));
  }
}

TEST_CASE("infinities and NaN of a half stay what they are") {
  const auto values = converted<uint16_t>(DType::kFloat16, {0x7c00, 0xfc00, 0x7e00, 0x7c01, 0xffff});
  CHECK(values[0] == INFINITY);
  CHECK(values[1] == -INFINITY);
  for (size_t i = 2; i < 5; ++i) CHECK(std::isnan(values[i]));
}

TEST_CASE("bfloat16 is the upper half of a float") {
  const auto values = converted<uint16_t>(DType::kBfloat16, {0x3f80, 0xc049, 0x7f80, 0x7fc0, 0x0001});
  CHECK(values[0] == 1.0f);
  CHECK(values[1] == -3.140625f);
  CHECK(values[2] == INFINITY);
  CHECK(std::isnan(values[3]));
  CHECK(values[4] == std::ldexp(1.0f, -133));
}

TEST_CASE("wide numbers are rounded to the nearest float") {
  CHECK(converted<double>(DType::kFloat64, {0.1, 1e300, -2.5}) == std::vector<float>{0.1f, INFINITY, -2.5f});
  CHECK(converted<int64_t>(DType::kInt64, {-1, 16777217, INT64_MIN}) == std::vector<float>{-1, 16777216, -9223372036854775808.0f});
  CHECK(converted<uint64_t>(DType::kUint64, {UINT64_MAX}) == std::vector<float>{18446744073709551616.0f});
  CHECK(converted<uint32_t>(DType::kUint32, {4294967295u}) == std::vector<float>{4294967296.0f});
}

TEST_CASE("narrow numbers keep their value and sign") {
  CHECK(converted<int8_t>(DType::kInt8, {-128, 127}) == std::vector<float>{-128, 127});
  CHECK(converted<uint8_t>(DType::kUint8, {0, 255}) == std::vector<float>{0, 255});
  CHECK(converted<int16_t>(DType::kInt16, {-32768}) == std::vector<float>{-32768});
  CHECK(converted<uint16_t>(DType::kUint16, {65535}) == std::vector<float>{65535});
  CHECK(converted<int32_t>(DType::kInt32, {-7}) == std::vector<float>{-7});
  CHECK(converted<uint8_t>(DType::kBool, {0, 1, 2}) == std::vector<float>{0, 1, 1});
  CHECK(converted<float>(DType::kFloat32, {1.5f, -0.0f}) == std::vector<float>{1.5f, -0.0f});
}

TEST_CASE("TensorFlow's numbers mean TensorFlow's types") {
  CHECK(dtypeFromTf(1) == DType::kFloat32);
  CHECK(dtypeFromTf(3) == DType::kInt32);
  CHECK(dtypeFromTf(7) == DType::kString);
  CHECK(dtypeFromTf(9) == DType::kInt64);
  CHECK(dtypeFromTf(14) == DType::kBfloat16);
  CHECK(dtypeFromTf(19) == DType::kFloat16);
  CHECK(dtypeFromTf(18) == DType::kOther);
  CHECK(tfItemSize(18) == 16);
  CHECK(tfDtypeName(19) == "half");
  CHECK(tfDtypeName(1) == "float");
}

TEST_CASE("numbers that are never stored mean nothing") {
  for (uint32_t number : {0u, 20u, 33u, 101u, UINT32_MAX}) CHECK_FALSE(dtypeFromTf(number).has_value());
  CHECK(tfDtypeName(0) == "");
  CHECK(tfItemSize(UINT32_MAX) == 0);
}

TEST_CASE("what is converted has the width TensorFlow gives it") {
  for (uint32_t number = 0; number < 40; ++number) {
    const auto dtype = dtypeFromTf(number);
    if (dtype && itemSize(*dtype) > 0) CHECK(itemSize(*dtype) == tfItemSize(number));
  }
}
