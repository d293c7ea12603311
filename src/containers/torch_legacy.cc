#include "containers/torch_legacy.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_map>

#include "bytes/byte_reader.h"
#include "containers/torch_state.h"

namespace bp {
namespace {

using Status = TensorFileStatus;
using Kind = PickleKind;

constexpr uint64_t kFirstWindow = 256 << 10;
constexpr uint64_t kMostPickle = 64 << 20;  // all five together
constexpr uint64_t kCountSize = 8;
constexpr std::string_view kMagic("\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 10);  // 0x1950a86a20f9469cfc6c
constexpr int64_t kVersion = 1001;
constexpr const char* kNotMagic = "Invalid magic number; corrupt file?";

Status fail(TensorFileFault& fault, Status status, std::string rule, std::string what = {}, std::string name = {}, uint64_t offset = 0) {
  fault = {std::move(rule), std::move(what), std::move(name), offset, 0, 0, 0};
  return status;
}

// Reads pickles that follow each other. How long they are shows only when they are read, so the window over them grows.
class PickleStream {
 public:
  PickleStream(ByteSource& source, TensorFileFault& fault) : source_(source), fault_(fault) {}

  Status next(Pickle& pickle) {
    for (;;) {
      if (!bytes_.empty()) {
        const Status status = readPickle(std::span<const uint8_t>(bytes_).subspan(static_cast<std::size_t>(position_)), position_, pickle, fault_);
        if (status == Status::kOk) position_ += pickle.size;
        if (status != Status::kTruncated) return status;
        if (bytes_.size() == source_.size()) {
          fault_.found = source_.size();
          return status;
        }
        if (bytes_.size() == kMostPickle) return fail(fault_, Status::kNotRead, "large-pickle");
      }
      const uint64_t window = std::min({std::max<uint64_t>(kFirstWindow, bytes_.size() * uint64_t{4}), kMostPickle, source_.size()});
      bytes_.resize(static_cast<std::size_t>(window));
      if (source_.read(0, bytes_) == ReadStatus::kPending) return Status::kPending;
      if (window == 0) return fail(fault_, Status::kTruncated, "pickle-end");
    }
  }
  uint64_t position() const { return position_; }

 private:
  ByteSource& source_;
  TensorFileFault& fault_;
  std::vector<uint8_t> bytes_;
  uint64_t position_ = 0;
};

bool isMagic(const PickleValue& value) { return value.kind == Kind::kBigInt && value.text == kMagic; }

// The indices of the storages in the order in which they follow.
Status readKeys(const Pickle& pickle, const TorchState& state, std::vector<std::size_t>& order, TensorFileFault& fault) {
  const PickleValue& keys = pickle[pickle.root];
  if (keys.kind != Kind::kList) return fail(fault, Status::kBadHeader, "storage-keys");
  std::unordered_map<std::string_view, std::size_t> left;
  for (std::size_t i = 0; i < state.storages.size(); ++i) left.emplace(state.storages[i].key, i);
  for (const uint32_t item : keys.items) {
    const PickleValue& key = pickle[item];
    const auto storage = key.kind == Kind::kText ? left.find(key.text) : left.end();
    if (storage == left.end()) return fail(fault, Status::kBadHeader, "storage-keys", {}, key.text.substr(0, 100));
    order.push_back(storage->second);
    left.erase(storage);
  }
  for (const TorchStorage& storage : state.storages) {
    if (left.count(storage.key) > 0) return fail(fault, Status::kBadHeader, "storage-keys", {}, storage.key);
  }
  return Status::kOk;
}

// Where each storage begins. All lengths are known before, so all counts are asked for at once.
Status findStorages(ByteSource& source, const TorchState& state, const std::vector<std::size_t>& order, uint64_t at,
                    std::vector<uint64_t>& offsets, TensorFileFault& fault) {
  offsets.resize(state.storages.size());
  const uint64_t size = source.size();
  bool pending = false;
  for (const std::size_t i : order) {
    const TorchStorage& storage = state.storages[i];
    offsets[i] = at + kCountSize;
    std::array<uint8_t, kCountSize> bytes;
    switch (source.read(at, bytes)) {
      case ReadStatus::kPending: pending = true; break;
      case ReadStatus::kPastEnd: break;  // told by the length below
      case ReadStatus::kOk: {
        const uint64_t elements = ByteReader(bytes).u64le("elements");
        if (elements == storage.elements) break;
        fail(fault, Status::kBadHeader, "storage-size", {}, storage.key, at);
        fault.found = elements;
        fault.expected = storage.elements;
        return Status::kBadHeader;
      }
    }
    if (storage.bytes() > UINT64_MAX / 2 - at - kCountSize) return fail(fault, Status::kBadHeader, "storage-size", {}, storage.key, at);
    at += kCountSize + storage.bytes();
  }
  if (pending) return Status::kPending;
  if (at > size) {
    fail(fault, Status::kTruncated, "storages");
    fault.found = size;
    fault.expected = at;
    return Status::kTruncated;
  }
  if (at == size) return Status::kOk;
  fail(fault, Status::kBadHeader, "trailing-bytes", {}, {}, at);
  fault.length = size - at;
  return Status::kBadHeader;
}

}  // namespace

TensorFileStatus readTorchLegacy(ByteSource& source, uint32_t file, TensorFile& out, TensorFileFault& fault) {
  out = {};
  PickleStream pickles(source, fault);
  Pickle pickle;
  if (const Status status = pickles.next(pickle); status != Status::kOk) return status;
  if (!isMagic(pickle[pickle.root])) return fail(fault, Status::kBadHeader, "magic", kNotMagic);

  const uint64_t version_at = pickles.position();
  if (const Status status = pickles.next(pickle); status != Status::kOk) return status;
  const PickleValue& version = pickle[pickle.root];
  if (version.kind != Kind::kInt || version.number != kVersion) {
    return fail(fault, Status::kBadHeader, "version", "Invalid protocol version: " + std::to_string(version.number), {}, version_at);
  }
  if (const Status status = pickles.next(pickle); status != Status::kOk) return status;
  const Kind system_info = pickle[pickle.root].kind;
  if (system_info != Kind::kDict && system_info != Kind::kOrderedDict) return fail(fault, Status::kBadHeader, "system-info");

  if (const Status status = pickles.next(pickle); status != Status::kOk) return status;
  TorchState state;
  if (const Status status = readTorchState(pickle, state, fault); status != Status::kOk) return status;

  if (const Status status = pickles.next(pickle); status != Status::kOk) return status;
  std::vector<std::size_t> order;
  if (const Status status = readKeys(pickle, state, order, fault); status != Status::kOk) return status;
  std::vector<uint64_t> offsets;
  const Status status = findStorages(source, state, order, pickles.position(), offsets, fault);
  if (status != Status::kOk && status != Status::kTruncated) return status;
  out.tensors = placeTensors(state, offsets, file, /*big_endian=*/false);
  out.wrapper = std::move(state.wrapper);
  out.outer_keys = std::move(state.outer_keys);
  return status;
}

TensorFileStatus readPlainPickle(ByteSource& source, TensorFileFault& fault) {
  PickleStream pickles(source, fault);
  Pickle pickle;
  const Status status = pickles.next(pickle);
  return status == Status::kOk ? fail(fault, Status::kBadHeader, "magic", kNotMagic) : status;
}

}  // namespace bp
