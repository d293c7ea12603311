// How Google's code and Hugging Face's spell the roles, and which way round they store kernels.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bert/model_spec.h"

namespace bp {

std::string googleName(Role role);  // "bert/encoder/layer_0/attention/self/query/kernel"
std::optional<Role> googleRole(std::string_view name);
std::string hfName(Role role);      // "bert.encoder.layer.0.attention.self.query.weight"
// With or without a leading "bert."; also LayerNorm.gamma and .beta, and the decoder's name for the MLM head's output bias.
std::optional<Role> hfRole(std::string_view name);

enum class NameScheme : uint8_t { kGoogle, kHf };
std::string nameIn(NameScheme scheme, Role role);
std::optional<Role> roleIn(NameScheme scheme, std::string_view name);
char separatorIn(NameScheme scheme);  // between the parts of a name
Shape storedShape(NameScheme scheme, Role role, const Sizes& sizes);  // PyTorch keeps kernels [out, in]

// Tensors of a Hugging Face file that no class needs from it: buffers the class makes itself ("embeddings.position_ids") and copies
// of a tied tensor ("cls.predictions.decoder.weight").
bool isHfBufferName(std::string_view name);
bool isHfTiedCopyName(std::string_view name);
// Of an adapter (PEFT, adapter-transformers), which changes a model that has to be there.
bool isAdapterName(std::string_view name);

// Model Garden's full variable names ("transformer/layer_0/self_attention/query/kernel"), as its object graphs hold them; with or
// without a leading "bert/".
std::optional<Role> gardenRole(std::string_view full_name);

// Names that are no weights of the model: "…/adam_m", "…/Adam_1", "global_step", "beta1_power", loss scales, …
bool isOptimizerName(std::string_view name);
bool isTaskHeadName(std::string_view name);  // top-level output_weights, output_bias, cls/squad/*, classifier.*, qa_outputs.*
bool isObjectGraphName(std::string_view name);  // ends "/.ATTRIBUTES/…", or is the graph itself

// Folds names that differ only in a layer number into one each: "layer_{0…11}/output/dense/bias".
std::vector<std::string> foldNames(const std::vector<std::string>& names);

// Levenshtein distance, counted up to `limit` + 1.
int editDistance(std::string_view a, std::string_view b, int limit);

}  // namespace bp
