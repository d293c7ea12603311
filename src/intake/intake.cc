#include "intake/intake.h"

namespace bp {

uint32_t Intake::addFile(std::string path, uint64_t size) {
  SetFile file;
  const size_t slash = path.rfind('/');
  file.name = slash == std::string::npos ? path : path.substr(slash + 1);
  file.folder = slash == std::string::npos ? "" : path.substr(0, slash);
  file.path = std::move(path);
  file.size = size;
  file.kind = std::string(fileKindName(FileKind::kUnknown));
  File opened;
  opened.source = std::make_unique<PagedSource>(size);
  opened.name = readFileName(file.folder, file.name);
  facts_.files.push_back(std::move(file));
  files_.push_back(std::move(opened));
  return static_cast<uint32_t>(files_.size() - 1);
}

void Intake::supply(uint32_t file, uint64_t offset, std::span<const uint8_t> bytes) {
  if (file < files_.size() && !done_) files_[file].source->supply(offset, bytes);
}

void Intake::refuse(uint32_t file, std::string reason) {
  if (file >= files_.size()) return;
  files_[file].refused = true;
  facts_.files[file].state = FileState::kUnreadable;
  facts_.files[file].head = std::move(reason);
}

// A file whose bytes were asked for and did not come would be waited for without end.
void Intake::refuseSilent() {
  for (uint32_t id = 0; id < files_.size(); ++id) {
    if (!files_[id].refused && files_[id].source->waiting()) refuse(id, "its bytes could not be read");
  }
}

std::vector<WantedRead> Intake::advance() {
  using Stage = bool (Intake::*)();
  static constexpr Stage kStages[] = {&Intake::sniffAll, &Intake::openIndexes, &Intake::openWeights, &Intake::matchShards,
                                        &Intake::readCompanions};
  refuseSilent();
  while (stage_ < std::size(kStages) && (this->*kStages[stage_])()) ++stage_;
  std::vector<WantedRead> wanted;
  for (uint32_t id = 0; id < files_.size(); ++id) {
    if (files_[id].refused) continue;
    for (const ByteRange& range : files_[id].source->takeWanted()) wanted.push_back({id, range.offset, range.length});
  }
  if (stage_ == std::size(kStages) && !done_) {
    for (File& file : files_) file.source->dropPages();
    indexes_.clear();
    opened_.clear();
    done_ = true;
    wanted.clear();  // asked for in case, and not needed
  }
  return wanted;
}

}  // namespace bp
