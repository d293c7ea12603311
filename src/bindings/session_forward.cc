// The layers of an encode, half by half, alone or with sessions that keep other slices of them.
#include <algorithm>
#include <cstdint>

#include "bindings/session_impl.h"

namespace bp {

std::string Session::encode(const std::string& json) {
  std::string begun = encodeBegin(json);
  if (!impl_->forward) return begun;
  if (impl_->weights->share().count > 1) {
    impl_->forward.reset();
    return written(object("error", "the layers are shared with other sessions"));
  }
  while (encodeHalf()) encodeFinish();
  return encodeEnd();
}

// What session 0 says in encodeBegin.
std::string Session::encodeJoin(const std::string& json) {
  impl_->forward.reset();
  if (!impl_->weights) return "the weights are not here";
  const Json join = parsed(json);
  const Json mask = member(join, "attention_mask"), heads = member(join, "heads"), eps = member(join, "layer_norm_eps");
  const Json activation = member(join, "activation");
  const bool understood = mask.is_array() && !mask.empty() && isCount(heads) && heads.get<int64_t>() > 0 && eps.is_number() &&
                          isCount(activation) && activation.get<uint64_t>() <= UINT8_MAX &&
                          std::all_of(mask.begin(), mask.end(), [](const Json& one) { return one.is_number_integer(); });
  if (!understood) return "this is nothing to join";
  EncoderOptions options;
  options.activation = static_cast<kernels::Activation>(activation.get<uint8_t>());
  options.layer_norm_eps = eps.get<float>();
  options.heads = heads.get<int64_t>();

  Forward& forward = impl_->forward.emplace(*impl_->weights, options);
  forward.encoder.keep_attention = flag(join, "attention", false);
  forward.attention_mask = mask.get<std::vector<int32_t>>();
  forward.partial.resize(forward.attention_mask.size() * static_cast<std::size_t>(impl_->weights->sizes().hidden));
  return {};
}

bool Session::encodeHalf() {
  if (!impl_->forward || !impl_->forward->begun) return false;
  Forward& forward = *impl_->forward;
  const std::size_t layer = forward.half / 2;
  if (layer == impl_->weights->layers.size()) return false;
  if (forward.half % 2 == 1) {
    forward.encoder.feedForwardHalf(layer, forward.partial);
    return true;
  }
  forward.encoder.attentionHalf(layer, forward.partial);
  if (forward.encoder.keep_attention && impl_->weights->share().index == 0) forward.answer["attention"].push_back(impl_->keep(forward.encoder.attention()));
  return true;
}

void Session::encodeFinish() {
  if (!impl_->forward) return;
  Forward& forward = *impl_->forward;
  if (!forward.begun) {
    forward.encoder.begin(forward.attention_mask, forward.partial);
    forward.begun = true;
    return;
  }
  const std::size_t layer = forward.half / 2;
  if (layer == impl_->weights->layers.size()) return;
  const bool closes_layer = forward.half % 2 == 1;
  ++forward.half;
  if (!closes_layer) return forward.encoder.finishAttention(layer, forward.partial);
  forward.encoder.finishFeedForward(layer, forward.partial);
  impl_->keepLayer(layer + 1);
}

std::span<float> Session::partial() { return impl_->forward ? std::span(impl_->forward->partial) : std::span<float>(); }

std::span<float> Session::received() {
  if (!impl_->forward) return {};
  impl_->forward->received.resize(impl_->forward->partial.size());
  return impl_->forward->received;
}

void Session::addReceived() {
  if (!impl_->forward || impl_->forward->received.size() != impl_->forward->partial.size()) return;
  kernels::addTo(impl_->forward->partial.data(), impl_->forward->received.data(), impl_->forward->partial.size());
}

std::span<const float> Session::attention() const { return impl_->forward ? impl_->forward->encoder.attention() : std::span<const float>(); }

void Session::Impl::keepLayer(std::size_t layer) {
  if (!std::binary_search(forward->layers.begin(), forward->layers.end(), layer)) return;
  forward->answer["layers"].push_back(object("layer", layer, "output", keep(forward->encoder.hidden())));
}

}  // namespace bp
