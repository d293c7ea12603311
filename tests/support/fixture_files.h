// Files under tests/fixtures.
#pragma once

#include <filesystem>
#include <fstream>

#include "doctest/doctest.h"
#include "support/byte_cases.h"

namespace bp::test {

inline Bytes fileBytes(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE_MESSAGE(in.good(), path.string());
  return {std::istreambuf_iterator<char>(in), {}};
}
inline Bytes fixture(const std::string& path) { return fileBytes(std::filesystem::path(BP_FIXTURES) / path); }

}  // namespace bp::test
