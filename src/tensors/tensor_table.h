// The neutral currency every container pays in: which tensors there are and where their bytes lie.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tensors/dtype.h"

namespace bp {

using Shape = std::vector<int64_t>;

// Product of the dims; nothing on a negative dim or an overflow of int64.
std::optional<int64_t> elementCount(std::span<const int64_t> shape);
std::string shapeText(std::span<const int64_t> shape);  // "[30522, 768]"

inline constexpr uint32_t kNoFile = UINT32_MAX;

struct Extent {
  uint32_t file = kNoFile;  // id of a dropped file; kNoFile: no file provides it
  uint64_t offset = 0;
  uint64_t length = 0;
};

// Bytes that a container sums up together; tensors lie among them.
struct ChecksumRun {
  Extent extent;
  uint32_t crc32c = 0;  // unmasked
};

// A box of a tensor and where its row-major bytes lie. A tensor that is not partitioned has one part, whole.
struct TensorPart {
  Shape start;   // empty: the whole tensor
  Shape length;
  Extent extent;
  int32_t shard = 0;                    // as the container numbers its files
  std::optional<uint32_t> crc32c;       // unmasked
  std::optional<uint32_t> run;          // of the table's runs(), the one the part lies in
  // The part's little-endian bytes, where they do not lie in the file as such; the extent then says what they were made of.
  std::shared_ptr<const std::vector<uint8_t>> values;
};

struct TensorInfo {
  std::string name;
  DType dtype = DType::kFloat32;
  uint32_t dtype_number = 1;  // as the container numbers its types, for messages
  Shape shape;
  std::vector<TensorPart> parts;
  // Empty: stored in row-major order. Else how many elements apart neighbours along each dimension are stored, from 0 up, in the
  // one part there is, whose extent reaches from the first element to the last and may hold elements of others in between.
  Shape strides;
  bool big_endian = false;
  bool usable = true;  // false: the entry contradicts itself, its bytes are not read

  uint64_t bytes() const;  // sum over parts
};

// Where element `local` of a part stands in the whole tensor, both counted in row-major order. A part whose box has
// another rank than the tensor counts as the whole of it.
uint64_t indexInTensor(const TensorInfo& tensor, const TensorPart& part, uint64_t local);

// Cuts values of a part, from its element `first` on, into what follows each other in the whole tensor: each(index, values). Those of
// a whole tensor all do, those of a slice within its innermost dimension.
template <typename F>
void eachStretch(const TensorInfo& tensor, uint32_t part, uint64_t first, std::span<const float> values, F each) {
  const TensorPart& box = tensor.parts[part];
  const uint64_t stretch = box.length.empty() ? UINT64_MAX : static_cast<uint64_t>(box.length.back());
  if (stretch == 0) return;
  while (!values.empty()) {
    const auto count = static_cast<std::size_t>(std::min<uint64_t>(values.size(), stretch - first % stretch));
    each(indexInTensor(tensor, box, first), values.first(count));
    values = values.subspan(count);
    first += count;
  }
}

class TensorTable {
 public:
  // Keeps the order of adding; of two equal names find() gives the first.
  void add(TensorInfo tensor);
  const TensorInfo* find(std::string_view name) const;
  std::optional<uint32_t> indexOf(std::string_view name) const;
  const std::vector<TensorInfo>& all() const { return tensors_; }
  std::size_t size() const { return tensors_.size(); }
  uint32_t addRun(ChecksumRun run);
  const std::vector<ChecksumRun>& runs() const { return runs_; }
  const TensorInfo& operator[](std::size_t index) const { return tensors_[index]; }

 private:
  std::vector<TensorInfo> tensors_;
  std::unordered_map<std::string, uint32_t> by_name_;
  std::vector<ChecksumRun> runs_;
};

}  // namespace bp
