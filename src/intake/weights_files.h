// Weights that are no TF bundle: which of the files transformers would read, and which belong together.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "checks/set_facts.h"
#include "containers/sniff.h"
#include "containers/tensor_file.h"

namespace bp {

bool isHfWeightsKind(FileKind kind);  // of a content that transformers reads

// The four names transformers looks for in a folder, in its order; -1: another name.
//   0 model.safetensors  1 model.safetensors.index.json  2 pytorch_model.bin  3 pytorch_model.bin.index.json
int hfWeightsRank(std::string_view name);

struct WeightsGroup {  // one set of weights: a file, or several with or without a map of their tensors
  std::string folder;
  WeightsKind kind = WeightsKind::kTorch;
  int rank = -1;  // as above
  uint32_t map = kNoFile;
  std::vector<uint32_t> files;  // by name; those a map names are known once it has been read
  uint64_t bytes = 0;
  const std::string& name(const SetFacts& facts) const { return facts.files[map != kNoFile ? map : files[0]].name; }
};

// `kinds`: the content of each file. The likeliest first: under a name transformers looks for, with a config beside it, nearest to
// the root of the drop, then in transformers' order, then the largest.
std::vector<WeightsGroup> findWeights(const SetFacts& facts, const std::vector<FileKind>& kinds,
                                      const std::set<std::string>& config_folders);

// How the content of a file that goes by a name must be read: what the name promises if the content can be that.
// kUnknown: it is something else.
FileKind promisedKind(std::string_view name, FileKind content, std::string_view head);

// What a reader said, as facts. `status` is not kPending.
WeightsFile weightsFacts(const SetFile& file, uint32_t id, TensorFileStatus status, const TensorFile& read, const TensorFileFault& fault);

}  // namespace bp
