// The weights of keras-bert and bert4keras, which their Keras models call by layer ("Encoder-1-FeedForward", counted from 1;
// "Transformer-0-FeedForward", from 0) and, inside a layer, keep in a fixed order under names that mean little.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "bert/model_spec.h"

namespace bp {

enum class KerasLibrary : uint8_t { kNone, kKerasBert, kBert4keras };
std::string_view kerasLibraryName(KerasLibrary library);  // "keras-bert"

struct KerasNames {
  KerasLibrary library = KerasLibrary::kNone;
  std::map<Role, uint32_t> roles;  // role → index in the list
  uint32_t layers = 0;             // that have weights
};

// `names` of the weights in the order of the model: the layer, then anything, then the weight's own name with or without
// ":0", between "/". Layers of other kinds, or with another number of weights, give no roles. Stored shapes are Google's but for
// the next-sentence kernel, which is [H, 2].
KerasNames readKerasNames(const std::vector<std::string>& names);

// How many layers with weights the model has: embeddings and their norm, four a layer of the encoder, and the heads.
uint32_t kerasLayerCount(int64_t layers, bool pooler, bool mlm, bool nsp);

}  // namespace bp
