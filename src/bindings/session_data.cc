// The one pass over the tensor data: checksums, statistics, and the weights on their way into the encoder.
#include <algorithm>
#include <cstring>
#include <iterator>
#include <type_traits>

#include "bindings/session_impl.h"

namespace bp {

namespace {

// What a session found out about one part: plain bytes.
struct SharedRecord {
  PassRecord pass;
  uint32_t has_histogram = 0;  // 1: of the part's tensor, whose values came whole
  uint32_t counts[kHistogramBins] = {};
  float from = 0, to = 0;
  uint64_t taken = 0;
};
static_assert(std::is_trivially_copyable_v<SharedRecord>);
constexpr std::size_t kRecordsAtOnce = 4096;  // less than what crosses at once

SharedRecord sharedRecord(const PassRecord& pass, const Histograms* histograms) {
  SharedRecord record;
  record.pass = pass;
  if (histograms == nullptr) return record;
  const Histogram& histogram = histograms->of(pass.tensor);
  if (histogram.taken == 0) return record;
  record.has_histogram = 1;
  std::copy(histogram.counts.begin(), histogram.counts.end(), record.counts);
  record.from = histogram.from;
  record.to = histogram.to;
  record.taken = histogram.taken;
  return record;
}

Histogram histogramIn(const SharedRecord& record) {
  Histogram histogram{record.from, record.to, {}, record.taken};
  if (std::any_of(std::begin(record.counts), std::end(record.counts), [](uint32_t count) { return count > 0; })) {
    histogram.counts.assign(std::begin(record.counts), std::end(record.counts));
  }
  return histogram;
}

struct Workers {
  uint32_t index = 0, count = 1;
  bool layers = false;
};

Workers readWorkers(const Json& json) {
  const Json index = member(json, "index"), count = member(json, "count");
  if (!isCount(index) || !isCount(count)) return {};
  const auto own = index.get<uint64_t>(), all = count.get<uint64_t>();
  if (all == 0 || all > kMostWorkers || own >= all) return {};
  return {static_cast<uint32_t>(own), static_cast<uint32_t>(all), flag(json, "layers", false)};
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

bool Session::mayShare() const { return impl_->table().runs().empty(); }

std::string Session::beginData(const std::string& json) {
  const Json options = parsed(json);
  const Workers workers = readWorkers(member(options, "workers"));
  impl_->worker = workers.index;
  impl_->data_final = false;
  impl_->pass.reset();
  impl_->probe_run.reset();
  impl_->probe.reset();
  impl_->shared.clear();
  impl_->records.clear();
  impl_->records_page.clear();
  impl_->forward.reset();
  impl_->weights.reset();
  impl_->sinks = {};
  impl_->outputs.clear();
  impl_->conversion.reset();

  const std::size_t tensors = impl_->table().size();
  std::vector<bool> of_layers(tensors), kept_by_first(tensors);
  std::string why;
  if (flag(options, "keep", false)) {
    const Runnable run = impl_->runnable();
    why = run.encoder_why;
    for (const Binding& binding : run.bindings) {
      kept_by_first[binding.tensor] = true;
      if (workers.layers && groupOf(binding.role.part) == PartGroup::kLayer) of_layers[binding.tensor] = true;
    }
    if (why.empty() && (workers.layers || workers.index == 0)) {
      const LayerShare share = workers.layers ? LayerShare{workers.index, workers.count} : LayerShare{};
      impl_->weights = std::make_unique<EncoderWeights>(run.sizes, share, run.bindings, impl_->table());
      if (!impl_->weights->ok()) {
        impl_->weights.reset();
        why = "there is not enough memory for the weights";
      }
    }
  }
  if (impl_->weights) impl_->sinks.add(impl_->weights.get());
  std::optional<uint32_t> word_table, mlm_bias;
  const std::vector<std::optional<Role>> roles = rolesOfTable(impl_->facts(), impl_->table());
  for (uint32_t i = 0; i < roles.size(); ++i) {
    if (roles[i] == Role{Part::kWordTable, -1}) word_table = i;
    if (roles[i] == Role{Part::kMlmOutputBias, -1}) mlm_bias = i;
  }
  impl_->vocab_rows = std::make_unique<VocabRows>(impl_->table(), word_table, mlm_bias);
  impl_->decoder = std::make_unique<TiedDifference>(impl_->table(), word_table, findDecoder(impl_->facts(), impl_->table()));
  Sinks watchers;  // of session 0
  watchers.add(impl_->vocab_rows.get());
  watchers.add(impl_->decoder.get());
  // The parts of one tensor may lie in several runs: its histogram is made where all of them come.
  for (uint32_t i = 0; i < tensors; ++i) kept_by_first[i] = kept_by_first[i] || watchers.wants(i) || impl_->table()[i].parts.size() > 1;
  if (workers.index == 0) impl_->sinks.add(watchers);

  DataPass::Options pass_options{flag(options, "statistics", true), true, {workers.index, workers.count}, {}};
  impl_->histograms = pass_options.statistics ? std::make_unique<Histograms>(impl_->table()) : nullptr;
  if (impl_->histograms) impl_->sinks.add(impl_->histograms.get());
  impl_->pass = std::make_unique<DataPass>(impl_->table(), impl_->file_sizes, &impl_->sinks, pass_options);
  Json shared = Json::array();
  uint64_t bytes = workers.count > 1 ? 0 : impl_->pass->bytesPlanned();
  for (uint32_t run = 0; workers.count > 1 && run < workers.count; ++run) {
    bytes += DataPass(impl_->table(), impl_->file_sizes, nullptr, {false, false, {run, workers.count}, {}}).bytesPlanned();
    DataPass::Options kept{false, false, {run, workers.count}, run == 0 ? of_layers : kept_by_first};
    impl_->shared.push_back(std::make_unique<DataPass>(impl_->table(), impl_->file_sizes, &impl_->sinks, std::move(kept)));
    shared.push_back(readsJson(impl_->shared.back()->plan()));
  }
  return written(object("reads", readsJson(impl_->pass->plan()), "bytes", bytes, "keeps", impl_->weights ? impl_->weights->bytes() : 0,
                        "why", why, "shared", std::move(shared)));
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

bool Session::feedShared(uint32_t run, uint32_t file, double offset, uint32_t length) {
  if (run >= impl_->shared.size() || run == impl_->worker || impl_->data_final || length > impl_->inbox.size()) return false;
  return impl_->shared[run]->feed(file, static_cast<uint64_t>(offset), {impl_->inbox.data(), length});
}

void Session::refuseShared(uint32_t run, uint32_t file, double offset, const std::string& reason) {
  if (run >= impl_->shared.size() || run == impl_->worker || impl_->data_final) return;
  impl_->shared[run]->cut(file);
  impl_->intake.noteUnreadable(file, offset > 0 ? static_cast<uint64_t>(offset) : 0, reason);
}

std::span<const uint8_t> Session::records(uint32_t page) {
  if (!impl_->pass) return {};
  if (page == 0) impl_->records = impl_->pass->records();
  const std::size_t first = std::min(std::size_t{page} * kRecordsAtOnce, impl_->records.size());
  const std::size_t count = std::min(impl_->records.size() - first, kRecordsAtOnce);
  impl_->records_page.resize(count * sizeof(SharedRecord));
  for (std::size_t i = 0; i < count; ++i) {
    const SharedRecord record = sharedRecord(impl_->records[first + i], impl_->histograms.get());
    std::memcpy(&impl_->records_page[i * sizeof record], &record, sizeof record);
  }
  return impl_->records_page;
}

void Session::takeRecords(uint32_t length) {
  if (!impl_->pass || impl_->data_final || length > impl_->inbox.size()) return;
  for (std::size_t at = 0; at + sizeof(SharedRecord) <= length; at += sizeof(SharedRecord)) {
    SharedRecord record;
    std::memcpy(&record, impl_->inbox.data() + at, sizeof record);
    impl_->pass->merge(record.pass);
    if (record.has_histogram == 1 && impl_->histograms) impl_->histograms->put(record.pass.tensor, histogramIn(record));
  }
}

std::string Session::currentTensor() const {
  const int64_t index = impl_->pass ? impl_->pass->currentTensor() : -1;
  return index < 0 ? std::string() : impl_->table()[static_cast<size_t>(index)].name;
}

void Session::endData() {
  if (!impl_->pass) return;
  impl_->shared.clear();
  impl_->records = {};
  impl_->records_page = {};
  impl_->inbox = {};
  if (impl_->worker > 0) return;  // session 0 judges
  impl_->pass->finish();
  impl_->data_final = true;
  // A tensor of the encoder turned out to be damaged: what was kept of it is no model.
  if (!impl_->runnable().encoder_why.empty()) impl_->weights.reset();
}

}  // namespace bp
