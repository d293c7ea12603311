// A small good set in memory, as the intake room would lay it down, to be broken in one place by a test.
#pragma once

#include <cmath>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bert/tensor_names.h"
#include "bytes/crc32c.h"
#include "checks/judgement.h"

namespace bp::test {

struct BuiltTensor {
  std::string name;
  Shape shape;
  DType dtype = DType::kFloat32;
  std::vector<float> values;  // only float32 has values; others are zeros
};

class FactsBuilder {
 public:
  Sizes sizes{24, 16, 2, 4, 40, 12, 2};
  Json config;              // null: no config at all
  std::string config_text;  // not empty: instead of `config`
  std::string config_name;  // empty: as this kind of set has it
  std::string vocab_text;   // empty: no vocabulary
  std::vector<BuiltTensor> tensors;
  SetFacts facts;           // what a test sets here stays; files and table are added by report()
  PasteFacts paste;
  const ProbeResult* probe = nullptr;
  bool read_data = true;
  uint64_t data_size_change = 0;  // bytes taken off the end of the data file
  std::string flipped;            // a tensor with one wrong byte; "*": all of them

  FactsBuilder() {
    facts.folder = "small_L-2_H-16_A-4";
    facts.stem = "bert_model.ckpt";
    facts.stems = {facts.stem};
    facts.weights = WeightsKind::kTfBundle;
    facts.index = IndexState::kGood;
    facts.num_shards = 1;
    config = {{"vocab_size", sizes.vocab},          {"hidden_size", sizes.hidden},           {"num_hidden_layers", sizes.layers},
              {"num_attention_heads", sizes.heads}, {"intermediate_size", sizes.intermediate}, {"max_position_embeddings", sizes.positions},
              {"type_vocab_size", sizes.segments},  {"hidden_act", "gelu"}};
    vocab_text = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";
    for (int i = 5; i < sizes.vocab; ++i) vocab_text += "word" + std::string(1, static_cast<char>('a' + i - 5)) + "\n";
    for (const auto& list : {encoderTensors(sizes), poolerTensors(sizes), mlmTensors(sizes), nspTensors(sizes)}) {
      for (const ExpectedTensor& one : list) add(googleName(one.role), one.shape);
    }
  }

  // The same set as transformers keeps it: its own names, kernels [out, in], model.safetensors and config.json.
  FactsBuilder& toHuggingFace() {
    facts.weights = WeightsKind::kSafetensors;
    facts.folder = "model";
    facts.stem = "model.safetensors";
    facts.stems = {};
    facts.index = IndexState::kMissing;
    config["model_type"] = "bert";
    for (BuiltTensor& one : tensors) {
      const Role role = *googleRole(one.name);
      one.name = hfName(role);
      one.shape = storedShape(NameScheme::kHf, role, sizes);
    }
    return *this;
  }

  FactsBuilder& add(const std::string& name, Shape shape, DType dtype = DType::kFloat32) {
    BuiltTensor tensor{name, std::move(shape), dtype, {}};
    fill(tensor);
    tensors.push_back(std::move(tensor));
    return *this;
  }
  BuiltTensor& tensor(const std::string& name) {
    for (BuiltTensor& one : tensors) {
      if (one.name == name) return one;
    }
    return tensors.at(tensors.size());  // a test that names no tensor fails here
  }
  FactsBuilder& reshape(const std::string& name, Shape shape) {
    tensor(name).shape = std::move(shape);
    fill(tensor(name));
    return *this;
  }
  FactsBuilder& renameAll(const std::function<std::string(const std::string&)>& rename) {
    for (BuiltTensor& one : tensors) one.name = rename(one.name);
    return *this;
  }
  FactsBuilder& dropAll(const std::string& part) {
    std::erase_if(tensors, [&](const BuiltTensor& one) { return one.name.find(part) != std::string::npos; });
    return *this;
  }
  FactsBuilder& addFile(const std::string& name, FileRole role = FileRole::kUnused, FileState state = FileState::kAsNamed, uint64_t size = 10) {
    SetFile file;
    file.name = name;
    file.role = role;
    file.state = state;
    file.size = size;
    extra_files_.push_back(std::move(file));
    return *this;
  }

  Json report(const Json& consumers = Json()) {
    SetFacts built = facts;
    TensorTable table;
    std::vector<uint8_t> data;
    fillFiles(built, table, data);
    std::vector<uint64_t> file_sizes;
    for (const SetFile& file : built.files) file_sizes.push_back(file.size);
    DataPass pass(table, file_sizes, nullptr, DataPass::Options{});
    for (const PlannedRead& read : pass.plan()) {
      pass.feed(read.file, read.offset, {data.data() + read.offset, static_cast<size_t>(read.length)});
    }
    pass.finish();
    CheckInput input;
    input.facts = &built;
    input.table = &table;
    input.data = read_data ? &pass : nullptr;
    input.probe = probe;
    input.paste = paste;
    std::string fault;
    input.consumers = readConsumers(consumers, fault).value_or(std::vector<ConsumerSpec>());
    return makeReport(input);
  }
  // One consumer in one mode.
  Json reportFor(const std::string& id, const Json& mode = Json::object()) { return report(Json::array({{{"id", id}, {"mode", mode}}})); }

 private:
  std::vector<SetFile> extra_files_;

  // Values that look trained: no gamma is 1, no bias 0, and no two tensors alike.
  void fill(BuiltTensor& tensor) const {
    tensor.values.clear();
    const auto count = elementCount(tensor.shape);
    if (!count || tensor.dtype != DType::kFloat32) return;
    uint32_t state = static_cast<uint32_t>(std::hash<std::string>{}(tensor.name)) | 1u;
    for (int64_t i = 0; i < *count; ++i) {
      state = state * 1664525u + 1013904223u;
      tensor.values.push_back(0.05f + 0.3f * static_cast<float>(state >> 8) / static_cast<float>(1u << 24));
    }
  }

  void fillFiles(SetFacts& built, TensorTable& table, std::vector<uint8_t>& data) const {
    const auto addOne = [&](SetFile file) {
      file.folder = built.folder;
      file.path = built.folder + "/" + file.name;
      built.files.push_back(std::move(file));
      return static_cast<uint32_t>(built.files.size() - 1);
    };
    const auto named = [](const std::string& name, FileRole role, uint64_t size) {
      SetFile file;
      file.name = name;
      file.role = role;
      file.size = size;
      return file;
    };
    const bool bundle = built.weights == WeightsKind::kTfBundle, hugging_face = built.isHfSet();
    const bool has_index = bundle && built.index != IndexState::kMissing;
    if (has_index) built.index_file = addOne(named(built.stem + ".index", FileRole::kIndex, 3000));
    const uint32_t data_file = bundle         ? addOne(named(built.stem + ".data-00000-of-00001", FileRole::kShard, 0))
                               : hugging_face ? addOne(named(built.stem, FileRole::kWeights, 0))
                                              : kNoFile;
    if (hugging_face) {
      if (built.weights_files.empty()) built.weights_files.emplace_back();
      built.weights_files[0].file = data_file;
      built.weights_files[0].name = built.stem;
    }
    const bool here = built.shards.empty() || built.shards[0].file != kNoFile;
    for (const BuiltTensor& tensor : tensors) {
      TensorInfo info;
      info.name = tensor.name;
      info.dtype = tensor.dtype;
      info.shape = tensor.shape;
      const size_t bytes = static_cast<size_t>(elementCount(tensor.shape).value_or(0)) * itemSize(tensor.dtype);
      TensorPart part;
      part.extent = {here ? data_file : kNoFile, data.size(), bytes};
      data.resize(data.size() + bytes);
      if (!tensor.values.empty()) std::memcpy(data.data() + part.extent.offset, tensor.values.data(), bytes);
      part.crc32c = crc32c({data.data() + part.extent.offset, bytes});
      if ((flipped == "*" || flipped == tensor.name) && bytes > 0) data[part.extent.offset] ^= 1;
      info.parts.push_back(std::move(part));
      if (hugging_face || (bundle && built.index == IndexState::kGood && has_index)) table.add(std::move(info));
    }
    if (hugging_face) built.files[data_file].size = data.size();
    if (bundle) {
      const uint64_t whole = data.size();
      built.files[data_file].size = whole - std::min<uint64_t>(whole, data_size_change);
      data.resize(built.files[data_file].size);
      if (built.shards.empty()) {
        ShardSlot slot;
        slot.file = data_file;
        slot.name = built.files[data_file].name;
        slot.tensors = tensors.size();
        slot.bytes = whole;
        built.shards = {slot};
      }
    }
    const std::string text = !config_text.empty() ? config_text : config.is_null() ? "" : config.dump(2) + "\n";
    if (!text.empty() && built.config < 0) {
      const uint32_t id = addOne(named(config_name.empty() ? hugging_face ? "config.json" : "bert_config.json" : config_name, FileRole::kConfig, text.size()));
      built.configs.insert(built.configs.begin(), BertConfig::parse(built.files[id].path, text));
      built.config_files.insert(built.config_files.begin(), id);
      built.config = 0;
    }
    if (!vocab_text.empty()) {
      built.vocab_file = addOne(named("vocab.txt", FileRole::kVocab, vocab_text.size()));
      built.vocab_text = vocab_text;
    }
    for (const SetFile& file : extra_files_) {
      const uint32_t id = addOne(file);
      if (file.role == FileRole::kCheckpointText) built.checkpoint_file = id;
      if (file.role == FileRole::kMeta) built.meta.file = id;
      if (file.role == FileRole::kVocab) built.vocab_file = id;
      if (file.role == FileRole::kArchive) built.archives.push_back(id);
    }
  }
};

inline const Json* finding(const Json& report, const std::string& code) {
  for (const Json& one : report["findings"]) {
    if (one["code"] == code) return &one;
  }
  return nullptr;
}
inline bool has(const Json& report, const std::string& code) { return finding(report, code) != nullptr; }
inline std::string severity(const Json& report, const std::string& code) {
  const Json* one = finding(report, code);
  return one == nullptr ? "absent" : (*one)["severity"].get<std::string>();
}
inline std::string effect(const Json& report, const std::string& code, const std::string& consumer) {
  const Json* one = finding(report, code);
  if (one == nullptr) return "absent";
  for (const Json& affected : (*one)["consumers"]) {
    if (affected["id"] == consumer) return affected["effect"].get<std::string>();
  }
  return "not concerned";
}
inline Json verdict(const Json& report, const std::string& consumer) {
  for (const Json& one : report["consumers"]) {
    if (one["id"] == consumer) return one;
  }
  return {};
}
// The six loaders of a TF set and what a finding does to each, in the report's order: "RRWWRW", "-" where it is not concerned.
inline std::string effects(const Json& report, const std::string& code) {
  std::string letters;
  for (const char* id : {"keras-bert", "bert4keras", "google-bert", "hf-convert", "model-garden", "bert-for-tf2"}) {
    const std::string word = effect(report, code, id);
    letters += word == "refuses" ? 'R' : word == "loads-wrong" ? 'W' : word == "may-be-wrong" ? 'M' : word == "harmless" ? 'H' : '-';
  }
  return letters;
}
inline std::string verdicts(const Json& report) {
  std::string letters;
  for (const char* id : {"keras-bert", "bert4keras", "google-bert", "hf-convert", "model-garden", "bert-for-tf2"}) {
    const std::string word = verdict(report, id)["verdict"];
    letters += word == "refuses" ? 'R' : word == "loads-wrong" ? 'W' : word == "loads" ? 'L' : '-';
  }
  return letters;
}

}  // namespace bp::test
