// One pass over the tensor data, in file order, whatever its size: checksum and statistics of every tensor,
// and its values to whoever keeps them. Nothing but a few running numbers a tensor is held.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "tensors/tensor_table.h"

namespace bp {

// Takes the values of tensors as they come by. Chunks of one part come in order, without gaps; those of a tensor with strides come
// as they are stored, each where it belongs in the whole tensor.
class ValueSink {
 public:
  virtual ~ValueSink() = default;
  virtual bool wants(uint32_t tensor) const = 0;
  // `part` of `tensor`, its elements [first, first + values.size()) in row-major order of the part.
  virtual void take(uint32_t tensor, uint32_t part, uint64_t first, std::span<const float> values) = 0;
};

struct TensorStats {  // of finite values, unless said otherwise; in double, Chan's update between chunks
  uint64_t count = 0;  // elements seen, finite or not
  uint64_t nan = 0;
  uint64_t inf = 0;
  uint64_t zeros = 0;  // exactly 0
  uint64_t ones = 0;   // exactly 1
  float smallest = 0;
  float largest = 0;
  double mean = 0;
  double variance = 0;           // population
  uint64_t first_not_finite = 0;  // element index in the tensor; meaningful only if nan + inf > 0
  uint64_t fingerprint = 0;       // of the raw bytes; equal tensors have equal ones
};

enum class PartState : uint8_t { kNotRead, kGood, kChecksumMismatch, kCut, kNoFile };

struct PartResult {
  PartState state = PartState::kNotRead;
  uint32_t crc_calculated = 0;  // unmasked; only for kGood and kChecksumMismatch
  uint64_t bytes_here = 0;      // how much of the part lies inside its file
};

struct PlannedRead {  // bytes to stream, in order; ranges of one file do not overlap
  uint32_t file = 0;
  uint64_t offset = 0;
  uint64_t length = 0;
};

class DataPass {
 public:
  struct Options {
    bool statistics = true;
    bool checksums = true;
  };

  // `file_sizes[id]` for every dropped file. `sink` may be null. The table must outlive the pass.
  DataPass(const TensorTable& table, std::span<const uint64_t> file_sizes, ValueSink* sink, Options options);
  ~DataPass();
  DataPass(const DataPass&) = delete;
  DataPass& operator=(const DataPass&) = delete;

  const std::vector<PlannedRead>& plan() const;
  uint64_t bytesPlanned() const;
  // In the order of the plan, each range in chunks of any size. False: out of order, nothing taken.
  bool feed(uint32_t file, uint64_t offset, std::span<const uint8_t> bytes);
  // No more bytes of this file will come: its parts that are not whole are kCut, and the plan goes on behind it.
  void cut(uint32_t file);
  void finish();  // what was not fed stays kNotRead
  int64_t currentTensor() const;  // index of the tensor being read, for progress; -1: none

  // After finish() a part that is good by itself takes over the fault of the run it lies in.
  const std::vector<PartResult>& parts(uint32_t tensor) const;
  const PartResult& run(uint32_t index) const;  // of the table's runs
  bool good(uint32_t tensor) const;  // every part kGood
  const TensorStats& stats(uint32_t tensor) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bp
