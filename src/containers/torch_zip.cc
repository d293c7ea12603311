#include "containers/torch_zip.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "containers/torch_state.h"
#include "containers/zip.h"

namespace bp {
namespace {

using Status = TensorFileStatus;

constexpr uint64_t kMostPickle = 64 << 20;
constexpr uint64_t kMostByteorder = 16;

class Archive {
 public:
  Archive(ByteSource& source, TensorFileFault& fault) : source_(source), fault_(fault) {}

  Status open() {
    if (const Status status = readZip(source_, zip_, fault_); status != Status::kOk) return status;
    if (zip_.entries.empty()) return fail(Status::kBadHeader, "no-pickle", "data.pkl");
    const std::string& first = zip_.entries.front().name;
    const std::size_t slash = first.find('/');
    if (slash == std::string::npos || slash == 0) {
      fail(Status::kBadHeader, "not-in-folder", first);
      fault_.what = "file in archive is not in a subdirectory: " + first;
      return Status::kBadHeader;
    }
    const std::string root = first.substr(0, slash + 1);
    for (const ZipEntry& entry : zip_.entries) {
      if (entry.name.starts_with(root)) members_.emplace(std::string_view(entry.name).substr(root.size()), &entry);
    }
    return Status::kOk;
  }
  const ZipEntry* find(std::string_view name) const {
    const auto found = members_.find(name);
    return found == members_.end() ? nullptr : found->second;
  }
  const std::unordered_map<std::string_view, const ZipEntry*>& members() const { return members_; }

  Status readWhole(const ZipEntry& entry, uint64_t limit, std::vector<uint8_t>& bytes) {
    if (!isPlain(entry)) return fail(Status::kNotRead, "compressed", entry.name);
    if (entry.size > limit) return fail(Status::kNotRead, "large-pickle", entry.name);
    bytes.resize(static_cast<std::size_t>(entry.size));
    return source_.read(entry.offset, bytes) == ReadStatus::kPending ? Status::kPending : Status::kOk;
  }
  static bool isPlain(const ZipEntry& entry) { return entry.method == kZipStored && !entry.encrypted; }

  Status fail(Status status, std::string rule, std::string name, uint64_t offset = 0) {
    fault_ = {std::move(rule), {}, std::move(name), offset, 0, 0, 0};
    return status;
  }

 private:
  ByteSource& source_;
  TensorFileFault& fault_;
  ZipDirectory zip_;
  std::unordered_map<std::string_view, const ZipEntry*> members_;  // by name below the folder
};

Status readByteorder(Archive& archive, bool& big_endian) {
  const ZipEntry* entry = archive.find("byteorder");
  big_endian = false;
  if (entry == nullptr) return Status::kOk;  // older than 2.1, which only wrote on little-endian machines
  std::vector<uint8_t> bytes;
  if (const Status status = archive.readWhole(*entry, kMostByteorder, bytes); status != Status::kOk) return status;
  const std::string_view order(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  big_endian = order == "big";
  return big_endian || order == "little" ? Status::kOk : archive.fail(Status::kBadHeader, "byteorder", entry->name, entry->offset);
}

// Each storage to its member, which must be just as long, and each member to a storage.
Status findStorages(Archive& archive, const TorchState& state, std::vector<uint64_t>& offsets, TensorFileFault& fault) {
  for (const TorchStorage& storage : state.storages) {
    const std::string member = "data/" + storage.key;
    const ZipEntry* entry = archive.find(member);
    if (entry == nullptr) return archive.fail(Status::kBadHeader, "no-storage", member);
    if (!Archive::isPlain(*entry)) return archive.fail(Status::kNotRead, "compressed", entry->name, entry->offset);
    if (entry->size != storage.bytes()) {
      archive.fail(Status::kBadHeader, "storage-size", entry->name, entry->offset);
      fault.length = fault.found = entry->size;
      fault.expected = storage.bytes();
      return Status::kBadHeader;
    }
    offsets.push_back(entry->offset);
  }
  const auto stored = std::count_if(archive.members().begin(), archive.members().end(), [](const auto& member) { return member.first.starts_with("data/"); });
  if (static_cast<std::size_t>(stored) == state.storages.size()) return Status::kOk;
  const ZipEntry* unused = nullptr;  // the first of them in the file, so that the answer is always the same
  for (const auto& [name, entry] : archive.members()) {
    const std::string_view member = name;
    if (!member.starts_with("data/") || (unused != nullptr && unused->offset <= entry->offset)) continue;
    const bool used = std::any_of(state.storages.begin(), state.storages.end(), [member](const TorchStorage& s) { return member.substr(5) == s.key; });
    if (!used) unused = entry;
  }
  return archive.fail(Status::kBadHeader, "storage-unused", unused->name, unused->offset);
}

}  // namespace

TensorFileStatus readTorchZip(ByteSource& source, uint32_t file, TensorFile& out, TensorFileFault& fault) {
  out = {};
  Archive archive(source, fault);
  if (const Status status = archive.open(); status != Status::kOk) return status;
  if (archive.find("constants.pkl") != nullptr) {
    out.torchscript = true;
    return Status::kOk;
  }
  const ZipEntry* object = archive.find("data.pkl");
  if (object == nullptr) return archive.fail(Status::kBadHeader, "no-pickle", "data.pkl");
  bool big_endian = false;
  std::vector<uint8_t> bytes;
  const Status order_status = readByteorder(archive, big_endian);
  const Status object_status = archive.readWhole(*object, kMostPickle, bytes);
  if (order_status != Status::kOk) return order_status;
  if (object_status != Status::kOk) return object_status;

  Pickle pickle;
  Status status = readPickle(bytes, object->offset, pickle, fault);
  if (status == Status::kTruncated) return Status::kBadHeader;  // the archive itself is whole
  if (status != Status::kOk) return status;
  TorchState state;
  status = readTorchState(pickle, state, fault);
  if (status != Status::kOk) return status;
  std::vector<uint64_t> offsets;
  status = findStorages(archive, state, offsets, fault);
  if (status != Status::kOk) return status;
  out.tensors = placeTensors(state, offsets, file, big_endian);
  out.wrapper = std::move(state.wrapper);
  out.outer_keys = std::move(state.outer_keys);
  return Status::kOk;
}

}  // namespace bp
