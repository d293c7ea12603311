// The chosen index and the files that belong to it: what is there, what is called otherwise, what is unfinished.
#include <algorithm>

#include "intake/intake.h"

namespace bp {

// Lays down what is known of the chosen index; true if it gave a bundle.
bool Intake::settleIndex() {
  const IndexCandidate& chosen = indexes_[static_cast<size_t>(chosen_)];
  const SetFile& file = facts_.files[chosen.file];
  facts_.index_file = chosen.file;
  facts_.folder = file.folder;
  facts_.stem = chosen.stem;
  facts_.weights = WeightsKind::kTfBundle;
  const TableFault& fault = chosen.fault;
  facts_.index_step = fault.field.empty() ? fault.step : fault.step + ", " + fault.field;
  facts_.index_what = fault.what;
  facts_.index_offset = fault.offset;
  facts_.index_length = fault.length;
  facts_.index_has_crc = fault.has_crc;
  facts_.index_crc_stored = fault.crc_stored;
  facts_.index_crc_calculated = fault.crc_calculated;
  if (!chosen.status) {  // a pointer, a web page, or unreadable
    facts_.index = IndexState::kDamaged;
    facts_.index_what = file.head;
    return false;
  }
  switch (*chosen.status) {
    case BundleStatus::kOk: break;
    case BundleStatus::kTooShort: facts_.index = IndexState::kTooShort; return false;
    case BundleStatus::kV1:
      facts_.weights = WeightsKind::kTfV1;
      facts_.stem = file.name;  // the file is the checkpoint: its own path is what to pass
      facts_.v1_named_index = chosen.suffix;
      facts_.index = IndexState::kGood;
      return false;
    case BundleStatus::kDamaged:
    case BundleStatus::kPending: facts_.index = IndexState::kDamaged; return false;
  }
  const std::string version = versionFault(chosen.bundle.header);
  facts_.index = version.empty() ? IndexState::kGood : IndexState::kNewer;
  facts_.index_what = version;
  facts_.num_shards = chosen.bundle.header.num_shards;
  facts_.big_endian = chosen.bundle.header.big_endian;
  return true;
}

// Everything in the folder of the index that may hold tensors, whatever it is called.
std::vector<DataFile> Intake::dataFiles() const {
  std::vector<DataFile> list;
  for (uint32_t id = 0; id < files_.size(); ++id) {
    const SetFile& file = facts_.files[id];
    const bool shard = file.role == FileRole::kShard;
    if (file.folder != facts_.folder || (!shard && file.role != FileRole::kUnused) || isLitter(file.folder, file.name)) continue;
    const bool data = file.state == FileState::kAsNamed && !files_[id].refused;
    list.push_back({id, file.size, files_[id].name, data ? files_[id].source.get() : nullptr});
  }
  return list;
}

bool Intake::matchShards() {
  if (!matcher_ && chosen_ >= 0 && settleIndex()) {
    const IndexCandidate& chosen = indexes_[static_cast<size_t>(chosen_)];
    matcher_.emplace(chosen.bundle, chosen.stem, dataFiles());
  }
  if (matcher_) {
    if (!matcher_->matchByContent()) return false;
    settleNames();
    fillTable();
  }
  for (const IndexCandidate& candidate : indexes_) {
    const File& file = files_[candidate.file];
    if (candidate.file == facts_.index_file && file.name.unfinished) facts_.unfinished.push_back(facts_.files[candidate.file].path);
  }
  listOthers();
  settleSavedModel();
  settleArchives();
  if (const std::string* path = checkpointPathIn(facts_.folder)) facts_.checkpoint_path = *path;
  for (const CheckpointText& text : checkpoints_) {
    if (facts_.checkpoint_path && facts_.files[text.file].folder == facts_.folder) facts_.checkpoint_file = text.file;
  }
  chooseCompanions();
  return true;
}

void Intake::settleNames() {
  const IndexCandidate& chosen = indexes_[static_cast<size_t>(chosen_)];
  const SetFile& index = facts_.files[chosen.file];
  const int32_t count = chosen.bundle.header.num_shards;
  // All data files under one other stem: then it is the index that was renamed, unless that stem is a browser's.
  const std::string found = matcher_->foundStem();
  if (!found.empty() && found != chosen.stem) {
    const auto named_so = std::count_if(facts_.files.begin(), facts_.files.end(), [&](const SetFile& file) {
      return file.folder == facts_.folder && file.name == found + ".meta";
    });
    const bool likelier = hasCopyMark(chosen.stem) || !chosen.suffix || matcher_->shards().size() > 1 || named_so > 0;
    if (likelier && (!hasCopyMark(found) || hasCopyMark(chosen.stem))) facts_.stem = found;
  }
  const auto rename = [&](uint32_t id, std::string is, std::string should_be) {
    if (facts_.files[id].name == should_be) return;
    const bool bare = id == chosen.file && index.name == facts_.stem;
    facts_.renamed.push_back({id, std::move(is), std::move(should_be), bare});
  };
  if (!files_[chosen.file].name.unfinished) rename(chosen.file, "index", facts_.stem + ".index");
  for (const auto& [number, shard] : matcher_->shards()) {
    ShardSlot slot = shard.slot;
    slot.name = shardName(facts_.stem, number, count);
    if (slot.file != kNoFile) {
      if (files_[slot.file].name.unfinished) {
        facts_.unfinished.push_back(facts_.files[slot.file].path);
      } else if (shard.how == ShardMatcher::How::kContent) {
        rename(slot.file, "shard " + std::to_string(number) + " of " + std::to_string(count), slot.name);
      }
      facts_.files[slot.file].role = FileRole::kShard;
    }
    facts_.shards.push_back(std::move(slot));
  }
  facts_.shard_count_in_names = matcher_->otherCount();
}

// saved_model.pb counts if its own variables are what is judged, or if nothing else is.
void Intake::settleSavedModel() {
  for (const SetFile& file : facts_.files) {
    if (file.role != FileRole::kSavedModel) continue;
    const std::string variables = file.folder.empty() ? "variables" : file.folder + "/variables";
    const bool loose = facts_.folder == file.folder && facts_.stem == "variables";
    if (facts_.folder == variables || loose || facts_.weights == WeightsKind::kNone) facts_.saved_model_pb = true;
  }
}

}  // namespace bp
