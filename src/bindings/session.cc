#include "bindings/session.h"

#include <algorithm>

#include "bindings/session_impl.h"
#include "bytes/json_text.h"

namespace bp {
namespace {

constexpr uint32_t kInboxLimit = 16u << 20;

std::optional<Consumer> consumerNamed(const std::string& id) {
  for (int i = 0; i < kConsumerCount; ++i) {
    if (consumerId(static_cast<Consumer>(i)) == id) return static_cast<Consumer>(i);
  }
  return std::nullopt;
}

PasteFacts pasteFacts(const Json& json) {
  PasteFacts paste;
  for (const Json& path : member(json, "paths")) {
    if (path.is_string()) paste.paths.push_back(path.get<std::string>());
  }
  for (const Json& use : member(json, "uses")) {
    if (use.is_string()) paste.uses.insert(use.get<std::string>());
  }
  if (const Json lower = member(json, "lower"); lower.is_boolean()) paste.lower = lower.get<bool>();
  if (const Json id = member(json, "consumer"); id.is_string()) paste.consumer = consumerNamed(id.get<std::string>());
  return paste;
}

std::string_view fileStateName(FileState state) {
  switch (state) {
    case FileState::kAsNamed: return "as-named";
    case FileState::kLfsPointer: return "lfs-pointer";
    case FileState::kWebPage: return "web-page";
    case FileState::kEmpty: return "empty";
    case FileState::kUnreadable: return "unreadable";
  }
  return "as-named";
}

std::string_view methodName(MemberFile::Method method) {
  switch (method) {
    case MemberFile::Method::kStored: return "stored";
    case MemberFile::Method::kDeflate: return "deflate";
    case MemberFile::Method::kGzip: return "gzip";
  }
  return "stored";
}

std::string_view partStateName(PartState state) {
  switch (state) {
    case PartState::kNotRead: return "not-read";
    case PartState::kGood: return "good";
    case PartState::kChecksumMismatch: return "checksum-mismatch";
    case PartState::kCut: return "cut";
    case PartState::kNoFile: return "no-file";
  }
  return "not-read";
}

// Of a tensor: the worst of its parts, and not read while one is not.
PartState stateOf(const std::vector<PartResult>& parts) {
  PartState state = parts.empty() ? PartState::kNotRead : PartState::kGood;
  for (const PartResult& part : parts) {
    if (part.state == PartState::kNotRead && state == PartState::kGood) state = PartState::kNotRead;
    if (part.state > PartState::kGood) state = std::max(state, part.state);
  }
  return state;
}

Json statsJson(const TensorStats& stats) {
  return object("count", stats.count, "nan", stats.nan, "inf", stats.inf, "zeros", stats.zeros, "ones", stats.ones, "smallest",
                stats.smallest, "largest", stats.largest, "mean", stats.mean, "variance", stats.variance);
}

Json histogramJson(const Histogram& histogram) {
  return object("from", histogram.from, "to", histogram.to, "counts", histogram.counts, "taken", histogram.taken);
}

}  // namespace

Json parsed(const std::string& json) {
  JsonText text = parseJsonText(json);
  if (!text.is_object) return {};
  Json object = Json::object();
  for (JsonMember& member : text.members) object[member.key] = std::move(member.value);
  return object;
}

Json member(const Json& object, const char* key) {
  if (!object.is_object()) return {};
  const auto it = object.find(key);
  return it == object.end() ? Json() : *it;
}

bool flag(const Json& object, const char* key, bool absent) {
  const Json value = member(object, key);
  return value.is_boolean() ? value.get<bool>() : absent;
}

bool isCount(const Json& value) { return value.is_number_unsigned() || (value.is_number_integer() && value.get<int64_t>() >= 0); }

Session::Session() : impl_(std::make_unique<Impl>()) {}
Session::~Session() = default;

uint32_t Session::addFile(const std::string& path, double size) {
  impl_->file_sizes.push_back(size > 0 ? static_cast<uint64_t>(size) : 0);
  return impl_->intake.addFile(path, impl_->file_sizes.back());
}

std::string Session::wantedReads() {
  Json reads = Json::array();
  for (const WantedRead& read : impl_->intake.advance()) {
    reads.push_back(object("file", read.file, "offset", read.offset, "length", read.length));
  }
  if (impl_->intake.done() && !impl_->vocab_readings && impl_->facts().vocab_file != kNoFile && impl_->facts().vocab_is_text) {
    impl_->vocab_readings = std::make_shared<VocabReadings>(impl_->facts().vocab_text);
  }
  return written(reads);
}

std::string Session::takeMembers() {
  Json members = Json::array();
  for (const MemberFile& member : impl_->intake.takeMembers()) {
    impl_->file_sizes.push_back(member.size);
    members.push_back(object("file", member.file, "path", impl_->facts().files[member.file].path, "parent", member.parent, "method",
                             methodName(member.method), "offset", member.offset, "length", member.length, "size", member.size, "crc32",
                             member.crc32 ? Json(*member.crc32) : Json()));
  }
  return written(members);
}

void Session::refuseFile(uint32_t file, const std::string& reason) { impl_->intake.refuse(file, reason); }

std::span<uint8_t> Session::inbox(uint32_t length) {
  if (length > kInboxLimit) return {};
  if (impl_->inbox.size() < length) impl_->inbox = std::vector<uint8_t>(length);
  return {impl_->inbox.data(), length};
}

void Session::supply(uint32_t file, double offset, uint32_t length) {
  if (length > impl_->inbox.size()) return;
  impl_->intake.supply(file, static_cast<uint64_t>(offset), {impl_->inbox.data(), length});
}

std::string Session::setOptions(const std::string& json) {
  const Json options = parsed(json);
  std::string fault;
  std::optional<std::vector<ConsumerSpec>> consumers = readConsumers(member(options, "consumers"), fault);
  if (!consumers) return fault;
  const Json gelu = member(options, "gelu"), user_text = member(options, "text");
  if (!gelu.is_null() && gelu != "tanh" && gelu != "erf") return "gelu is tanh or erf";
  if (!user_text.is_null() && !user_text.is_string()) return "text is a string";
  impl_->consumers = std::move(*consumers);
  impl_->paste = pasteFacts(member(options, "paste"));
  impl_->user_text = user_text.is_string() ? std::optional(user_text.get<std::string>()) : std::nullopt;
  impl_->gelu_is_tanh = gelu.is_null() ? std::nullopt : std::optional<bool>(gelu == "tanh");
  return {};
}

std::string Session::files() const {
  Json files = Json::array();
  for (const SetFile& file : impl_->facts().files) {
    files.push_back(object("path", file.path, "size", file.size, "kind", file.kind, "role", fileRoleName(file.role), "state",
                           fileStateName(file.state)));
  }
  return written(files);
}

CheckInput Session::Impl::checkInput() const {
  CheckInput input;
  input.facts = &facts();
  input.table = &table();
  input.data = data();
  input.probe = probe ? &*probe : nullptr;
  input.vocab = vocab_readings;
  input.vocab_rows = data_final ? vocab_rows.get() : nullptr;
  input.decoder = data_final ? decoder.get() : nullptr;
  input.consumers = consumers;
  input.paste = paste;
  input.text = user_text;
  return input;
}

std::string Session::report() const { return written(makeReport(impl_->checkInput())); }

std::string Session::tensors() const {
  const std::vector<std::optional<Role>> roles = rolesOfTable(impl_->facts(), impl_->table());
  Json tensors = Json::array();
  for (uint32_t i = 0; i < impl_->table().size(); ++i) {
    const TensorInfo& tensor = impl_->table()[i];
    const TensorPart first = tensor.parts.empty() ? TensorPart() : tensor.parts.front();
    const bool here = first.extent.file < impl_->facts().files.size();
    const bool floating = isFloating(tensor.dtype);
    Json row = object("name", tensor.name, "dtype", dtypeName(tensor.dtype), "shape", tensor.shape, "bytes", tensor.bytes(), "role",
                      roles[i] ? Json(roleText(*roles[i])) : Json(), "layer", roles[i] ? roles[i]->layer : -1, "file",
                      here ? Json(impl_->facts().files[first.extent.file].path) : Json(), "offset", first.extent.offset, "length",
                      first.extent.length, "shard", first.shard, "crc32c", first.crc32c ? Json(*first.crc32c) : Json(), "parts",
                      tensor.parts.size());
    const DataPass* data = impl_->data();
    row["state"] = partStateName(data ? stateOf(data->parts(i)) : PartState::kNotRead);
    row["stats"] = data && floating && data->stats(i).count > 0 ? statsJson(data->stats(i)) : Json();
    const Histogram* histogram = data && impl_->histograms ? &impl_->histograms->of(i) : nullptr;
    row["histogram"] = histogram && !histogram->counts.empty() ? histogramJson(*histogram) : Json();
    tensors.push_back(std::move(row));
  }
  return written(tensors);
}

std::string Session::layout(uint32_t index) const {
  if (index >= impl_->table().size())
    return written(object("parts", Json::array(), "strides", Json::array(), "big_endian", false, "item", 0));
  const TensorInfo& tensor = impl_->table()[index];
  Json parts = Json::array();
  for (const TensorPart& part : tensor.parts) {
    const bool here = tensor.usable && part.extent.file < impl_->facts().files.size();
    parts.push_back(object("file", here ? Json(part.extent.file) : Json(), "offset", part.extent.offset, "length", part.extent.length,
                           "start", part.start, "shape", part.length));
  }
  return written(
      object("parts", std::move(parts), "strides", tensor.strides, "big_endian", tensor.big_endian, "item", itemSize(tensor.dtype)));
}

std::string Session::abilities() const {
  const Runnable run = impl_->runnable();
  Json why = Json::object();
  const auto can = [&why](const char* what, const std::string& reason) {
    if (!reason.empty()) why[what] = reason;
    return reason.empty();
  };
  const bool vocab = can("vocab", impl_->vocab() ? "" : "there is no readable vocabulary");
  Json abilities = object("encoder", can("encoder", run.encoder_why), "mlm", can("mlm", run.mlm_why), "nsp", can("nsp", run.nsp_why),
                          "pooled", can("pooled", run.pooled_why), "vocab", vocab, "probes", can("probes", run.encoder_why));
  abilities["why"] = std::move(why);
  return written(abilities);
}

}  // namespace bp
