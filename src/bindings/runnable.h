// Can the built-in encoder run this set, and how: every part it needs there and good, and a config of plain BERT.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "checks/set_facts.h"
#include "encoder/encoder.h"
#include "encoder/weights.h"
#include "tensors/data_pass.h"
#include "tensors/tensor_table.h"

namespace bp {

struct Runnable {
  Sizes sizes;
  std::vector<Binding> bindings;  // of what is there and good: the encoder, and the pooler and heads if whole
  EncoderOptions options;
  std::string activation;         // as the config spells it
  bool google_names = true;       // else Hugging Face's
  // One sentence each on why not; empty: it can.
  std::string encoder_why, pooled_why, mlm_why, nsp_why;
};

// `data` null: not read yet, every tensor counts as good. `gelu_is_tanh`: what the word gelu means; nothing: as the names suggest.
Runnable findRunnable(const SetFacts& facts, const TensorTable& table, const DataPass* data, std::optional<bool> gelu_is_tanh);

// The matrix that turns vectors back into words, where a Hugging Face file has one of its own; it may be a copy of the word table.
std::optional<uint32_t> findDecoder(const SetFacts& facts, const TensorTable& table);
// Each tensor's role, by its name as it stands or as a repair would have it.
std::vector<std::optional<Role>> rolesOfTable(const SetFacts& facts, const TensorTable& table);
// "word_embeddings", "attention/self/query/kernel", "cls/predictions/output_bias": Google's name within its place.
std::string roleText(Role role);

}  // namespace bp
