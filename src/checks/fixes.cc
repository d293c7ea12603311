#include "checks/fixes.h"

#include <algorithm>

namespace bp {

std::string pythonText(const std::string& text) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out = "'";
  for (const char c : text) {
    const unsigned char byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      out += std::string("\\x") + kHex[byte >> 4] + kHex[byte & 15];
      continue;
    }
    if (c == '\\' || c == '\'') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string shellWord(const std::string& text) {
  const bool plain = !text.empty() && text[0] != '-' && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '/' || c == '.' || c == '_' || c == '-' || c == '=' || c == ',' || c == '+' || c >= 0x80;
  });
  if (plain) return std::string(text);
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

void fixConfig(Finding& finding, const Judgement& judgement, const std::vector<ConfigValue>& values) {
  std::string lines;
  for (const ConfigValue& value : values) lines += (lines.empty() ? "\"" : ",\n\"") + value.key + "\": " + value.json;
  finding.paste = Paste{PasteKind::kConfig, lines};
  if (!judgement.configGood()) return;
  std::string text = judgement.config()->text();
  for (const ConfigValue& value : values) {
    const auto changed = BertConfig::parse(judgement.config()->file(), text).withValue(value.key, value.json);
    if (!changed) return;
    text = *changed;
  }
  const std::string& file = judgement.config()->file();
  finding.file = FixFile{file.substr(file.rfind('/') + 1), text};
}

Subject configKey(const Judgement& judgement, const std::string& key) {
  Subject subject{SubjectKind::kConfigKey, "", key, 0};
  if (judgement.config() == nullptr) return subject;
  subject.file = judgement.config()->file();
  if (const JsonMember* member = judgement.config()->find(key)) subject.line = member->key_place.line;
  return subject;
}

int64_t guessedHeads(int64_t hidden) {
  for (int64_t size = 64; size > 1; --size) {
    if (hidden % size == 0) return hidden / size;
  }
  return hidden;
}

std::string configFromShapes(const Judgement& judgement) {
  const Sizes& sizes = judgement.shape_sizes;
  if (sizes.vocab <= 0 || sizes.hidden <= 0 || sizes.layers <= 0 || sizes.intermediate <= 0 || sizes.positions <= 0 || sizes.segments <= 0) return {};
  const int64_t heads = sizes.heads > 0 ? sizes.heads : guessedHeads(sizes.hidden);
  Json config =
      object("attention_probs_dropout_prob", 0.1, "hidden_act", "gelu", "hidden_dropout_prob", 0.1, "hidden_size", sizes.hidden,
             "initializer_range", 0.02, "intermediate_size", sizes.intermediate, "max_position_embeddings", sizes.positions,
             "num_attention_heads", heads, "num_hidden_layers", sizes.layers, "type_vocab_size", sizes.segments, "vocab_size", sizes.vocab);
  if (!judgement.isTfSet()) config["model_type"] = "bert";
  return written(config, 2) + "\n";
}

CallFacts callFacts(const Judgement& judgement) {
  const SetFacts& facts = judgement.facts();
  CallFacts call;
  call.prefix = facts.prefix();
  call.keras_file = facts.weights == WeightsKind::kKerasH5;
  call.whole_model = facts.keras.whole_model;
  call.config = judgement.config() ? facts.unpacked(judgement.config()->file()) : std::string("bert_config.json");
  const size_t slash = call.config.rfind('/');
  call.folder = slash == std::string::npos ? "." : call.config.substr(0, slash);
  if (facts.isHfSet()) {
    call.folder = judgement.folder();
    for (const WeightsFile& file : facts.weights_files) {
      if (facts.weights == WeightsKind::kSafetensors) call.safetensors.push_back(facts.at(file.name));
    }
  }
  if (facts.vocab_file != kNoFile) call.vocab = facts.unpacked(judgement.path(facts.vocab_file));
  for (const Finding& finding : judgement.findings) {
    if (finding.code == Code("vocab/casing") && finding.args.contains("best"))
      call.lower = written(finding.args["best"]).find("lower") != std::string::npos;
  }
  return call;
}

void fixFileNames(Finding& finding, const std::string& folder, const std::vector<std::pair<std::string, std::string>>& names) {
  std::string lines;
  for (const auto& [from, to] : names) {
    const std::string path = joinPath(folder, from);
    lines += "mv " + shellWord(path[0] == '-' ? "./" + path : path) + " " + shellWord(joinPath(folder, to)) + "\n";
  }
  finding.paste = Paste{PasteKind::kRename, lines};
  finding.file = FixFile{"rename.sh", "#!/bin/sh\nset -e\n" + lines};
}

namespace {

// The same for safetensors and PyTorch files, whatever they are; written as safetensors.
FixFile weightsScript(const Judgement& judgement, const std::string& name, const std::string& lines) {
  const SetFacts& facts = judgement.facts();
  const bool safetensors = facts.weights == WeightsKind::kSafetensors;
  std::string text = safetensors ? "from safetensors.torch import load_file, save_file\n\ntensors = {}\n"
                                 : "import torch\nfrom safetensors.torch import save_file\n\ntensors = {}\n";
  for (const WeightsFile& file : facts.weights_files) {
    const std::string path = pythonText(facts.at(file.name));
    text += "tensors.update(" + (safetensors ? "load_file(" + path + ")" : "torch.load(" + path + ", map_location='cpu', weights_only=True)") + ")\n";
  }
  text += lines + "tensors = {name: value.contiguous().clone() for name, value in tensors.items()}\nsave_file(tensors, " +
          pythonText(facts.at("model-fixed.safetensors")) + ", metadata={'format': 'pt'})\n";
  return {name, text};
}

// The same for a Keras file, whose lists of names stay as they are.
FixFile kerasScript(const Judgement& judgement, const std::string& name, const std::string& lines) {
  const std::string file = judgement.facts().prefix();
  const size_t dot = file.rfind('.');
  const std::string target = dot == std::string::npos ? file + "-fixed" : file.substr(0, dot) + "-fixed" + file.substr(dot);
  return {name, "import shutil\n\nimport h5py\n\nsource = " + pythonText(file) + "\ntarget = " + pythonText(target) +
                    "\ntensors = {}\n"
                    "with h5py.File(source, 'r') as file:\n"
                    "    file.get('model_weights', file).visititems(\n"
                    "        lambda name, item: tensors.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)\n" +
                    lines +
                    "shutil.copyfile(source, target)\n"
                    "with h5py.File(target, 'r+') as file:\n"
                    "    weights = file.get('model_weights', file)\n"
                    "    for name, value in tensors.items():\n"
                    "        del weights[name]\n"
                    "        weights[name] = value\n"};
}

}  // namespace

FixFile checkpointScript(const Judgement& judgement, const std::string& name, const std::string& lines) {
  if (judgement.facts().isHfSet()) return weightsScript(judgement, name, lines);
  if (judgement.facts().weights == WeightsKind::kKerasH5) return kerasScript(judgement, name, lines);
  const std::string prefix = judgement.facts().prefix();
  // Of the older form Python's reader takes neither half precision nor slices. Its prefix may be a pattern.
  const bool v1 = judgement.facts().weights == WeightsKind::kTfV1;
  const std::string tensor = v1 ? "tf.raw_ops.Restore(file_pattern=source, tensor_name=name, dt=reader.get_variable_to_dtype_map()[name])" : "reader.get_tensor(name)";
  return {name, "import tensorflow as tf\n\nsource = " + pythonText(prefix) + "\ntarget = " + pythonText(prefix.substr(0, prefix.find("-?")) + "-fixed") +
                    "\nreader = tf.train.load_checkpoint(source)\n"
                    "tensors = {name: " + tensor + (v1 ? ".numpy()" : "") + " for name in reader.get_variable_to_shape_map()}\n" +
                    lines +
                    "names = sorted(tensors)\n"
                    "tf.raw_ops.SaveV2(prefix=target, tensor_names=names, shape_and_slices=[''] * len(names),\n"
                    "                  tensors=[tensors[name] for name in names])\n"};
}

}  // namespace bp
