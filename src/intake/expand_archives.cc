// Archives among the files are opened in place: what lies in them becomes files of the intake, nothing is unpacked.
#include <algorithm>
#include <set>
#include <utility>

#include "bytes/byte_reader.h"
#include "intake/intake.h"

namespace bp {
namespace {

constexpr uint64_t kMostInflated = uint64_t{6} << 30;        // of all members
constexpr uint64_t kMostMemberInflated = uint64_t{4} << 30;  // of one
constexpr uint64_t kGzipTail = 8;                            // check sum, and the size modulo 2^32

// "uncased.tgz" → "uncased.tar", "vocab.txt.gz" → "vocab.txt"
std::string nameInGzip(std::string_view name) {
  if (name.ends_with(".tgz")) return std::string(name.substr(0, name.size() - 4)) + ".tar";
  if (name.ends_with(".gz") && name.size() > 3) return std::string(name.substr(0, name.size() - 3));
  return std::string(name) + ".inflated";
}

bool isArchive(FileKind kind) { return kind == FileKind::kZip || kind == FileKind::kTar || kind == FileKind::kGzip; }

// Zip archives that are one model: PyTorch's, Keras' and numpy's.
bool isModel(const ZipDirectory& zip) {
  const auto any = [&](auto fits) { return std::any_of(zip.entries.begin(), zip.entries.end(), fits); };
  const auto called = [&](std::string_view name) { return any([name](const ZipEntry& entry) { return entry.name == name; }); };
  if (called("model.weights.h5") && called("config.json")) return true;
  if (any([](const ZipEntry& entry) { return entry.name.ends_with("/data.pkl"); })) return true;
  return !zip.entries.empty() && !any([](const ZipEntry& entry) { return !entry.name.ends_with(".npy"); });
}

}  // namespace

// One level: what was dropped, and the tar in a dropped gzip. A zip under the name of weights is what they are kept in.
bool Intake::mayExpand(uint32_t id) const {
  const File& file = files_[id];
  if (isRefused(id) || facts_.files[id].role != FileRole::kArchive || !isArchive(file.kind)) return false;
  if (!file.member) return file.name.kind != NameKind::kWeights;
  return file.member->method == MemberFile::Method::kGzip && file.kind == FileKind::kTar;
}

bool Intake::expandArchives() {
  for (;;) {
    for (size_t id = expanded_; id < files_.size(); ++id) {
      const SetFile& file = facts_.files[id];
      if (!std::exchange(files_[id].asked, true)) askForBeginning(static_cast<uint32_t>(id), 0, file.size, file.name, files_[id].name.kind);
    }
    if (!sniffAll()) return false;
    const size_t known = files_.size();
    for (; expanded_ < known; ++expanded_) {
      if (!expand(static_cast<uint32_t>(expanded_))) return false;
    }
    if (files_.size() == known) break;
  }
  rankIndexes();
  return true;
}

// False: not all bytes are here.
bool Intake::expand(uint32_t archive) {
  if (mayExpand(archive)) {
    switch (files_[archive].kind) {
      case FileKind::kZip: return expandZip(archive);
      case FileKind::kTar: return expandTar(archive, files_[archive].member ? files_[archive].member->parent : archive);
      default: expandGzip(archive); return true;
    }
  }
  if (isOtherArchive(files_[archive].kind) && facts_.files[archive].role == FileRole::kArchive && !isRefused(archive)) {
    TensorFileFault fault;
    fault.rule = "other-archive";
    noteArchiveFault(archive, TensorFileStatus::kNotRead, fault);
  }
  if (files_[archive].member && isArchive(files_[archive].kind) && !isRefused(archive)) facts_.not_read.push_back(facts_.files[archive].path);
  return true;
}

void Intake::addMember(uint32_t outer, const std::string& name, MemberFile member) {
  const std::string path = facts_.files[outer].path + "/" + name;
  const size_t slash = path.rfind('/');
  if (isLitter(path.substr(0, slash), path.substr(slash + 1))) return;
  const bool stored = member.method == MemberFile::Method::kStored;
  member.file = addFile(path, member.size);
  facts_.files[member.file].inside = outer;
  File& file = files_[member.file];
  if (stored) {
    const File& parent = files_[member.parent];
    file.pages = nullptr;
    file.owner = parent.owner;
    file.start = parent.start + member.offset;
    file.source = std::make_unique<WindowSource>(*files_[parent.owner].pages, file.start, member.size);
  }
  file.member = member;
  file.asked = files_[member.parent].kind == FileKind::kTar;  // while it was walked
  new_members_.push_back(member);
}

bool Intake::expandZip(uint32_t archive) {
  ZipDirectory zip;
  TensorFileFault fault;
  const TensorFileStatus status = readZip(*files_[archive].source, zip, fault);
  if (status == TensorFileStatus::kPending) return isRefused(archive);
  if (status != TensorFileStatus::kOk) {
    noteArchiveFault(archive, status, fault);
    return true;
  }
  if (isModel(zip)) {
    facts_.files[archive].role = FileRole::kNotRead;
    facts_.not_read.push_back(facts_.files[archive].path);
    return true;
  }
  std::optional<TensorFileFault> unread;
  for (const ZipEntry& entry : zip.entries) {
    const bool stored = entry.method == kZipStored;
    const char* why = entry.encrypted ? "encrypted" : !stored && entry.method != kZipDeflated ? "method" : nullptr;
    if (why == nullptr && !stored && (entry.size > kMostMemberInflated || inflated_ + entry.size > kMostInflated)) why = "too-large";
    if (why != nullptr) {
      if (!unread) unread = TensorFileFault{why, "", entry.name, entry.offset, entry.compressed_size, entry.method, entry.size};
      continue;
    }
    if (!stored) inflated_ += entry.size;
    MemberFile member;
    member.parent = archive;
    member.method = stored ? MemberFile::Method::kStored : MemberFile::Method::kDeflate;
    member.offset = entry.offset;
    member.length = entry.compressed_size;
    member.size = entry.size;
    member.crc32 = entry.crc32;
    addMember(archive, entry.name, member);
  }
  if (unread) noteArchiveFault(archive, TensorFileStatus::kNotRead, *unread);
  return true;
}

bool Intake::expandTar(uint32_t archive, uint32_t outer) {
  TarDirectory& tar = tars_[archive];
  ByteSource& source = *files_[archive].source;
  TensorFileFault fault;
  const size_t known = tar.entries.size();
  const TensorFileStatus status = readTar(source, tar, fault);
  if (status == TensorFileStatus::kPending) {
    // On the way, so that what is inflated is inflated once.
    for (size_t i = known; i < tar.entries.size(); ++i) {
      const std::string name = lastPart(tar.entries[i].name);
      askForBeginning(archive, tar.entries[i].offset, tar.entries[i].size, name, readFileName({}, name).kind);
    }
    return isRefused(archive);
  }
  if (status != TensorFileStatus::kOk) {
    if (outer != archive) fault.expected = 0;  // sizes of what is inflated, and if the gzip is cut not even that
    noteArchiveFault(outer, status, fault);
    tars_.erase(archive);
    return true;
  }
  // Its last byte comes only if all before it could be inflated and nothing follows.
  uint8_t last = 0;
  if (files_[archive].member && source.read(source.size() - 1, {&last, 1}) == ReadStatus::kPending) return isRefused(archive);
  for (const TarEntry& entry : tar.entries) {
    MemberFile member;
    member.parent = archive;
    member.offset = entry.offset;
    member.length = member.size = entry.size;
    addMember(outer, entry.name, member);
  }
  tars_.erase(archive);
  return true;
}

// Its one content has the size that the last four bytes say, if it is below 4 GiB; reading finds out whether it is.
void Intake::expandGzip(uint32_t archive) {
  const uint64_t size = facts_.files[archive].size;
  uint8_t tail[kGzipTail] = {};
  if (size < 18 || files_[archive].source->read(size - kGzipTail, tail) != ReadStatus::kOk) {
    TensorFileFault fault;
    fault.rule = "trailer";
    fault.found = size;
    noteArchiveFault(archive, TensorFileStatus::kTruncated, fault);
    return;
  }
  ByteReader reader(tail);
  reader.u32le("crc-32");
  MemberFile member;
  member.parent = archive;
  member.method = MemberFile::Method::kGzip;
  member.length = size;
  member.size = reader.u32le("size");
  inflated_ += member.size;
  addMember(archive, nameInGzip(facts_.files[archive].name), member);
  facts_.files.back().folder = facts_.files[archive].folder;  // where it is unpacked to
}

void Intake::noteArchiveFault(uint32_t archive, TensorFileStatus status, const TensorFileFault& fault) {
  FileFault note;
  note.file = archive;
  note.kind = status == TensorFileStatus::kTruncated ? FileFault::Kind::kTruncated
              : status == TensorFileStatus::kNotRead ? FileFault::Kind::kNotRead
                                                     : FileFault::Kind::kBadHeader;
  note.why = fault.rule;
  note.member = fault.name;
  note.offset = fault.offset;
  note.found = fault.found;
  note.expected = fault.expected;
  facts_.faults.push_back(std::move(note));
}

// Those that hold the weights judged.
void Intake::settleArchives() {
  std::set<uint32_t> holding;
  const auto note = [&](uint32_t file) {
    if (file < files_.size() && facts_.files[file].inside != kNoFile) holding.insert(facts_.files[file].inside);
  };
  note(facts_.index_file);
  for (const ShardSlot& slot : facts_.shards) note(slot.file);
  for (uint32_t id = 0; id < files_.size(); ++id) {
    const SetFile& file = facts_.files[id];
    const bool around = facts_.weights != WeightsKind::kNone && (facts_.folder + "/").starts_with(file.path + "/");
    if (around && file.role == FileRole::kArchive) holding.insert(id);
  }
  facts_.archives.assign(holding.begin(), holding.end());
}

}  // namespace bp
