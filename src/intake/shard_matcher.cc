#include "intake/shard_matcher.h"

#include <algorithm>
#include <unordered_map>

#include "bytes/crc32c.h"

namespace bp {
namespace {

constexpr size_t kProbes = 3;             // tensors whose checksums tell whose data a file is
constexpr uint64_t kProbeBytes = 1 << 20;
constexpr uint64_t kMostPadding = 4096;   // a writer may align the end of its last tensor
constexpr int kMostTried = 1024;          // pairs of shard and file

}  // namespace

ShardMatcher::ShardMatcher(const TensorBundle& bundle, std::string stem, std::vector<DataFile> files)
    : stem_(std::move(stem)), count_(bundle.header.num_shards), files_(std::move(files)), used_(files_.size()) {
  for (const BundleEntry& entry : bundle.entries) {
    const bool fixed_width = entry.dtype != DType::kString;  // the checksum of strings is not of their bytes alone
    if (entry.slices.empty()) note(entry.shard_id, entry.offset, entry.size, entry.crc32c, fixed_width);
    for (const BundleSlice& slice : entry.slices) {
      if (slice.found) note(slice.shard_id, slice.offset, slice.size, slice.crc32c, fixed_width);
    }
  }
  matchByName();
  matchByNumber();
}

void ShardMatcher::note(int32_t number, int64_t offset, int64_t size, uint32_t crc, bool fixed_width) {
  ShardSlot& slot = shards_[number].slot;
  if (slot.tensors++ == 0) {
    slot.id = number;
    slot.name = shardName(stem_, number, count_);
  }
  if (offset < 0 || size < 0) return;
  const Probe probe = {static_cast<uint64_t>(offset), static_cast<uint64_t>(size), crc};
  slot.bytes = std::max(slot.bytes, probe.offset + probe.size);
  if (!fixed_width || probe.size == 0 || probe.size > kProbeBytes) return;
  std::vector<Probe>& probes = probes_[number];
  probes.insert(std::upper_bound(probes.begin(), probes.end(), probe, [](const Probe& a, const Probe& b) { return a.size < b.size; }), probe);
  if (probes.size() > kProbes) probes.pop_back();
}

void ShardMatcher::give(Shard& shard, How how, size_t file) {
  shard.how = how;
  shard.file = file;
  shard.slot.file = files_[file].id;
  used_[file] = true;
}

// The name TensorFlow looks for; or that name on an unfinished save.
void ShardMatcher::matchByName() {
  std::unordered_map<std::string, size_t> by_name;
  for (size_t i = 0; i < files_.size(); ++i) {
    const FileName& name = files_[i].name;
    if (name.kind != NameKind::kShard || !name.plain) continue;
    const auto [known, fresh] = by_name.emplace(shardName(name.stem, name.shard, name.of), i);
    if (!fresh && !name.unfinished) known->second = i;
  }
  for (auto& [number, shard] : shards_) {
    if (const auto named = by_name.find(shard.slot.name); named != by_name.end()) give(shard, How::kName, named->second);
  }
}

// The stem and the number are right, the count in the name is not the header's. Of several the one of the right size.
void ShardMatcher::matchByNumber() {
  for (size_t i = 0; i < files_.size(); ++i) {
    const FileName& name = files_[i].name;
    if (name.kind != NameKind::kShard || !name.plain || name.unfinished || name.stem != stem_ || name.of == count_) continue;
    const auto found = shards_.find(name.shard);
    if (found == shards_.end() || found->second.how == How::kName) continue;
    Shard& shard = found->second;
    if (shard.how == How::kNumber && files_[i].size != shard.slot.bytes) continue;
    if (shard.how == How::kNumber) used_[shard.file] = false;
    give(shard, How::kNumber, i);
    other_count_ = name.of;
  }
}

// The size fits and so do the checksums of the smallest tensors. Without any small one the name has to say the number.
bool ShardMatcher::matchByContent() {
  std::multimap<uint64_t, size_t> by_size;
  for (size_t i = 0; i < files_.size(); ++i) {
    if (!used_[i] && files_[i].source != nullptr) by_size.emplace(files_[i].size, i);
  }
  bool all_here = true;
  int tried = 0;
  std::vector<uint8_t> bytes;
  for (auto& [number, shard] : shards_) {
    if (shard.how != How::kMissing || shard.slot.bytes == 0) continue;
    const std::vector<Probe>& probes = probes_[number];
    std::vector<size_t> fitting;
    for (auto it = by_size.lower_bound(shard.slot.bytes); it != by_size.end() && it->first - shard.slot.bytes < kMostPadding; ++it) {
      if (++tried > kMostTried) return all_here;
      const DataFile& file = files_[it->second];
      const bool numbered = file.name.kind == NameKind::kShard && file.name.shard == number;
      if (used_[it->second] || (probes.empty() && !(numbered && file.size == shard.slot.bytes))) continue;
      bool fits = true;
      for (const Probe& probe : probes) {
        bytes.resize(static_cast<size_t>(probe.size));
        const ReadStatus status = file.source->read(probe.offset, bytes);
        if (status == ReadStatus::kPending) all_here = false;
        else fits = fits && status == ReadStatus::kOk && crc32c(bytes) == probe.crc;
      }
      if (fits) fitting.insert(numbered ? fitting.begin() : fitting.end(), it->second);
    }
    if (all_here && !fitting.empty()) give(shard, How::kContent, fitting.front());
  }
  return all_here;
}

std::string ShardMatcher::foundStem() const {
  std::string stem;
  for (const auto& [number, shard] : shards_) {
    if (shard.how == How::kMissing) continue;
    const FileName& name = files_[shard.file].name;
    const bool proper = name.kind == NameKind::kShard && name.plain && name.shard == number && name.of == count_;
    if (shard.how != How::kContent || !proper || (!stem.empty() && name.stem != stem)) return {};
    stem = name.stem;
  }
  return stem;
}

}  // namespace bp
