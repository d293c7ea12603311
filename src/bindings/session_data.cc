// The one pass over the tensor data: checksums, statistics, and the weights on their way into the encoder.
#include <algorithm>

#include "bindings/session_impl.h"

namespace bp {

namespace {

constexpr uint32_t kMostWorkers = 64;

uint32_t readCount(const Json& json, const char* key, uint32_t least, uint32_t absent) {
  const Json value = member(json, key);
  if (!isCount(value)) return absent;
  const auto count = value.get<uint64_t>();
  return count < least || count > kMostWorkers ? absent : static_cast<uint32_t>(count);
}

Precision readPrecision(const Json& json) { return member(json, "precision") == "int8" ? Precision::kInt8 : Precision::kFloat32; }

std::vector<Binding> layersOf(const std::vector<Binding>& bindings) {
  std::vector<Binding> layers;
  for (const Binding& binding : bindings) {
    if (groupOf(binding.role.part) == PartGroup::kLayer) layers.push_back(binding);
  }
  return layers;
}

// What the sizes are called between sessions, in their order.
constexpr std::pair<const char*, int64_t Sizes::*> kSizes[] = {
    {"vocab", &Sizes::vocab}, {"hidden", &Sizes::hidden}, {"layers", &Sizes::layers}, {"heads", &Sizes::heads},
    {"intermediate", &Sizes::intermediate}, {"positions", &Sizes::positions}, {"segments", &Sizes::segments}};

Json shareJson(const Sizes& sizes, const std::vector<Binding>& layers, Precision precision) {
  Json share = object("precision", precision == Precision::kInt8 ? "int8" : "f32");
  for (const auto& [name, size] : kSizes) put(share, name, sizes.*size);
  Json bindings(Json::value_t::array);
  for (const Binding& binding : layers) set(newSlot(bindings), list(static_cast<int>(binding.role.part), binding.role.layer, binding.transposed));
  put(share, "bindings", std::move(bindings));
  return share;
}

Json readsJson(const std::vector<PlannedRead>& plan) {
  Json reads = Json::array();
  for (const PlannedRead& read : plan) reads.push_back(object("file", read.file, "offset", read.offset, "length", read.length));
  return reads;
}

}  // namespace

uint32_t Session::heads() const {
  const Runnable run = impl_->runnable();
  return run.encoder_why.empty() ? static_cast<uint32_t>(std::min<int64_t>(run.sizes.heads, UINT32_MAX)) : 0;
}

std::string Session::Impl::makeWeights(const Sizes& sizes, LayerShare share, std::span<const Binding> bindings, const TensorTable& table, Precision precision) {
  weights = std::make_unique<EncoderWeights>(sizes, share, bindings, table, precision);
  if (weights->ok()) return {};
  weights.reset();
  const bool too_deep = precision == Precision::kInt8 && std::max(sizes.hidden, sizes.intermediate) > static_cast<int64_t>(kernels::kMostInt8Depth);
  return too_deep ? "the layers are too wide for sums of int8" : "there is not enough memory for the weights";
}

std::string Session::beginData(const std::string& json) {
  const Json options = parsed(json);
  const uint32_t workers = readCount(options, "workers", 1, 1);
  impl_->data_final = false;
  impl_->pass.reset();
  impl_->probe_run.reset();
  impl_->probe.reset();
  impl_->outbox.reset();
  impl_->forward.reset();
  impl_->weights.reset();
  impl_->sinks = {};
  impl_->outputs.clear();
  impl_->conversion.reset();

  std::string why;
  Json share;
  if (flag(options, "keep", false)) {
    const Runnable run = impl_->runnable();
    why = run.encoder_why;
    const Precision precision = readPrecision(options);
    if (why.empty()) why = impl_->makeWeights(run.sizes, {0, workers}, run.bindings, impl_->table(), precision);
    if (impl_->weights && workers > 1) {
      const std::vector<Binding> layers = layersOf(run.bindings);
      impl_->outbox = std::make_unique<SliceOutbox>(run.sizes, workers, layers, impl_->table());
      share = shareJson(run.sizes, layers, precision);
    }
  }
  impl_->no_weights = why;
  if (impl_->weights) impl_->sinks.add(impl_->weights.get());
  if (impl_->outbox) impl_->sinks.add(impl_->outbox.get());
  std::optional<uint32_t> word_table, mlm_bias;
  const std::vector<std::optional<Role>> roles = rolesOfTable(impl_->facts(), impl_->table());
  for (uint32_t i = 0; i < roles.size(); ++i) {
    if (roles[i] == Role{Part::kWordTable, -1}) word_table = i;
    if (roles[i] == Role{Part::kMlmOutputBias, -1}) mlm_bias = i;
  }
  impl_->vocab_rows = std::make_unique<VocabRows>(impl_->table(), word_table, mlm_bias);
  impl_->decoder = std::make_unique<TiedDifference>(impl_->table(), word_table, findDecoder(impl_->facts(), impl_->table()));
  impl_->sinks.add(impl_->vocab_rows.get());
  impl_->sinks.add(impl_->decoder.get());
  const bool statistics = flag(options, "statistics", true);
  impl_->histograms = statistics ? std::make_unique<Histograms>(impl_->table()) : nullptr;
  if (impl_->histograms) impl_->sinks.add(impl_->histograms.get());
  impl_->pass = std::make_unique<DataPass>(impl_->table(), impl_->file_sizes, &impl_->sinks, DataPass::Options{statistics, true});
  return written(object("reads", readsJson(impl_->pass->plan()), "bytes", impl_->pass->bytesPlanned(), "keeps", impl_->weights ? impl_->weights->bytes() : 0,
                        "why", why, "share", std::move(share)));
}

bool Session::feed(uint32_t file, double offset, uint32_t length) {
  if (!impl_->pass || impl_->data_final || length > impl_->inbox.size()) return false;
  return impl_->pass->feed(file, static_cast<uint64_t>(offset), {impl_->inbox.data(), length});
}

void Session::refuseData(uint32_t file, double offset, const std::string& reason) {
  if (!impl_->pass || impl_->data_final) return;
  impl_->pass->cut(file);
  impl_->intake.noteUnreadable(file, offset > 0 ? static_cast<uint64_t>(offset) : 0, reason);
}

std::span<const uint8_t> Session::outbox(uint32_t worker) { return impl_->outbox ? impl_->outbox->message(worker) : std::span<const uint8_t>(); }

std::string Session::beginShare(const std::string& json) {
  const Json share = parsed(json);
  impl_->forward.reset();
  impl_->weights.reset();
  impl_->share_table = {};
  impl_->begun_record = {};
  const auto fault = [](const char* why) { return written(object("keeps", 0, "why", why)); };
  const uint32_t count = readCount(share, "count", 1, 0), index = readCount(share, "index", 0, count);
  if (index >= count) return fault("this is no share");
  Sizes sizes;
  for (const auto& [name, size] : kSizes) {
    const Json value = member(share, name);
    if (!value.is_number_integer()) return fault("this is no share");
    sizes.*size = value.get<int64_t>();
  }
  if (sizes.hidden <= 0 || sizes.heads <= 0 || sizes.intermediate <= 0 || sizes.hidden % sizes.heads != 0) return fault("this is no share");
  std::vector<Binding> bindings;
  for (const Json& one : member(share, "bindings")) {
    const bool understood = one.is_array() && one.size() == 3 && isCount(one[0]) && one[0].get<uint64_t>() <= static_cast<uint64_t>(Part::kNspBias) &&
                            isCount(one[1]) && one[1].get<uint64_t>() < INT32_MAX && one[2].is_boolean();
    if (!understood) return fault("this is no share");
    const Role role{static_cast<Part>(one[0].get<int>()), one[1].get<int32_t>()};
    bindings.push_back({static_cast<uint32_t>(bindings.size()), role, one[2].get<bool>()});
    TensorInfo tensor;
    tensor.shape = shapeOf(role, sizes);
    tensor.parts.resize(1);
    impl_->share_table.add(std::move(tensor));
  }
  const std::string why = impl_->makeWeights(sizes, {index, count}, bindings, impl_->share_table, readPrecision(share));
  return written(object("keeps", impl_->weights ? impl_->weights->bytes() : 0, "why", why));
}

bool Session::takeShare(uint32_t length) {
  if (!impl_->weights || length > impl_->inbox.size()) return false;
  std::vector<uint8_t>& begun = impl_->begun_record;
  std::span<const uint8_t> slices(impl_->inbox.data(), length);
  if (!begun.empty()) {
    begun.insert(begun.end(), slices.begin(), slices.end());
    slices = begun;
  }
  slices = slices.subspan(readSlices(slices, *impl_->weights));
  begun = std::vector<uint8_t>(slices.begin(), slices.end());
  return true;
}

std::string Session::currentTensor() const {
  const int64_t index = impl_->pass ? impl_->pass->currentTensor() : -1;
  return index < 0 ? std::string() : impl_->table()[static_cast<size_t>(index)].name;
}

void Session::endData() {
  if (!impl_->pass) return;
  impl_->inbox = {};
  impl_->outbox.reset();
  if (impl_->weights && !impl_->weights->whole()) {
    impl_->weights.reset();
    impl_->no_weights = "the weights did not come whole, or there was not enough memory to quantize them";
  }
  impl_->pass->finish();
  impl_->data_final = true;
  // A tensor of the encoder turned out to be damaged: what was kept of it is no model.
  if (!impl_->runnable().encoder_why.empty()) impl_->weights.reset();
}

}  // namespace bp
