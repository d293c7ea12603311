// Which of the checkpoints among the files is judged, and which others there are.
#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "base/sort.h"
#include "intake/intake.h"

namespace bp {
namespace {

constexpr size_t kMostOpened = 64;  // indexes, the likeliest first

bool someLoaderReads(FileKind kind) { return kind == FileKind::kHdf5; }

int pointsFor(const std::optional<BundleStatus>& status) { return status == BundleStatus::kOk ? 16 : status == BundleStatus::kV1 ? 8 : 0; }

}  // namespace

const std::string* Intake::checkpointPathIn(const std::string& folder) const {
  for (const CheckpointText& text : checkpoints_) {
    if (facts_.files[text.file].folder == folder) return &text.path;
  }
  return nullptr;
}

// Puts the likeliest first: the one `checkpoint` names, with data and a config beside it, finished; then the latest step.
void Intake::rankIndexes() {
  std::set<std::string> shard_prefixes, config_folders;
  std::map<std::string, std::string> named;  // folder → what its `checkpoint` names
  for (uint32_t id = 0; id < files_.size(); ++id) {
    if (facts_.files[id].role == FileRole::kShard) shard_prefixes.insert(joinPath(facts_.files[id].folder, files_[id].name.stem));
  }
  for (const TextCandidate& config : config_candidates_) config_folders.insert(facts_.files[config.file].folder);
  for (const CheckpointText& text : checkpoints_) named.emplace(facts_.files[text.file].folder, lastPart(text.path));
  for (IndexCandidate& candidate : indexes_) {
    const std::string& folder = facts_.files[candidate.file].folder;
    const auto latest = named.find(folder);
    if (latest != named.end() && latest->second == candidate.stem) candidate.points += 8;
    if (shard_prefixes.count(joinPath(folder, candidate.stem)) > 0) candidate.points += 4;
    if (config_folders.count(folder) > 0) candidate.points += 2;
    if (candidate.suffix) candidate.points += 1;
    if (files_[candidate.file].name.unfinished) candidate.points -= 6;
    facts_.stems.push_back(candidate.stem);
  }
  stableSort(indexes_, [&](const IndexCandidate& a, const IndexCandidate& b) {
    const auto order = [&](const IndexCandidate& c) { return std::make_tuple(-c.points, -stepOf(c.stem), facts_.files[c.file].folder.size()); };
    return order(a) < order(b);
  });
}

bool Intake::openIndexes() {
  bool all_here = true;
  for (size_t i = 0; i < std::min(indexes_.size(), kMostOpened); ++i) {
    IndexCandidate& candidate = indexes_[i];
    const FileState state = facts_.files[candidate.file].state;
    if (candidate.status || (state != FileState::kAsNamed && state != FileState::kEmpty)) continue;
    const BundleStatus status = readTensorBundle(*files_[candidate.file].source, candidate.bundle, candidate.fault);
    if (status == BundleStatus::kPending) {
      all_here = false;
      continue;
    }
    candidate.status = status;
    candidate.tensors = candidate.bundle.entries.size();
    // Only the best is kept whole.
    const int points = candidate.points + pointsFor(status);
    const int best = chosen_ < 0 ? -100 : indexes_[static_cast<size_t>(chosen_)].points + pointsFor(indexes_[static_cast<size_t>(chosen_)].status);
    const bool better = points > best || (points == best && static_cast<int32_t>(i) < chosen_);
    if (better && chosen_ >= 0) indexes_[static_cast<size_t>(chosen_)].bundle = {};
    if (better) chosen_ = static_cast<int32_t>(i);
    else candidate.bundle = {};
  }
  return all_here;
}

bool Intake::indexOpened() const {
  if (chosen_ < 0) return false;
  const std::optional<BundleStatus>& status = indexes_[static_cast<size_t>(chosen_)].status;
  return status == BundleStatus::kOk || status == BundleStatus::kV1;
}

// No index: the data files, or the graph, tell which one is missing. Of several stems the one with most bytes.
void Intake::useShardsAlone() {
  std::map<std::pair<std::string, std::string>, uint64_t> bytes;  // by folder and stem
  for (const FileRole role : {FileRole::kShard, FileRole::kMeta}) {
    for (uint32_t id = 0; id < files_.size(); ++id) {
      if (facts_.files[id].role == role) bytes[{facts_.files[id].folder, files_[id].name.stem}] += 1 + facts_.files[id].size;
    }
    if (bytes.empty()) continue;
    const auto most = std::max_element(bytes.begin(), bytes.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    std::tie(facts_.folder, facts_.stem) = most->first;
    facts_.weights = WeightsKind::kTfBundle;
    for (uint32_t id = 0; id < files_.size(); ++id) {
      if (files_[id].name.unfinished && facts_.files[id].role == role && files_[id].name.stem == facts_.stem) {
        facts_.unfinished.push_back(facts_.files[id].path);
      }
    }
    return;
  }
  if (chooseKerasFile()) return;
  // Weights of another kind, which are not read.
  for (uint32_t id = 0; id < files_.size() && facts_.weights == WeightsKind::kNone; ++id) {
    if (facts_.files[id].role != FileRole::kNotRead) continue;
    facts_.folder = facts_.files[id].folder;
    if (someLoaderReads(files_[id].kind)) facts_.weights = WeightsKind::kOther;
  }
}

void Intake::listOthers() {
  std::set<std::pair<std::string, std::string>> listed = {{facts_.folder, facts_.stem}};
  const auto list = [&](const std::string& folder, const std::string& stem, const char* kind, uint64_t tensors) {
    if (listed.emplace(folder, stem).second) facts_.others.push_back({joinPath(folder, stem), kind, static_cast<int64_t>(tensors)});
  };
  const SetFile* judged = chosen_ < 0 ? nullptr : &facts_.files[indexes_[static_cast<size_t>(chosen_)].file];
  if (judged != nullptr) listed.emplace(judged->folder, indexes_[static_cast<size_t>(chosen_)].stem);
  std::set<uint32_t> used;
  for (const ShardSlot& slot : facts_.shards) used.insert(slot.file);
  for (const IndexCandidate& candidate : indexes_) {
    const SetFile& file = facts_.files[candidate.file];
    const bool copy = judged != nullptr && file.folder == judged->folder && file.size == judged->size &&
                      withoutCopyMark(file.name) == withoutCopyMark(judged->name);
    if (files_[candidate.file].name.unfinished || copy || used.count(candidate.file) > 0) continue;
    list(file.folder, candidate.stem, candidate.status == BundleStatus::kV1 ? "tf-v1" : "tf-bundle", candidate.tensors);
  }
  for (uint32_t id = 0; id < files_.size(); ++id) {
    const SetFile& file = facts_.files[id];
    if (file.role == FileRole::kShard && used.count(id) == 0 && !files_[id].name.unfinished) {
      const std::string& stem = files_[id].name.stem;
      if (listed.count({file.folder, withoutCopyMark(stem)}) == 0) list(file.folder, stem, "tf-bundle", 0);
    }
    if (file.role == FileRole::kNotRead && facts_.weights != WeightsKind::kOther && someLoaderReads(files_[id].kind)) {
      facts_.others.push_back({file.path, file.kind, 0});
    }
  }
  for (const WeightsGroup& group : weights_) {
    const std::string& name = group.name(facts_);
    if (facts_.isHfSet() && group.folder == facts_.folder && name == facts_.stem) continue;
    if (std::any_of(group.files.begin(), group.files.end(), [&](uint32_t id) { return used.count(id) > 0; })) continue;  // a renamed data file
    facts_.others.push_back({joinPath(group.folder, name), group.kind == WeightsKind::kSafetensors ? "safetensors" : "torch", 0});
  }
}

}  // namespace bp
