#include "tensors/data_pass.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <iterator>
#include <queue>
#include <tuple>
#include <utility>

#include "base/sort.h"
#include "bytes/crc32c.h"
#include "kernels/kernels.h"
#include "tensors/strides.h"

namespace bp {
namespace {

// Gaps between tensors up to this are read along: less than what it takes to start another read.
constexpr uint64_t kReadThrough = 1 << 20;
// Bytes taken up at a time: checksum, conversion and statistics then find them in the nearest cache.
constexpr std::size_t kBlock = 16 * 1024;
// How many parts may share one byte. Tied weights share among a few dozen; a file that stacks more is there to cost time.
constexpr std::size_t kMostSharing = 64;

// A bundle's checksum of strings (tensor_bundle.cc): over each length as a word of 4 bytes (8 if it needs them) in the
// byte order of the file, then over what follows the lengths as it stands.
class StringChecksum {
 public:
  StringChecksum(uint64_t strings, bool big_endian) : lengths_left_(strings), big_endian_(big_endian) {}

  uint32_t extend(uint32_t crc, std::span<const uint8_t> bytes) {
    std::size_t i = 0;
    for (; i < bytes.size() && lengths_left_ > 0; ++i) {
      if (shift_ < 64) length_ |= uint64_t{bytes[i] & 0x7fu} << shift_;
      shift_ += 7;
      if ((bytes[i] & 0x80) == 0) {
        crc = extendWithLength(crc);
        length_ = 0;
        shift_ = 0;
        --lengths_left_;
      }
    }
    return extendCrc32c(crc, bytes.subspan(i));
  }

 private:
  uint32_t extendWithLength(uint32_t crc) const {
    std::array<uint8_t, 8> word;
    const std::size_t width = length_ > UINT32_MAX ? 8 : 4;
    for (std::size_t i = 0; i < width; ++i) word[big_endian_ ? width - 1 - i : i] = static_cast<uint8_t>(length_ >> (8 * i));
    return extendCrc32c(crc, std::span(word).first(width));
  }

  uint64_t lengths_left_;
  bool big_endian_;
  uint64_t length_ = 0;
  uint32_t shift_ = 0;
};

constexpr uint32_t kRun = UINT32_MAX;

// One part on its way past, or one run of bytes that are summed up together.
struct PartReader {
  uint32_t tensor = 0;  // kRun: `part` is a run of the table
  uint32_t part = 0;
  Extent extent;
  uint64_t seen = 0;                 // bytes
  uint32_t crc = 0;
  uint64_t elements = 0;             // converted so far
  std::array<uint8_t, 8> split = {};  // first bytes of an element that a chunk cut
  std::size_t split_size = 0;
  std::unique_ptr<StringChecksum> strings;
  std::unique_ptr<StridedOrder> order;  // of a tensor with strides
};

struct TensorState {
  std::vector<PartResult> parts;
  TensorStats stats;
  bool wanted = false;  // by the sink
};

// Chan, Golub, LeVeque 1979: moments of two runs together.
void mergeStats(TensorStats& stats, const TensorStats& run) {
  const uint64_t run_finite = run.count - run.nan - run.inf;
  const uint64_t finite = stats.count - stats.nan - stats.inf;
  if (run_finite > 0) {
    const double n = static_cast<double>(run_finite), m = static_cast<double>(finite);
    const double delta = run.mean - stats.mean;
    const double squares = stats.variance * m + run.variance * n + delta * delta * n * m / (n + m);
    stats.mean += delta * n / (n + m);
    stats.variance = squares / (n + m);
    stats.smallest = finite > 0 ? std::min(stats.smallest, run.smallest) : run.smallest;
    stats.largest = finite > 0 ? std::max(stats.largest, run.largest) : run.largest;
  }
  if (run.nan + run.inf > 0) {
    const bool was_finite = stats.nan + stats.inf == 0;
    stats.first_not_finite = was_finite ? run.first_not_finite : std::min(stats.first_not_finite, run.first_not_finite);
  }
  stats.count += run.count;
  stats.nan += run.nan;
  stats.inf += run.inf;
  stats.zeros += run.zeros;
  stats.ones += run.ones;
}

TensorStats statsOf(const kernels::Summary& run, std::size_t count, float shift) {
  TensorStats stats;
  stats.count = count;
  stats.nan = run.nan;
  stats.inf = run.inf;
  stats.zeros = run.zeros;
  stats.ones = run.ones;
  if (const uint64_t finite = count - run.nan - run.inf; finite > 0) {
    const double n = static_cast<double>(finite), mean = run.sum / n;
    stats.mean = shift + mean;
    stats.variance = std::max(0.0, run.sum_squares - run.sum * mean) / n;
    stats.smallest = run.smallest;
    stats.largest = run.largest;
  }
  return stats;
}

}  // namespace

struct DataPass::Impl {
  const TensorTable& table;
  ValueSink* sink;
  Options options;
  std::vector<TensorState> tensors;
  std::vector<PartResult> runs;
  std::vector<PartReader> readers;  // in file order
  std::vector<PlannedRead> plan;

  std::size_t read = 0;           // of the plan: where the stream stands
  uint64_t read_done = 0;         // bytes of it
  std::size_t next_reader = 0;    // the first that has not begun
  std::vector<std::size_t> open;  // readers that the stream stands in
  int64_t current = -1;

  std::array<uint8_t, kBlock> swapped;
  std::array<float, kBlock> values;  // an element has at least one byte
  std::vector<uint8_t> gathered;     // elements of a tensor with strides, without those in between, and their places in it
  std::vector<uint64_t> places;

  Impl(const TensorTable& table, ValueSink* sink, Options options) : table(table), sink(sink), options(std::move(options)) {}

  void place(std::span<const uint64_t> file_sizes);
  bool isHere(const Extent& extent, std::span<const uint64_t> file_sizes, PartResult& result) const;
  void makePlan();
  bool feed(uint32_t file, uint64_t offset, std::span<const uint8_t> bytes);
  bool advance(PartReader& reader, uint64_t offset, std::span<const uint8_t> bytes);
  void takeBytes(PartReader& reader, const TensorInfo& tensor, std::span<const uint8_t> bytes);
  void takeElements(PartReader& reader, const TensorInfo& tensor, std::span<const uint8_t> bytes);
  void takeStrided(PartReader& reader, const TensorInfo& tensor, std::span<const uint8_t> bytes);
  std::span<const float> convert(const TensorInfo& tensor, std::span<const uint8_t> bytes);
  template <typename IndexOf>
  void summarize(uint32_t tensor, std::span<const float> run, IndexOf indexOf);
  void close(const PartReader& reader);
  void cut(uint32_t file);
};

// Does it lie inside its file? If not, says so.
bool DataPass::Impl::isHere(const Extent& extent, std::span<const uint64_t> file_sizes, PartResult& result) const {
  if (extent.file >= file_sizes.size()) {
    result.state = PartState::kNoFile;
    return false;
  }
  const uint64_t size = file_sizes[extent.file];
  result.bytes_here = extent.offset > size ? 0 : std::min(extent.length, size - extent.offset);
  if (extent.offset <= size && result.bytes_here == extent.length) return true;
  result.state = PartState::kCut;
  return false;
}

// Finds the parts that can be read and the state of those that cannot.
void DataPass::Impl::place(std::span<const uint64_t> file_sizes) {
  tensors.resize(table.size());
  runs.resize(table.runs().size());
  for (uint32_t r = 0; r < runs.size(); ++r) {
    PartReader reader;
    reader.tensor = kRun;
    reader.part = r;
    reader.extent = table.runs()[r].extent;
    if (options.checksums && reader.extent.length > 0 && isHere(reader.extent, file_sizes, runs[r])) readers.push_back(std::move(reader));
  }
  for (uint32_t t = 0; t < table.size(); ++t) {
    const TensorInfo& tensor = table[t];
    tensors[t].parts.resize(tensor.parts.size());
    if (!tensor.usable) continue;
    tensors[t].wanted = sink != nullptr && sink->wants(t);
    for (uint32_t p = 0; p < tensor.parts.size(); ++p) {
      PartReader reader;
      reader.tensor = t;
      reader.part = p;
      reader.extent = tensor.parts[p].extent;
      if (!isHere(reader.extent, file_sizes, tensors[t].parts[p])) continue;
      if (tensor.dtype == DType::kString) {
        reader.strings = std::make_unique<StringChecksum>(static_cast<uint64_t>(elementCount(tensor.shape).value_or(0)), tensor.big_endian);
      }
      if (!tensor.strides.empty() && itemSize(tensor.dtype) > 0) {
        auto order = StridedOrder::of(tensor.shape, tensor.strides);
        if (!order) continue;
        reader.order = std::make_unique<StridedOrder>(std::move(*order));
      }
      if (tensor.parts[p].values) {
        reader.extent = {reader.extent.file, 0, tensor.parts[p].values->size()};
        if (reader.extent.length > 0) advance(reader, 0, *tensor.parts[p].values);
        else close(reader);
      } else if (reader.extent.length == 0) {
        close(reader);
      } else {
        readers.push_back(std::move(reader));
      }
    }
  }
}

void DataPass::Impl::makePlan() {
  stableSort(readers, [](const PartReader& a, const PartReader& b) {
    return std::tie(a.extent.file, a.extent.offset, a.tensor, a.part) < std::tie(b.extent.file, b.extent.offset, b.tensor, b.part);
  });
  std::priority_queue<uint64_t, std::vector<uint64_t>, std::greater<>> ends;  // of the parts that cover the present offset
  uint32_t file = kNoFile;
  const auto stacked = [&](const PartReader& reader) {
    if (reader.extent.file != file) ends = {};
    file = reader.extent.file;
    while (!ends.empty() && ends.top() <= reader.extent.offset) ends.pop();
    if (ends.size() >= kMostSharing) return true;
    ends.push(reader.extent.offset + reader.extent.length);
    return false;
  };
  std::erase_if(readers, stacked);

  for (const PartReader& reader : readers) {
    const Extent& extent = reader.extent;
    const uint64_t end = extent.offset + extent.length;
    if (!plan.empty() && plan.back().file == extent.file) {
      PlannedRead& last = plan.back();
      const uint64_t last_end = last.offset + last.length;
      if (extent.offset <= last_end || extent.offset - last_end <= kReadThrough) {
        last.length = std::max(last_end, end) - last.offset;
        continue;
      }
    }
    plan.push_back({extent.file, extent.offset, extent.length});
  }
}

bool DataPass::Impl::feed(uint32_t file, uint64_t offset, std::span<const uint8_t> bytes) {
  if (read == plan.size()) return false;
  const PlannedRead& range = plan[read];
  if (file != range.file || offset != range.offset + read_done || bytes.size() > range.length - read_done) return false;

  std::erase_if(open, [&](std::size_t index) { return advance(readers[index], offset, bytes); });
  while (next_reader < readers.size() && readers[next_reader].extent.file == file && readers[next_reader].extent.offset < offset + bytes.size()) {
    if (readers[next_reader].tensor != kRun) current = readers[next_reader].tensor;
    if (!advance(readers[next_reader], offset, bytes)) open.push_back(next_reader);
    ++next_reader;
  }
  read_done += bytes.size();
  if (read_done == range.length) {
    ++read;
    read_done = 0;
  }
  if (read == plan.size()) current = -1;
  return true;
}

// Takes what of `bytes`, which stand at `offset`, belongs to the part; true if that was the last of it.
bool DataPass::Impl::advance(PartReader& reader, uint64_t offset, std::span<const uint8_t> bytes) {
  const uint64_t skip = reader.extent.offset > offset ? reader.extent.offset - offset : 0;
  const uint64_t left = reader.extent.length - reader.seen;
  bytes = bytes.subspan(static_cast<std::size_t>(skip));
  if (bytes.size() > left) bytes = bytes.first(static_cast<std::size_t>(left));
  reader.seen += bytes.size();

  while (!bytes.empty()) {
    const auto block = bytes.first(std::min(bytes.size(), kBlock));
    bytes = bytes.subspan(block.size());
    if (reader.tensor == kRun) {
      reader.crc = extendCrc32c(reader.crc, block);
      continue;
    }
    const TensorInfo& tensor = table[reader.tensor];
    if (reader.strings) {
      reader.crc = reader.strings->extend(reader.crc, block);
    } else if (!reader.order && (options.checksums || options.statistics)) {
      reader.crc = extendCrc32c(reader.crc, block);
    }
    if (itemSize(tensor.dtype) > 0 && (options.statistics || tensors[reader.tensor].wanted)) takeBytes(reader, tensor, block);
  }
  if (reader.seen < reader.extent.length) return false;
  close(reader);
  return true;
}

// Cuts bytes into whole elements; at most kBlock bytes.
void DataPass::Impl::takeBytes(PartReader& reader, const TensorInfo& tensor, std::span<const uint8_t> bytes) {
  const std::size_t width = itemSize(tensor.dtype);
  if (reader.split_size > 0) {
    const std::size_t missing = std::min(width - reader.split_size, bytes.size());
    std::copy_n(bytes.begin(), missing, reader.split.begin() + static_cast<std::ptrdiff_t>(reader.split_size));
    reader.split_size += missing;
    bytes = bytes.subspan(missing);
    if (reader.split_size < width) return;
    takeElements(reader, tensor, std::span(reader.split).first(width));
    reader.split_size = 0;
  }
  const std::size_t rest = bytes.size() % width;
  if (bytes.size() > rest) takeElements(reader, tensor, bytes.first(bytes.size() - rest));
  std::copy_n(bytes.end() - static_cast<std::ptrdiff_t>(rest), rest, reader.split.begin());
  reader.split_size = rest;
}

std::span<const float> DataPass::Impl::convert(const TensorInfo& tensor, std::span<const uint8_t> bytes) {
  const std::size_t width = itemSize(tensor.dtype);
  if (tensor.big_endian && width > 1) {
    for (std::size_t i = 0; i < bytes.size(); i += width) std::reverse_copy(&bytes[i], &bytes[i] + width, &swapped[i]);
    bytes = std::span(swapped).first(bytes.size());
  }
  if (tensor.dtype == DType::kFloat32 && reinterpret_cast<std::uintptr_t>(bytes.data()) % alignof(float) == 0) {
    return {reinterpret_cast<const float*>(bytes.data()), bytes.size() / width};
  }
  const auto run = std::span(values).first(bytes.size() / width);
  toFloat32(tensor.dtype, bytes, run);
  return run;
}

void DataPass::Impl::takeElements(PartReader& reader, const TensorInfo& tensor, std::span<const uint8_t> bytes) {
  if (reader.order) return takeStrided(reader, tensor, bytes);
  const std::span<const float> run = convert(tensor, bytes);
  if (options.statistics) {
    summarize(reader.tensor, run, [&](std::size_t i) { return indexInTensor(tensor, tensor.parts[reader.part], reader.elements + i); });
  }
  if (tensors[reader.tensor].wanted) sink->take(reader.tensor, reader.part, reader.elements, run);
  reader.elements += run.size();
}

void DataPass::Impl::takeStrided(PartReader& reader, const TensorInfo& tensor, std::span<const uint8_t> bytes) {
  const std::size_t width = itemSize(tensor.dtype);
  gathered.clear();
  places.clear();
  for (std::size_t i = 0; i < bytes.size(); i += width, ++reader.elements) {
    const auto place = reader.order->indexOf(reader.elements);
    if (!place) continue;
    gathered.insert(gathered.end(), &bytes[i], &bytes[i] + width);
    places.push_back(*place);
  }
  reader.crc = extendCrc32c(reader.crc, gathered);
  const std::span<const float> run = convert(tensor, gathered);
  if (options.statistics) summarize(reader.tensor, run, [&](std::size_t i) { return places[i]; });
  if (!tensors[reader.tensor].wanted) return;
  for (std::size_t begin = 0, end; begin < run.size(); begin = end) {
    for (end = begin + 1; end < run.size() && places[end] == places[end - 1] + 1;) ++end;
    reader.order->eachRepeat([&](uint64_t shift) { sink->take(reader.tensor, reader.part, places[begin] + shift, run.subspan(begin, end - begin)); });
  }
}

// `indexOf(i)`: where run[i] stands in the tensor.
template <typename IndexOf>
void DataPass::Impl::summarize(uint32_t tensor, std::span<const float> run, IndexOf indexOf) {
  const float shift = static_cast<float>(tensors[tensor].stats.mean);
  TensorStats here = statsOf(kernels::summarize(run.data(), run.size(), shift), run.size(), shift);
  if (here.nan + here.inf > 0) {
    here.first_not_finite = UINT64_MAX;
    for (std::size_t i = 0; i < run.size(); ++i) {
      if (!std::isfinite(run[i])) here.first_not_finite = std::min(here.first_not_finite, indexOf(i));
    }
  }
  mergeStats(tensors[tensor].stats, here);
}

void DataPass::Impl::close(const PartReader& reader) {
  if (reader.tensor == kRun) {
    runs[reader.part].crc_calculated = reader.crc;
    runs[reader.part].state = table.runs()[reader.part].crc32c == reader.crc ? PartState::kGood : PartState::kChecksumMismatch;
    return;
  }
  const TensorPart& part = table[reader.tensor].parts[reader.part];
  TensorState& tensor = tensors[reader.tensor];
  PartResult& result = tensor.parts[reader.part];
  const bool compared = options.checksums && part.crc32c.has_value();
  result.crc_calculated = reader.crc;
  result.state = compared && *part.crc32c != reader.crc ? PartState::kChecksumMismatch : PartState::kGood;
}

void DataPass::Impl::cut(uint32_t file) {
  const auto note = [&](const PartReader& reader) {
    PartResult& result = tensors[reader.tensor].parts[reader.part];
    result.state = PartState::kCut;
    result.bytes_here = reader.seen;
  };
  std::erase_if(open, [&](std::size_t index) {
    if (readers[index].extent.file != file) return false;
    note(readers[index]);
    return true;
  });
  for (; next_reader < readers.size() && readers[next_reader].extent.file == file; ++next_reader) note(readers[next_reader]);
  for (; read < plan.size() && plan[read].file == file; ++read) read_done = 0;
  current = -1;
}

DataPass::DataPass(const TensorTable& table, std::span<const uint64_t> file_sizes, ValueSink* sink, Options options)
    : impl_(std::make_unique<Impl>(table, sink, std::move(options))) {
  impl_->place(file_sizes);
  impl_->makePlan();
}

DataPass::~DataPass() = default;

const std::vector<PlannedRead>& DataPass::plan() const { return impl_->plan; }

uint64_t DataPass::bytesPlanned() const {
  uint64_t sum = 0;
  for (const PlannedRead& range : impl_->plan) sum += range.length;
  return sum;
}

bool DataPass::feed(uint32_t file, uint64_t offset, std::span<const uint8_t> bytes) { return impl_->feed(file, offset, bytes); }

void DataPass::cut(uint32_t file) { impl_->cut(file); }

// A part is no better than the run it lies in. The checksums of a tensor's parts in order, and their lengths, and its strides where it
// has some, make its fingerprint.
void DataPass::finish() {
  impl_->current = -1;
  for (uint32_t t = 0; t < impl_->tensors.size(); ++t) {
    for (std::size_t p = 0; p < impl_->tensors[t].parts.size(); ++p) {
      const std::optional<uint32_t> run = impl_->table[t].parts[p].run;
      PartState& state = impl_->tensors[t].parts[p].state;
      if (run && state == PartState::kGood && impl_->options.checksums) state = impl_->runs[*run].state;
    }
  }
  if (!impl_->options.statistics) return;
  for (uint32_t t = 0; t < impl_->tensors.size(); ++t) {
    TensorState& tensor = impl_->tensors[t];
    uint64_t hash = 0;
    for (std::size_t p = 0; p < tensor.parts.size(); ++p) {
      hash = (hash ^ tensor.parts[p].crc_calculated) * 0x9e3779b97f4a7c15u;
      hash = (hash ^ (hash >> 32) ^ impl_->table[t].parts[p].extent.length) * 0x9e3779b97f4a7c15u;
    }
    const TensorInfo& info = impl_->table[t];
    for (const int64_t stride : info.strides) hash = (hash ^ (hash >> 32) ^ static_cast<uint64_t>(stride)) * 0x9e3779b97f4a7c15u;
    tensor.stats.fingerprint = hash;
    if (const auto order = info.strides.empty() ? std::nullopt : StridedOrder::of(info.shape, info.strides)) {
      for (uint64_t* counted : {&tensor.stats.count, &tensor.stats.nan, &tensor.stats.inf, &tensor.stats.zeros, &tensor.stats.ones}) {
        *counted *= order->repeats();
      }
    }
  }
}

int64_t DataPass::currentTensor() const { return impl_->current; }

const std::vector<PartResult>& DataPass::parts(uint32_t tensor) const { return impl_->tensors[tensor].parts; }

const PartResult& DataPass::run(uint32_t index) const { return impl_->runs[index]; }

bool DataPass::good(uint32_t tensor) const {
  const std::vector<PartResult>& parts = impl_->tensors[tensor].parts;
  return !parts.empty() && std::all_of(parts.begin(), parts.end(), [](const PartResult& part) { return part.state == PartState::kGood; });
}

const TensorStats& DataPass::stats(uint32_t tensor) const { return impl_->tensors[tensor].stats; }

}  // namespace bp
