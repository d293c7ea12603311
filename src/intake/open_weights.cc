// Opens the weights of a set that is no TF bundle, and lays down what is in them.
#include <algorithm>
#include <set>

#include "containers/open_tensor_file.h"
#include "intake/intake.h"

namespace bp {
namespace {

constexpr uint64_t kMapLimit = 64 << 20;
constexpr size_t kMostShards = 10'000;

}  // namespace

void Intake::findHfWeights() {
  std::vector<FileKind> kinds;
  for (const File& file : files_) kinds.push_back(file.kind);
  std::set<std::string> config_folders;
  for (const TextCandidate& config : config_candidates_) config_folders.insert(facts_.files[config.file].folder);
  weights_ = findWeights(facts_, kinds, config_folders);
}

// A TF bundle is judged before anything else. Something called *.index that is none comes after weights under the name
// transformers looks for; a pointer or a web page in its place after all weights.
bool Intake::openWeights() {
  if (weights_.empty()) findHfWeights();
  if (!weights_.empty() && !indexOpened() && (chosen_ < 0 || weights_[0].rank >= 0)) {
    chosen_ = -1;
    const WeightsGroup& group = weights_[0];
    ShardMap map;
    WeightsFile map_fault;
    if (group.map != kNoFile && !readMap(group, map, map_fault)) return false;
    bool all_here = true;
    std::map<std::string_view, uint32_t> beside;
    for (uint32_t id = 0; id < facts_.files.size(); ++id) {
      if (facts_.files[id].folder == group.folder) beside.emplace(facts_.files[id].name, id);
    }
    for (const std::string& name : map.files) {
      const auto found = beside.find(name);
      all_here &= readWeights(name, found == beside.end() ? kNoFile : found->second, true);
    }
    if (group.map == kNoFile) {
      for (const uint32_t id : group.files) all_here &= readWeights(facts_.files[id].name, id, group.rank >= 0);
    }
    if (!all_here) return false;
    if (map_fault.file != kNoFile) facts_.weights_files.push_back(map_fault);
    settleWeights(group, map);
    return true;
  }
  if (chosen_ < 0 && !indexes_.empty()) chosen_ = 0;
  if (chosen_ < 0) useShardsAlone();
  return true;
}

// False: not here yet. A map that says nothing is a fault of its own.
bool Intake::readMap(const WeightsGroup& group, ShardMap& map, WeightsFile& fault) {
  std::string text;
  if (!readWhole(group.map, kMapLimit, text)) return false;
  const SetFile& file = facts_.files[group.map];
  TensorFileFault found;
  const TensorFileStatus status = readShardMap(text, map, found);
  if (status == TensorFileStatus::kOk && !map.files.empty() && map.files.size() <= kMostShards) return true;
  map = {};
  fault = weightsFacts(file, group.map, status == TensorFileStatus::kOk ? TensorFileStatus::kBadHeader : status, {}, found);
  if (file.state != FileState::kAsNamed) fault.state = WeightsState::kStandIn;
  return true;
}

// Opens one file, by what its name promises or by its content. False: not here yet.
bool Intake::readWeights(const std::string& name, uint32_t id, bool by_name) {
  if (opened_.count(name) > 0) return true;
  OpenedWeights opened;
  opened.facts.file = id;
  opened.facts.name = name;
  if (id == kNoFile) {
    opened.facts.state = WeightsState::kAbsent;
  } else if (const SetFile& file = facts_.files[id]; file.state != FileState::kAsNamed && file.state != FileState::kEmpty) {
    opened.facts.state = WeightsState::kStandIn;
  } else {
    std::string head(static_cast<size_t>(std::min<uint64_t>(file.size, 9)), '\0');
    if (files_[id].source->read(0, {reinterpret_cast<uint8_t*>(head.data()), head.size()}) == ReadStatus::kPending) return false;
    const FileKind kind = by_name ? promisedKind(name, files_[id].kind, head) : files_[id].kind;
    TensorFile read;
    TensorFileFault fault;
    if (kind == FileKind::kUnknown) {
      opened.facts.state = WeightsState::kOtherContent;
    } else if (kind == FileKind::kEmpty) {
      opened.facts.state = WeightsState::kTruncated;
    } else {
      const TensorFileStatus status = openTensorFile(kind, *files_[id].source, id, read, fault);
      if (status == TensorFileStatus::kPending) return false;
      opened.facts = weightsFacts(file, id, status, read, fault);
      if (files_[id].kind == FileKind::kZip && fault.rule == "no-pickle") opened.facts.state = WeightsState::kOtherContent;
      opened.tensors = std::move(read.tensors);
    }
  }
  opened_.emplace(name, std::move(opened));
  return true;
}

void Intake::settleRole(const WeightsFile& weights) {
  SetFile& file = facts_.files[weights.file];
  const bool not_read = weights.state == WeightsState::kNotRead;
  file.role = not_read ? FileRole::kNotRead : FileRole::kWeights;
  std::vector<std::string>& list = facts_.not_read;
  if (not_read && std::find(list.begin(), list.end(), file.path) == list.end()) list.push_back(file.path);
}

void Intake::settleWeights(const WeightsGroup& group, const ShardMap& map) {
  facts_.weights = group.kind;
  facts_.folder = group.folder;
  facts_.stem = group.name(facts_);
  facts_.shard_map = group.map;
  if (group.map != kNoFile) facts_.files[group.map].role = FileRole::kWeights;
  std::vector<std::string> names = map.files;
  if (group.map == kNoFile) {
    for (const uint32_t id : group.files) names.push_back(facts_.files[id].name);
  }
  std::set<std::pair<std::string, std::string>> placed(map.weights.begin(), map.weights.end());
  for (size_t i = 0; i < names.size(); ++i) {
    OpenedWeights& opened = opened_.at(names[i]);
    if (opened.facts.file != kNoFile) settleRole(opened.facts);
    for (TensorInfo& tensor : opened.tensors) {
      for (TensorPart& part : tensor.parts) part.shard = static_cast<int32_t>(i);
      if (group.map != kNoFile && placed.erase({tensor.name, names[i]}) == 0) facts_.map_faults.push_back(tensor.name);
      table_.add(std::move(tensor));
    }
    facts_.weights_files.push_back(std::move(opened.facts));
  }
  for (const auto& [tensor, file] : placed) {
    if (table_.find(tensor) == nullptr) facts_.map_faults.push_back(tensor);
  }
}

}  // namespace bp
