// The values of a file's tensors as the data pass hands them out, each put where it says it belongs.
#pragma once

#include "containers/tensor_file.h"
#include "doctest/doctest.h"
#include "support/byte_cases.h"
#include "tensors/data_pass.h"

namespace bp::test {

struct TensorValues final : ValueSink {
  TensorTable table;
  std::vector<std::vector<float>> values;  // by tensor, row-major
  std::vector<TensorStats> stats;

  // `chunk`: bytes handed to the pass at a time.
  TensorValues(const TensorFile& file, std::span<const uint8_t> bytes, size_t chunk) {
    for (const TensorInfo& tensor : file.tensors) {
      table.add(tensor);
      values.emplace_back(static_cast<size_t>(elementCount(tensor.shape).value()));
    }
    const std::vector<uint64_t> sizes = {bytes.size()};
    DataPass pass(table, sizes, this, {});
    for (const PlannedRead& read : pass.plan()) {
      for (uint64_t done = 0; done < read.length; done += chunk) {
        const auto size = static_cast<size_t>(std::min<uint64_t>(chunk, read.length - done));
        REQUIRE(pass.feed(read.file, read.offset + done, bytes.subspan(static_cast<size_t>(read.offset + done), size)));
      }
    }
    pass.finish();
    for (uint32_t i = 0; i < table.size(); ++i) {
      CHECK(pass.good(i));
      stats.push_back(pass.stats(i));
    }
  }

  bool wants(uint32_t) const override { return true; }
  void take(uint32_t tensor, uint32_t, uint64_t first, std::span<const float> run) override {
    REQUIRE(first + run.size() <= values[tensor].size());
    std::copy(run.begin(), run.end(), values[tensor].begin() + static_cast<std::ptrdiff_t>(first));
  }
};

}  // namespace bp::test
