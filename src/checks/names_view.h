// Which of a scheme's names a table holds, and the repair that would bring back those it lacks: a scope taken off or
// put on, Keras's numbered norms, a spelling. Facts only; check_names.cc says what they mean to whom.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "bert/model_spec.h"
#include "bert/tensor_names.h"
#include "tensors/tensor_table.h"

namespace bp {

using RoleMap = std::map<Role, uint32_t>;  // role → index in the table

struct Renaming {
  uint32_t tensor = 0;
  Role role;  // what the tensor would be under another name
};

struct NamesView {
  NameScheme scheme = NameScheme::kGoogle;
  RoleMap exact;     // the scheme's names as they stand; Hugging Face's with or without "bert."
  RoleMap repaired;  // with every repair below

  std::string scope;          // extra leading parts, with the last "/"; empty: none
  bool lacks_bert = false;    // "bert/" is missing (behind the scope, if there is one)
  std::vector<Renaming> scoped;    // tensors that need it
  std::vector<Renaming> numbered;  // "layer_normalization_7" for "LayerNorm"
  std::vector<Renaming> dense_act;  // "intermediate.dense_act" for "intermediate.dense"
  std::vector<Renaming> near;      // one path part is spelt otherwise
  uint64_t gamma_beta = 0;         // Hugging Face norms called gamma and beta, as in 2018; no repair, the loader does it

  std::vector<std::string> claims;  // scopes ("" for none) under which one role is there more than once
  uint64_t doubled = 0;             // roles claimed twice
  std::vector<std::string> object_graph_keys;

  int64_t layers = 0;             // present on the repaired view, numbered from 0 without a gap
  int64_t layers_end = 0;         // one above the highest number
  bool layersHaveGap() const { return layers != layers_end; }
  bool repairs() const { return !scoped.empty() || !numbered.empty() || !dense_act.empty() || !near.empty(); }

  bool bare = false;  // Hugging Face's names stand without "bert."
  std::string nameOf(Role role) const;           // as it would stand in this file, once repaired
  std::string layerName(int32_t layer) const;    // "bert/encoder/layer_3"
};

// `layers`: what the config says; 0: nothing.
NamesView viewNames(const TensorTable& table, int64_t layers, NameScheme scheme = NameScheme::kGoogle);

// Sizes that can be read off the tensors there are; heads only from 3-D kernels. 0: cannot be told.
Sizes sizesOfShapes(const TensorTable& table, const NamesView& names);

}  // namespace bp
