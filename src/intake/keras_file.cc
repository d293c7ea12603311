// Weights of a Keras model in HDF5.
#include <algorithm>

#include "containers/open_tensor_file.h"
#include "intake/intake.h"

namespace bp {
namespace {

// Hugging Face's own, which no Keras library for BERT reads.
bool isHuggingFace(std::string_view name) { return name.substr(0, 8) == "tf_model"; }

bool hasText(const std::string& name, std::string_view text) { return name.find(text) != std::string::npos; }

}  // namespace

// The largest, unless there are weights that are more likely meant. True: there is one.
bool Intake::chooseKerasFile() {
  for (uint32_t id = 0; id < files_.size(); ++id) {
    const SetFile& file = facts_.files[id];
    if (file.role != FileRole::kNotRead || files_[id].refused) continue;
    const FileKind kind = files_[id].kind;
    if (kind == FileKind::kSafetensors || kind == FileKind::kTorchZip || kind == FileKind::kTorchLegacy) return false;
    if (kind != FileKind::kHdf5 || isHuggingFace(file.name)) continue;
    if (keras_file_ == kNoFile || file.size > facts_.files[keras_file_].size) keras_file_ = id;
  }
  if (keras_file_ == kNoFile) return false;
  const SetFile& file = facts_.files[keras_file_];
  facts_.weights = WeightsKind::kKerasH5;
  facts_.folder = file.folder;
  facts_.stem = file.name;
  facts_.index_file = keras_file_;
  facts_.files[keras_file_].role = FileRole::kWeights;
  std::erase(facts_.not_read, file.path);
  return true;
}

// False: bytes are missing.
bool Intake::readKerasFile() {
  TensorFile read;
  TensorFileFault fault;
  const SetFile& file = facts_.files[keras_file_];
  const TensorFileStatus status = openTensorFile(FileKind::kHdf5, *files_[keras_file_].source, keras_file_, read, fault);
  if (status == TensorFileStatus::kPending) return false;
  facts_.weights_files.push_back(weightsFacts(file, keras_file_, status, read, fault));
  facts_.index = IndexState::kNotRead;
  if (status == TensorFileStatus::kNotRead) facts_.not_read.push_back(file.path);
  if (status != TensorFileStatus::kOk) return true;
  facts_.keras.whole_model = std::any_of(read.metadata.begin(), read.metadata.end(), [](const auto& one) { return one.first == "model_config"; });
  facts_.keras.vars_groups = read.vars_groups;
  for (TensorInfo& tensor : read.tensors) {
    facts_.keras.dense_below = facts_.keras.dense_below || hasText(tensor.name, "_dense/vars/");
    table_.add(std::move(tensor));
  }
  if (read.vars_groups) {
    facts_.not_read.push_back(file.path);
  } else {
    facts_.index = IndexState::kGood;
    facts_.shards.push_back({0, keras_file_, file.name, table_.size(), file.size});
  }
  return true;
}

}  // namespace bp
