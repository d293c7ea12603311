#include "convert/safetensors_header.h"

#include "containers/safetensors.h"
#include "report/json.h"

namespace bp {

std::string safetensorsHeader(const std::vector<ConvertedTensor>& tensors) {
  std::string text = R"({"__metadata__":{"format":"pt"})";  // transformers refuses a file that does not say so
  uint64_t offset = 0;
  for (const ConvertedTensor& tensor : tensors) {
    const uint64_t end = offset + tensor.bytes();
    text += ",\"" + tensor.name +
            "\":" + written(object("dtype", safetensorsType(tensor.dtype), "shape", tensor.shape, "data_offsets", list(offset, end)));
    offset = end;
  }
  text += '}';
  text.resize((text.size() + 7) / 8 * 8, ' ');
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(uint64_t{text.size()} >> (8 * i));
  return bytes + text;
}

}  // namespace bp
