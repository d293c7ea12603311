// TrackableObjectGraph: what the TF2 way of saving writes beside its tensors, to map keys to variable names.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace bp {

inline constexpr const char* kObjectGraphKey = "_CHECKPOINTABLE_OBJECT_GRAPH";

struct ObjectGraphVariable {
  std::string checkpoint_key;  // "model/layer_with_weights-0/embeddings/.ATTRIBUTES/VARIABLE_VALUE"
  std::string full_name;       // "word_embeddings/embeddings"; may be empty
};

// `bytes`: the one string of the scalar tensor, its length prefix and checksum taken off.
std::optional<std::vector<ObjectGraphVariable>> readObjectGraph(std::span<const uint8_t> bytes);
// A string tensor of one element as stored in a bundle's data file; nothing if it contradicts itself.
std::optional<std::vector<uint8_t>> readStringScalar(std::span<const uint8_t> stored, bool big_endian);

}  // namespace bp
