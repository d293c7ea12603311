// The beginning of a safetensors file (huggingface/safetensors README.md): header length u64le, JSON, spaces up to a multiple of 8.
// The data follows at once, tensor after tensor.
#pragma once

#include <string>
#include <vector>

#include "convert/plan.h"

namespace bp {

// Tensors of fixed width, in the order of their data, under plain ASCII names.
std::string safetensorsHeader(const std::vector<ConvertedTensor>& tensors);

}  // namespace bp
