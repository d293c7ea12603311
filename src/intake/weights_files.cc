#include "intake/weights_files.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "base/sort.h"
#include "bytes/json_text.h"
#include "intake/file_names.h"
#include "text/unicode.h"

namespace bp {
namespace {

constexpr std::string_view kLookedFor[] = {"model.safetensors", "model.safetensors.index.json", "pytorch_model.bin",
                                           "pytorch_model.bin.index.json"};

// What a trainer leaves beside the weights; in PyTorch's format too.
bool isTrainerState(std::string_view name) {
  static constexpr std::string_view kNames[] = {"training_args", "optimizer", "scheduler", "scaler", "rng_state", "random_states"};
  return std::any_of(std::begin(kNames), std::end(kNames), [&](std::string_view start) { return name.starts_with(start); });
}

// "model-00001-of-00002.safetensors" → "model.safetensors"; any other name: itself.
std::string withoutShardNumber(const std::string& name) {
  const size_t of = name.rfind("-of-"), dot = name.rfind('.');
  if (of == std::string::npos || dot == std::string::npos || dot < of + 9 || of < 6) return name;
  const bool numbered = name[of - 6] == '-' && isDigits(std::string_view(name).substr(of - 5, 5)) &&
                        isDigits(std::string_view(name).substr(of + 4, dot - of - 4));
  return numbered ? name.substr(0, of - 6) + name.substr(dot) : name;
}

int depthOf(const std::string& folder) { return folder.empty() ? 0 : 1 + static_cast<int>(std::count(folder.begin(), folder.end(), '/')); }

}  // namespace

bool isHfWeightsKind(FileKind kind) {
  return kind == FileKind::kSafetensors || kind == FileKind::kTorchZip || kind == FileKind::kTorchLegacy || kind == FileKind::kTorchTar ||
         kind == FileKind::kPickle;
}

int hfWeightsRank(std::string_view name) {
  const auto found = std::find(std::begin(kLookedFor), std::end(kLookedFor), name);
  return found == std::end(kLookedFor) ? -1 : static_cast<int>(found - std::begin(kLookedFor));
}

std::vector<WeightsGroup> findWeights(const SetFacts& facts, const std::vector<FileKind>& kinds,
                                      const std::set<std::string>& config_folders) {
  std::map<std::pair<std::string, std::string>, WeightsGroup> by_name;  // folder and name, several shards under one
  for (uint32_t id = 0; id < facts.files.size(); ++id) {
    const SetFile& file = facts.files[id];
    const int rank = hfWeightsRank(file.name);
    if (isLitter(file.folder, file.name) || isTrainerState(file.name) || (rank < 0 && !isHfWeightsKind(kinds[id]))) continue;
    const bool is_map = rank == 1 || rank == 3;
    std::string name = is_map ? file.name : withoutShardNumber(file.name);
    // Shards go with their map, apart from a whole file of the same stem.
    if (!is_map && name != file.name) name += ".index.json";
    WeightsGroup& group = by_name[{file.folder, name}];
    group.folder = file.folder;
    if (is_map)
      group.map = id;
    else
      group.files.push_back(id);
    if (rank >= 0) group.rank = rank;
    const bool safetensors = rank >= 0 ? rank < 2 : kinds[id] == FileKind::kSafetensors;
    if (rank >= 0 || group.rank < 0) group.kind = safetensors ? WeightsKind::kSafetensors : WeightsKind::kTorch;
    group.bytes += file.size;
  }
  std::vector<WeightsGroup> groups;
  for (auto& [name, group] : by_name) groups.push_back(std::move(group));
  const auto order = [&](const WeightsGroup& group) {
    return std::make_tuple(group.rank < 0, config_folders.count(group.folder) == 0, depthOf(group.folder), group.rank,
                           -static_cast<int64_t>(group.bytes >> 1));
  };
  stableSort(groups, [&](const WeightsGroup& a, const WeightsGroup& b) { return order(a) < order(b); });
  return groups;
}

FileKind promisedKind(std::string_view name, FileKind content, std::string_view head) {
  if (name.ends_with(".safetensors")) {
    if (content == FileKind::kSafetensors) return content;
    // A header whose length is wrong is a header still.
    const bool unknown =
        content == FileKind::kEmpty || content == FileKind::kUnknown || content == FileKind::kProtobuf || content == FileKind::kOnnx;
    return unknown && (head.size() < 9 || head[8] == '{') ? FileKind::kSafetensors : FileKind::kUnknown;
  }
  switch (content) {
    case FileKind::kTorchZip:
    case FileKind::kTorchLegacy:
    case FileKind::kTorchTar:
    case FileKind::kPickle:
    case FileKind::kEmpty:
      return content;
    case FileKind::kZip:
      return FileKind::kTorchZip;  // packed again, perhaps
    default:
      return FileKind::kUnknown;
  }
}

WeightsFile weightsFacts(const SetFile& file, uint32_t id, TensorFileStatus status, const TensorFile& read, const TensorFileFault& fault) {
  WeightsFile facts;
  facts.file = id;
  facts.name = file.name;
  switch (status) {
    case TensorFileStatus::kOk:
      facts.state = WeightsState::kGood;
      break;
    case TensorFileStatus::kTruncated:
      facts.state = WeightsState::kTruncated;
      break;
    case TensorFileStatus::kRefused:
      facts.state = WeightsState::kRefusedPickle;
      break;
    case TensorFileStatus::kNotRead:
      facts.state = WeightsState::kNotRead;
      break;
    case TensorFileStatus::kBadHeader:
    case TensorFileStatus::kPending:
      facts.state = WeightsState::kBadHeader;
      break;
  }
  if (read.torchscript) facts.state = WeightsState::kTorchScript;
  facts.rule = fault.rule;
  facts.what = fault.what;
  facts.subject = fault.name;
  facts.offset = fault.offset;
  facts.length = fault.length;
  facts.found = fault.found;
  facts.expected = fault.expected;
  facts.no_format = file.kind == fileKindName(FileKind::kSafetensors) && !read.has_format;
  if (facts.no_format && !read.metadata.empty()) {
    Json metadata = Json::object();
    for (const auto& [key, value] : read.metadata) metadata[key] = value;
    facts.metadata = written(metadata);
  }
  facts.wrapper = read.wrapper;
  facts.outer_keys = read.outer_keys;
  return facts;
}

}  // namespace bp
