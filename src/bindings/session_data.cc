// The one pass over the tensor data: checksums, statistics, and the weights on their way into the encoder.
#include "bindings/session_impl.h"

namespace bp {

std::string Session::beginData(const std::string& json) {
  const Json options = parsed(json);
  impl_->data_final = false;
  impl_->pass.reset();
  impl_->probe_run.reset();
  impl_->probe.reset();
  impl_->weights.reset();
  impl_->sinks = {};
  impl_->outputs.clear();
  impl_->conversion.reset();

  std::string why;
  if (flag(options, "keep", false)) {
    const Runnable run = impl_->runnable();
    why = run.encoder_why;
    if (why.empty()) {
      impl_->weights = std::make_unique<EncoderWeights>(run.sizes, LayerShare{}, run.bindings, impl_->table());
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
  impl_->sinks.add(impl_->vocab_rows.get());
  impl_->decoder = std::make_unique<TiedDifference>(impl_->table(), word_table, findDecoder(impl_->facts(), impl_->table()));
  impl_->sinks.add(impl_->decoder.get());

  const DataPass::Options pass_options{flag(options, "statistics", true), true};
  impl_->histograms = pass_options.statistics ? std::make_unique<Histograms>(impl_->table()) : nullptr;
  if (impl_->histograms) impl_->sinks.add(impl_->histograms.get());
  impl_->pass = std::make_unique<DataPass>(impl_->table(), impl_->file_sizes, &impl_->sinks, pass_options);

  Json reads = Json::array();
  for (const PlannedRead& read : impl_->pass->plan()) {
    reads.push_back({{"file", read.file}, {"offset", read.offset}, {"length", read.length}});
  }
  return text({{"reads", std::move(reads)}, {"bytes", impl_->pass->bytesPlanned()}, {"keeps", impl_->weights ? impl_->weights->bytes() : 0}, {"why", why}});
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

std::string Session::currentTensor() const {
  const int64_t index = impl_->pass ? impl_->pass->currentTensor() : -1;
  return index < 0 ? std::string() : impl_->table()[static_cast<size_t>(index)].name;
}

void Session::endData() {
  if (!impl_->pass) return;
  impl_->pass->finish();
  impl_->data_final = true;
  impl_->inbox = {};
  // A tensor of the encoder turned out to be damaged: what was kept of it is no model.
  if (!impl_->runnable().encoder_why.empty()) impl_->weights.reset();
}

}  // namespace bp
