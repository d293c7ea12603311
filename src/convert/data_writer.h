// The data of a conversion, tensor after tensor as planned: says what to stream next and gives the bytes to write. Checksums are
// made on the way, for an index can only be written once the data is.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "convert/plan.h"
#include "convert/tensor_stream.h"

namespace bp {

struct WrittenTensor {  // beside the plan's
  uint64_t offset = 0;  // in the data, which begins at 0
  uint64_t length = 0;
  uint32_t crc32c = 0;  // unmasked
};

class DataWriter {
 public:
  // `table` and `tensors` outlive this.
  DataWriter(const TensorTable& table, const std::vector<ConvertedTensor>& tensors);

  // What to stream next; nothing: all is written, or a tensor gave less than its shape calls for (failed).
  std::optional<PlannedRead> next();
  std::span<const uint8_t> made() const { return stream_ ? stream_->made() : std::span<const uint8_t>(); }  // after a read of no bytes
  // Of that, in order, in chunks of any size. What can be written now, valid until the next call and while `bytes` is.
  std::span<const uint8_t> take(std::span<const uint8_t> bytes);

  bool failed() const { return failed_; }
  bool finished() const { return !failed_ && !stream_ && written_.size() == tensors_.size(); }
  int64_t currentTensor() const;  // source of the one being written; -1: none
  const std::vector<WrittenTensor>& written() const { return written_; }

 private:
  void count(std::span<const uint8_t> ready);

  const TensorTable& table_;
  const std::vector<ConvertedTensor>& tensors_;
  std::vector<WrittenTensor> written_;
  std::optional<TensorStream> stream_;  // of tensors_[written_.size() - 1]
  bool failed_ = false;
};

}  // namespace bp
