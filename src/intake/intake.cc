#include "intake/intake.h"

#include <algorithm>
#include <utility>

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
  opened.pages = std::make_unique<PagedSource>(size);
  opened.source = std::make_unique<WindowSource>(*opened.pages, 0, size);
  opened.owner = static_cast<uint32_t>(files_.size());
  opened.name = readFileName(file.folder, file.name);
  facts_.files.push_back(std::move(file));
  files_.push_back(std::move(opened));
  return static_cast<uint32_t>(files_.size() - 1);
}

void Intake::supply(uint32_t file, uint64_t offset, std::span<const uint8_t> bytes) {
  if (file < files_.size() && files_[file].pages && !done_) files_[file].pages->supply(offset, bytes);
}

void Intake::refuse(uint32_t file, std::string reason) {
  if (file >= files_.size() || files_[file].refused) return;
  files_[file].refused = true;
  facts_.files[file].state = FileState::kUnreadable;
  facts_.files[file].head = reason;
  noteUnreadable(file, 0, std::move(reason));
}

void Intake::noteUnreadable(uint32_t file, uint64_t offset, std::string reason) {
  if (file >= files_.size()) return;
  FileFault fault;
  const std::optional<MemberFile>& member = files_[file].member;
  const bool content = member && member->method == MemberFile::Method::kGzip;  // of a file that has no other
  fault.file = content ? member->parent : file;
  fault.why = std::move(reason);
  fault.offset = offset;
  // Several workers may come to the same end of a file: one fault, the first in the file.
  const auto known = std::find_if(facts_.faults.begin(), facts_.faults.end(), [&](const FileFault& other) {
    return other.kind == FileFault::Kind::kUnreadable && other.file == fault.file;
  });
  if (known != facts_.faults.end()) {
    if (fault.offset < known->offset) *known = std::move(fault);
    return;
  }
  facts_.faults.push_back(std::move(fault));
}

void Intake::want(uint32_t file, uint64_t offset, uint64_t length) {
  const File& of = files_[file];
  files_[of.owner].pages->want(of.start + offset, std::min(length, of.source->size() - std::min(offset, of.source->size())));
}

std::vector<MemberFile> Intake::takeMembers() { return std::exchange(new_members_, {}); }

// A file whose bytes were asked for and did not come would be waited for without end.
void Intake::refuseSilent() {
  for (uint32_t id = 0; id < files_.size(); ++id) {
    if (!files_[id].refused && files_[id].pages && files_[id].pages->waiting()) refuse(id, "its bytes could not be read");
  }
}

std::vector<WantedRead> Intake::advance() {
  using Stage = bool (Intake::*)();
  static constexpr Stage kStages[] = {&Intake::expandArchives, &Intake::openIndexes, &Intake::openWeights, &Intake::matchShards,
                                      &Intake::readCompanions};
  refuseSilent();
  while (stage_ < std::size(kStages) && (this->*kStages[stage_])()) ++stage_;
  std::vector<WantedRead> wanted;
  for (uint32_t id = 0; id < files_.size(); ++id) {
    if (files_[id].refused || !files_[id].pages) continue;
    for (const ByteRange& range : files_[id].pages->takeWanted()) wanted.push_back({id, range.offset, range.length});
  }
  if (stage_ == std::size(kStages) && !done_) {
    for (File& file : files_) {
      if (file.pages) file.pages->dropPages();
    }
    indexes_.clear();
    opened_.clear();
    done_ = true;
    wanted.clear();  // asked for in case, and not needed
  }
  return wanted;
}

}  // namespace bp
