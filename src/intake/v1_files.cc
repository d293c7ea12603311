// A checkpoint in TensorFlow's older form: its one file, or the files it was saved in, as one table of tensors.
#include <algorithm>
#include <unordered_map>

#include "base/sort.h"
#include "containers/tf_v1.h"
#include "intake/intake.h"

namespace bp {
namespace {

// Whether the boxes that all files hold of a tensor cover it once.
std::vector<std::string> boxFaults(const TensorInfo& tensor) {
  BundleEntry entry;
  entry.name = tensor.name;
  entry.shape = tensor.shape;
  entry.dtype = tensor.dtype;
  for (const TensorPart& part : tensor.parts) {
    BundleSlice slice;
    slice.start = part.start;
    slice.length = slice.stored_shape = part.length;
    slice.found = part.extent.file != kNoFile;
    slice.dtype = tensor.dtype;
    entry.slices.push_back(std::move(slice));
  }
  return sliceFaults(entry);
}

bool isWhole(const TensorInfo& tensor) { return tensor.parts.size() == 1 && tensor.parts[0].length.empty(); }

}  // namespace

// The chosen file and those saved with it, by the numbers in their names.
std::vector<uint32_t> Intake::v1Files() const {
  const uint32_t chosen = indexes_[static_cast<size_t>(chosen_)].file;
  const auto name = readV1ShardName(facts_.files[chosen].name);
  if (!name) return {chosen};
  std::vector<uint32_t> files;
  for (const IndexCandidate& candidate : indexes_) {
    const SetFile& file = facts_.files[candidate.file];
    const auto other = readV1ShardName(file.name);
    const bool same = file.folder == facts_.folder && other && other->stem == name->stem && other->of == name->of;
    if (same && candidate.status == BundleStatus::kV1) files.push_back(candidate.file);
  }
  stableSort(files, [&](uint32_t a, uint32_t b) { return facts_.files[a].name < facts_.files[b].name; });
  return files;
}

// False: bytes are missing.
bool Intake::readV1() {
  const std::vector<uint32_t> ids = v1Files();
  std::vector<V1Checkpoint> read(ids.size());
  std::vector<TensorFileStatus> states;
  std::vector<TableFault> faults(ids.size());
  for (size_t i = 0; i < ids.size(); ++i) states.push_back(readTfV1(*files_[ids[i]].source, ids[i], read[i], faults[i]));
  if (std::find(states.begin(), states.end(), TensorFileStatus::kPending) != states.end()) return false;

  if (const auto name = readV1ShardName(facts_.stem); name && ids.size() > 1) facts_.stem = name->pattern;
  facts_.num_shards = static_cast<int32_t>(ids.size());
  for (size_t i = 0; i < ids.size(); ++i) {
    facts_.files[ids[i]].role = FileRole::kIndex;
    switch (states[i]) {
      case TensorFileStatus::kOk: break;
      case TensorFileStatus::kNotRead:
        facts_.index = IndexState::kNotRead;
        facts_.not_read.push_back(facts_.files[ids[i]].path);
        return true;
      default: noteIndexFault(ids[i], faults[i]); return true;
    }
    if (const std::string version = versionFault(read[i].versions); !version.empty()) {
      facts_.index = IndexState::kNewer;
      facts_.index_what = version;
      return true;
    }
    ShardSlot slot;
    slot.id = static_cast<int32_t>(i);
    slot.file = ids[i];
    slot.name = facts_.files[ids[i]].name;
    slot.tensors = read[i].tensors.size();
    slot.bytes = facts_.files[ids[i]].size;
    facts_.shards.push_back(std::move(slot));
  }
  mergeV1(ids, std::move(read));
  return true;
}

void Intake::mergeV1(const std::vector<uint32_t>& ids, std::vector<V1Checkpoint> read) {
  std::vector<TensorInfo> tensors;
  std::unordered_map<std::string, size_t> by_name;
  for (size_t i = 0; i < read.size(); ++i) {
    const auto first_run = static_cast<uint32_t>(table_.runs().size());
    for (const ChecksumRun& run : read[i].runs) table_.addRun(run);
    for (TensorInfo& tensor : read[i].tensors) {
      for (TensorPart& part : tensor.parts) {
        part.shard = static_cast<int32_t>(i);
        if (part.run) *part.run += first_run;
      }
      const auto [known, fresh] = by_name.emplace(tensor.name, tensors.size());
      if (fresh) {
        tensors.push_back(std::move(tensor));
        continue;
      }
      TensorInfo& first = tensors[known->second];
      const bool shapes = first.shape != tensor.shape;
      if (shapes || first.dtype_number != tensor.dtype_number || isWhole(first) || isWhole(tensor)) {
        TableFault fault;
        fault.step = "header";
        fault.what = shapes ? "Incompatible tensor shapes detected for tensor " + tensor.name + ": existing = " + shapeText(first.shape) +
                                  ", new = " + shapeText(tensor.shape)
                            : "Incompatible tensor types or overlapping slices detected for tensor " + tensor.name;
        noteIndexFault(ids[i], fault);
        return;
      }
      first.usable = first.usable && tensor.usable;
      std::move(tensor.parts.begin(), tensor.parts.end(), std::back_inserter(first.parts));
    }
  }
  stableSort(tensors, [](const TensorInfo& a, const TensorInfo& b) { return a.name < b.name; });
  for (TensorInfo& tensor : tensors) {
    const auto count = elementCount(tensor.shape);
    const int64_t item = itemSize(tensor.dtype);
    if (!isWhole(tensor)) {
      std::vector<std::string> faults = boxFaults(tensor);
      tensor.usable = tensor.usable && faults.empty();
      facts_.partitioned.push_back({tensor.name, tensor.parts.size(), std::move(faults)});
    } else if (!tensor.usable) {
      const bool sized = count && item > 0 && *count <= INT64_MAX / item;
      facts_.entry_faults.push_back({tensor.name, static_cast<int64_t>(tensor.bytes()), sized ? *count * item : -1, 0, 0});
    }
    table_.add(std::move(tensor));
  }
}

}  // namespace bp
