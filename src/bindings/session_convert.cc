// A conversion: its plan, its data on the way past, and the small files beside it.
#include "bindings/session_impl.h"
#include "convert/bundle_index.h"
#include "convert/companions.h"
#include "convert/safetensors_header.h"

namespace bp {
namespace {

std::span<const uint8_t> bytesOf(const std::string& text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

Json repairsJson(const ConversionPlan& plan) {
  Json repairs = Json::array();
  for (const Repair& repair : plan.repairs) {
    repairs.push_back(object("code", repair.code.text(), "count", repair.count, "before", repair.before, "after",
                             repair.after.empty() ? Json() : Json(repair.after)));
  }
  return repairs;
}

}  // namespace

std::string Session::beginConversion(const std::string& json) {
  impl_->conversion.reset();
  const Json options = parsed(json);
  const auto refusal = [](const std::string& why, const std::vector<std::string>& codes) {
    return written(object("error", why, "codes", codes));
  };
  const Json to = member(options, "to");
  if (to != "safetensors" && to != "tf-bundle") return refusal("a set is converted to safetensors or tf-bundle", {});
  if (!impl_->data_final) return refusal("the data is not read yet", {});

  const ConversionRequest request{to == "safetensors" ? Target::kSafetensors : Target::kTfBundle, flag(options, "cut_rows", false)};
  const bool safetensors = request.target == Target::kSafetensors;
  Judgement judgement(impl_->checkInput());
  auto conversion = std::make_unique<Impl::RunningConversion>();
  conversion->target = request.target;
  conversion->plan = planConversion(judgement, request);
  const ConversionPlan& plan = conversion->plan;
  if (!plan.why.empty()) return refusal(plan.why, plan.codes);
  std::string why;
  const auto config = convertedConfig(judgement, plan, request.target, why);
  if (!why.empty()) return refusal(why, {"config/unknown-activation"});

  Json names = {dataFileName(request.target)}, copies = Json::array();
  const auto make = [&](std::string_view name, std::string content) {
    names.push_back(name);
    conversion->made.emplace_back(name, std::move(content));
  };
  if (safetensors) conversion->ready = bytesOf(conversion->header = safetensorsHeader(plan.tensors));
  else make(kIndexFileName, "");  // once the data is written
  if (config) make(configFileName(request.target), *config);
  if (safetensors) {
    if (const auto tokenizer = tokenizerConfig(judgement)) make(kTokenizerFileName, *tokenizer);
  }
  if (const uint32_t vocab = impl_->facts().vocab_file; vocab != kNoFile) {
    names.push_back(kVocabFileName);
    copies.push_back(object("file", vocab, "name", kVocabFileName));
  }
  if (!safetensors) make(kStateFileName, checkpointState());

  uint64_t bytes = 0;
  for (const ConvertedTensor& tensor : plan.tensors) bytes += tensor.bytes();
  conversion->writer.emplace(impl_->table(), plan.tensors);
  const Json answer = object("names", names, "copies", copies, "bytes", bytes, "tensors", plan.tensors.size(), "repairs", repairsJson(plan),
                             "left_out", plan.left_out, "config", config.has_value());
  impl_->conversion = std::move(conversion);
  return written(answer);
}

std::string Session::conversionRead() {
  if (!impl_->conversion || !impl_->conversion->writer) return "null";
  const auto read = impl_->conversion->writer->next();
  impl_->conversion->ready = impl_->conversion->writer->made();
  if (!read) return impl_->conversion->writer->failed() ? written(object("error", "a tensor is shorter than its shape calls for")) : "null";
  const int64_t tensor = impl_->conversion->writer->currentTensor();
  return written(object("file", read->file, "offset", read->offset, "length", read->length, "tensor",
                     impl_->table()[static_cast<size_t>(tensor)].name));
}

void Session::convert(uint32_t length) {
  if (!impl_->conversion || !impl_->conversion->writer || length > impl_->inbox.size()) return;
  impl_->conversion->ready = impl_->conversion->writer->take({impl_->inbox.data(), length});
}

std::span<const uint8_t> Session::converted() const { return impl_->conversion ? impl_->conversion->ready : std::span<const uint8_t>(); }

std::string Session::endConversion() {
  Json names = Json::array();
  if (!impl_->conversion) return written(names);
  Impl::RunningConversion& conversion = *impl_->conversion;
  if (!conversion.writer || !conversion.writer->finished()) return written(names);
  for (auto& [name, content] : conversion.made) {
    if (name == kIndexFileName) {
      const std::vector<uint8_t> index = bundleIndex(conversion.plan.tensors, conversion.writer->written());
      content.assign(index.begin(), index.end());
    }
    names.push_back(name);
  }
  conversion.writer.reset();
  conversion.ready = {};
  return written(names);
}

std::span<const uint8_t> Session::convertedFile(uint32_t index) const {
  if (!impl_->conversion || index >= impl_->conversion->made.size()) return {};
  return bytesOf(impl_->conversion->made[index].second);
}

}  // namespace bp
