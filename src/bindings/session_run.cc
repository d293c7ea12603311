// Text to tokens, and tokens through the encoder.
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/sort.h"
#include "bindings/session_impl.h"

namespace bp {
namespace {

constexpr size_t kMostTop = 1000;
constexpr const char* kTooManyScores = "the scores of this many tokens need more memory than there is";

std::string errorJson(const std::string& sentence) { return written(object("error", sentence)); }

struct Input {
  Encoding encoding;
  std::string casing;  // empty: not from text
  std::string fault;
};

Input fromText(const Json& question, const VocabReadings* readings, bool keep_special) {
  Input input;
  if (readings == nullptr) {
    input.fault = "there is no readable vocabulary";
    return input;
  }
  const Json a = member(question, "text");
  const Json b = member(question, "pair");
  if (!a.is_string() || !(b.is_null() || b.is_string())) {
    input.fault = "text and pair are strings";
    return input;
  }
  const Json name = member(question, "casing");
  const std::string asked = name.is_string() ? name.get<std::string>() : name.is_null() ? "auto" : "";
  const std::optional<Casing> casing = asked == "auto" ? std::optional<Casing>(readings->casing.best()) : casingNamed(asked);
  if (!casing) {
    input.fault = "casing is auto, lower, strip, lower-strip or none";
    return input;
  }
  TokenizeOptions options;
  options.casing = *casing;
  options.keep_special = flag(question, "keep_special", keep_special);
  options.add_special = flag(question, "special", true);
  const std::string first = a.get<std::string>();
  const std::string second = b.is_string() ? b.get<std::string>() : std::string();
  const std::string_view second_view = second;
  input.encoding = Tokenizer(readings->google()).encode(first, b.is_string() ? &second_view : nullptr, options);
  input.casing = casingName(*casing);
  return input;
}

Json encodingJson(const Encoding& encoding) {
  return object("tokens", encoding.tokens, "input_ids", encoding.input_ids, "token_type_ids", encoding.token_type_ids, "attention_mask",
                encoding.attention_mask);
}

// False: not a list of whole numbers that fit.
bool readIds(const Json& json, std::vector<int32_t>& ids) {
  if (!json.is_array()) return false;
  for (const Json& one : json) {
    if (!one.is_number_integer()) return false;
    const int64_t value = one.is_number_unsigned() && one.get<uint64_t>() > INT32_MAX ? int64_t{INT32_MAX} + 1 : one.get<int64_t>();
    if (value < INT32_MIN || value > INT32_MAX) return false;
    ids.push_back(static_cast<int32_t>(value));
  }
  return true;
}

Input fromIds(const Json& question, const Vocab* vocab) {
  Input input;
  Encoding& encoding = input.encoding;
  if (!readIds(member(question, "input_ids"), encoding.input_ids)) {
    input.fault = "input_ids is a list of whole numbers";
    return input;
  }
  const auto rest = [&](const char* key, std::vector<int32_t>& ids, int32_t absent) {
    const Json given = member(question, key);
    if (given.is_null()) {
      ids.assign(encoding.input_ids.size(), absent);
    } else if (!readIds(given, ids) || ids.size() != encoding.input_ids.size()) {
      input.fault = std::string(key) + " is a list of whole numbers, as many as input_ids";
    }
  };
  rest("token_type_ids", encoding.token_type_ids, 0);
  rest("attention_mask", encoding.attention_mask, 1);
  for (const int32_t id : encoding.input_ids) encoding.tokens.emplace_back(vocab ? vocab->token(id) : std::string_view());
  return input;
}

// Which layers to give, 0 the embeddings; nothing: not understood.
std::optional<std::vector<size_t>> readLayers(const Json& json, size_t last) {
  std::vector<size_t> layers;
  if (json.is_null() || json == "last") return std::vector<size_t>{last};
  if (json == "all") {
    for (size_t i = 0; i <= last; ++i) layers.push_back(i);
    return layers;
  }
  if (!json.is_array()) return std::nullopt;
  for (const Json& one : json) {
    if (!one.is_number_integer() || one.get<int64_t>() < 0 || static_cast<uint64_t>(one.get<int64_t>()) > last) return std::nullopt;
    layers.push_back(one.get<size_t>());
  }
  stableSort(layers);
  layers.erase(std::unique(layers.begin(), layers.end()), layers.end());
  return layers;
}

std::vector<double> softmax(std::span<const float> logits) {
  const float largest = *std::max_element(logits.begin(), logits.end());
  std::vector<double> p(logits.size());
  double sum = 0;
  for (size_t i = 0; i < p.size(); ++i) sum += p[i] = std::exp(static_cast<double>(logits[i]) - largest);
  for (double& one : p) one /= sum;
  return p;
}

Json topTokens(std::span<const float> logits, size_t count, const Vocab* vocab) {
  const std::vector<double> p = softmax(logits);
  std::vector<int32_t> ids(p.size());
  for (size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<int32_t>(i);
  count = std::min(count, ids.size());
  std::partial_sort(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(count), ids.end(), [&p](int32_t a, int32_t b) {
    const double pa = p[static_cast<size_t>(a)], pb = p[static_cast<size_t>(b)];
    return pa != pb ? pa > pb : a < b;
  });
  Json top = Json::array();
  for (size_t i = 0; i < count; ++i) {
    top.push_back(object("token", vocab ? vocab->token(ids[i]) : std::string_view(), "id", ids[i], "p", p[static_cast<size_t>(ids[i])]));
  }
  return top;
}

}  // namespace

std::string Session::tokenize(const std::string& json) const {
  const Input input = fromText(parsed(json), impl_->vocab_readings.get(), false);
  if (!input.fault.empty()) return errorJson(input.fault);
  Json answer = encodingJson(input.encoding);
  answer["offsets"] = input.encoding.offsets;
  answer["casing"] = input.casing;
  return written(answer);
}

std::string Session::encodeBegin(const std::string& json) {
  impl_->outputs.clear();
  impl_->forward.reset();
  const Json question = parsed(json);
  const bool exact = !member(question, "input_ids").is_null();
  Input input = exact ? fromIds(question, impl_->vocab()) : fromText(question, impl_->vocab_readings.get(), true);
  if (!input.fault.empty()) return errorJson(input.fault);
  if (!impl_->weights) return errorJson(impl_->no_weights.empty() ? "the weights are not here" : impl_->no_weights);
  Runnable run = impl_->runnable();
  if (!run.encoder_why.empty()) return errorJson(run.encoder_why);
  const EncoderInput ids{input.encoding.input_ids, input.encoding.token_type_ids, input.encoding.attention_mask};
  if (std::string fault = inputFault(ids, *impl_->weights, run.options); !fault.empty()) return errorJson(fault);
  auto layers = readLayers(member(question, "layers"), impl_->weights->layers.size());
  if (!layers) return errorJson("layers is last, all, or a list of numbers from 0 to " + std::to_string(impl_->weights->layers.size()));

  Forward& forward = impl_->forward.emplace(*impl_->weights, run.options);
  forward.encoder.keep_attention = flag(question, "attention", false);
  forward.encoder.begin(ids);
  forward.begun = true;
  forward.partial.assign(forward.encoder.hidden().begin(), forward.encoder.hidden().end());
  forward.layers = std::move(*layers);
  forward.answer = encodingJson(input.encoding);
  if (!exact) forward.answer["offsets"] = input.encoding.offsets;
  forward.answer["hidden"] = run.sizes.hidden;
  forward.answer["vocab"] = run.sizes.vocab;
  forward.answer["precision"] = impl_->weights->precision() == Precision::kInt8 ? "int8" : "f32";
  forward.answer["layers"] = Json::array();
  forward.answer["attention"] = forward.encoder.keep_attention ? Json::array() : Json();
  impl_->keepLayer(0);

  const Json join =
      object("attention_mask", input.encoding.attention_mask, "attention", forward.encoder.keep_attention, "activation",
             static_cast<int>(run.options.activation), "layer_norm_eps", run.options.layer_norm_eps, "heads", run.options.heads);
  forward.run = std::move(run);
  forward.encoding = std::move(input.encoding);
  forward.question = question;
  return written(object("join", join));
}

std::string Session::encodeEnd() {
  if (!impl_->forward) return errorJson("no encode was begun");
  Forward& forward = *impl_->forward;
  const Encoder& encoder = forward.encoder;
  const Encoding& encoding = forward.encoding;
  const Runnable& run = forward.run;
  Json& answer = forward.answer;
  const bool logits = flag(forward.question, "logits", false);

  for (const char* key : {"pooled", "mlm_logits", "nsp_logits", "mlm", "nsp"}) answer[key] = nullptr;
  if (run.pooled_why.empty()) {
    const std::vector<float> pooled = encoder.pooled();
    answer["pooled"] = impl_->keep(pooled);
    if (run.nsp_why.empty()) {
      const std::vector<float> nsp = encoder.nspLogits(pooled);
      if (logits) answer["nsp_logits"] = impl_->keep(nsp);
      if (std::find(encoding.token_type_ids.begin(), encoding.token_type_ids.end(), 1) != encoding.token_type_ids.end()) {
        answer["nsp"] = object("is_next", softmax(nsp)[0]);
      }
    }
  }
  if (run.mlm_why.empty()) {
    std::vector<uint32_t> positions;
    const std::optional<int32_t> mask = impl_->vocab() ? impl_->vocab()->id("[MASK]") : std::nullopt;
    for (uint32_t i = 0; i < encoding.input_ids.size(); ++i) {
      if (mask && encoding.input_ids[i] == *mask) positions.push_back(i);
    }
    const Json asked = member(forward.question, "top");
    const size_t top = isCount(asked) ? std::min(asked.get<size_t>(), kMostTop) : 5;
    const size_t width = static_cast<size_t>(run.sizes.vocab);
    const std::vector<float> scores = encoder.mlmLogits(positions);
    if (scores.size() != positions.size() * width) return errorJson(kTooManyScores);
    answer["mlm"] = Json::array();
    for (size_t i = 0; i < positions.size(); ++i) {
      answer["mlm"].push_back(
          object("position", positions[i], "top", topTokens(std::span(scores).subspan(i * width, width), top, impl_->vocab())));
    }
    if (logits) {
      std::vector<uint32_t> all(encoding.input_ids.size());
      for (uint32_t i = 0; i < all.size(); ++i) all[i] = i;
      const std::vector<float> of_all = encoder.mlmLogits(all);
      if (of_all.size() != all.size() * width) return errorJson(kTooManyScores);
      answer["mlm_logits"] = impl_->keep(of_all);
    }
  }
  std::string said = written(answer);
  impl_->forward.reset();
  return said;
}

std::span<const float> Session::output(uint32_t index) const {
  return index < impl_->outputs.size() ? std::span<const float>(impl_->outputs[index]) : std::span<const float>();
}

}  // namespace bp
