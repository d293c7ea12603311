#include "convert/data_writer.h"

#include "bytes/crc32c.h"

namespace bp {

DataWriter::DataWriter(const TensorTable& table, const std::vector<ConvertedTensor>& tensors) : table_(table), tensors_(tensors) {}

std::optional<PlannedRead> DataWriter::next() {
  while (!failed_) {
    if (stream_) {
      if (const auto read = stream_->next()) {
        count(stream_->made());
        return read;
      }
      stream_.reset();
      failed_ = written_.back().length != tensors_[written_.size() - 1].bytes();
    }
    if (failed_ || written_.size() == tensors_.size()) break;
    const ConvertedTensor& tensor = tensors_[written_.size()];
    const uint64_t offset = written_.empty() ? 0 : written_.back().offset + written_.back().length;
    written_.push_back({offset, 0, 0});
    stream_.emplace(table_[tensor.source], tensor);
  }
  return std::nullopt;
}

std::span<const uint8_t> DataWriter::take(std::span<const uint8_t> bytes) {
  if (!stream_) return {};
  const std::span<const uint8_t> ready = stream_->take(bytes);
  count(ready);
  return ready;
}

void DataWriter::count(std::span<const uint8_t> ready) {
  written_.back().length += ready.size();
  written_.back().crc32c = extendCrc32c(written_.back().crc32c, ready);
}

int64_t DataWriter::currentTensor() const { return stream_ ? int64_t{tensors_[written_.size() - 1].source} : -1; }

}  // namespace bp
