#include "convert/tensor_stream.h"

#include <algorithm>
#include <cstring>

#include "base/sort.h"

namespace bp {

TensorStream::TensorStream(const TensorInfo& source, const ConvertedTensor& target, uint64_t window)
    : source_(source), width_(itemSize(target.dtype)), elements_(target.elements()), transposed_(target.transposed), window_elements_(window / width_) {
  if (transposed_) {
    rows_ = static_cast<uint64_t>(target.shape[1]);
    columns_ = static_cast<uint64_t>(target.shape[0]);
  }
  for (const TensorPart& part : source.parts) parts_.push_back(&part);
  stableSort(parts_,
             [&](const TensorPart* a, const TensorPart* b) { return indexInTensor(source_, *a, 0) < indexInTensor(source_, *b, 0); });
  if (!source.strides.empty()) order_ = StridedOrder::of(source.shape, source.strides);
  straight_ = liesInOrder();
}

// Parts of whole rows, one after the other.
bool TensorStream::liesInOrder() const {
  if (transposed_ || !source_.strides.empty() || (source_.big_endian && width_ > 1)) return false;
  uint64_t at = 0;
  for (const TensorPart* part : parts_) {
    if (part->start.size() == source_.shape.size()) {
      for (size_t d = 1; d < part->length.size(); ++d) {
        if (part->length[d] != source_.shape[d]) return false;
      }
    }
    if (indexInTensor(source_, *part, 0) != at) return false;
    at += bytesOf(*part) / width_;
  }
  return true;
}

std::optional<PlannedRead> TensorStream::next() {
  made_ = {};
  while (first_ < elements_) {
    if (part_ == parts_.size()) {
      if (straight_) return std::nullopt;  // the parts are fewer than the box calls for
      part_ = 0;
    }
    const TensorPart& part = *parts_[part_];
    part_left_ = straight_ ? std::min(bytesOf(part), (elements_ - first_) * width_) : bytesOf(part);
    local_ = 0;
    split_size_ = 0;
    if (!straight_ && part_ == 0) window_.assign(static_cast<size_t>(std::min(window_elements_, elements_ - first_) * width_), 0);
    if (part_left_ > 0 && part.values) {
      made_ = take(*part.values);
      return PlannedRead{part.extent.file, part.extent.offset, 0};
    }
    if (part_left_ > 0) return PlannedRead{part.extent.file, part.extent.offset, part_left_};
    ++part_;
  }
  return std::nullopt;
}

std::span<const uint8_t> TensorStream::take(std::span<const uint8_t> bytes) {
  bytes = bytes.first(static_cast<size_t>(std::min<uint64_t>(bytes.size(), part_left_)));
  if (bytes.empty()) return {};  // nothing was asked for
  part_left_ -= bytes.size();
  if (!straight_) gather(bytes);
  if (part_left_ == 0) ++part_;
  if (straight_) {
    local_ += bytes.size();
    if (part_left_ == 0) first_ += local_ / width_;
    return bytes;
  }
  if (part_left_ > 0 || part_ < parts_.size()) return {};
  first_ += window_.size() / width_;
  return window_;
}

// Cuts bytes into whole elements.
void TensorStream::gather(std::span<const uint8_t> bytes) {
  const auto whole = [&](std::span<const uint8_t> elements) {
    switch (width_) {
      case 1: return gatherElements<1>(elements);
      case 2: return gatherElements<2>(elements);
      case 4: return gatherElements<4>(elements);
      default: return gatherElements<8>(elements);
    }
  };
  if (split_size_ > 0) {
    const size_t missing = std::min(static_cast<size_t>(width_) - split_size_, bytes.size());
    std::copy_n(bytes.begin(), missing, split_.begin() + static_cast<std::ptrdiff_t>(split_size_));
    split_size_ += missing;
    bytes = bytes.subspan(missing);
    if (split_size_ < width_) return;
    whole(std::span(split_).first(static_cast<size_t>(width_)));
    split_size_ = 0;
  }
  const size_t rest = bytes.size() % static_cast<size_t>(width_);
  whole(bytes.first(bytes.size() - rest));
  std::copy_n(bytes.end() - static_cast<std::ptrdiff_t>(rest), rest, split_.begin());
  split_size_ = rest;
}

// `at`: element of the window; what lies before it counts from beyond any size.
template <size_t kWidth>
void TensorStream::put(uint64_t at, const uint8_t* element) {
  if (at >= window_.size() / kWidth) return;
  uint8_t* to = &window_[static_cast<size_t>(at) * kWidth];
  if (source_.big_endian) {
    std::reverse_copy(element, element + kWidth, to);
  } else {
    std::memcpy(to, element, kWidth);
  }
}

template <size_t kWidth>
void TensorStream::gatherElements(std::span<const uint8_t> bytes) {
  const size_t count = bytes.size() / kWidth;
  const uint8_t* element = bytes.data();
  // `index`: in row-major order of the source.
  const auto place = [&](uint64_t index) { put<kWidth>((transposed_ ? index % columns_ * rows_ + index / columns_ : index) - first_, element); };
  const TensorPart& part = *parts_[part_];
  if (order_) {
    for (size_t i = 0; i < count; ++i, ++local_, element += kWidth) {
      if (const auto index = order_->indexOf(local_)) order_->eachRepeat([&](uint64_t shift) { place(*index + shift); });
    }
  } else if (!transposed_ || part.start.size() == source_.shape.size()) {
    for (size_t i = 0; i < count; ++i, ++local_, element += kWidth) place(indexInTensor(source_, part, local_));
  } else {
    // A whole matrix to turn round, the usual case: elements of a row land a column of the output apart.
    for (size_t i = 0; i < count;) {
      const uint64_t row = local_ / columns_, column = local_ % columns_;
      const size_t run = static_cast<size_t>(std::min<uint64_t>(count - i, columns_ - column));
      uint64_t at = column * rows_ + row - first_;
      for (size_t k = 0; k < run; ++k, at += rows_, element += kWidth) put<kWidth>(at, element);
      i += run;
      local_ += run;
    }
  }
}

}  // namespace bp
