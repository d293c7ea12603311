// Can the files of weights that are no TF bundle be read, and do they go by the names transformers looks for?
#include <algorithm>
#include <map>

#include "checks/fixes.h"

namespace bp {
namespace {

using enum Consumer;
using enum Effect;

// --- content --------------------------------------------------------------------------------------------------

void reportOtherContent(Judgement& judgement, const WeightsFile& weights) {
  const SetFile& file = judgement.facts().files[weights.file];
  Finding finding = onFile("files/renamed-not-converted", file.path);
  finding.consumers = judgement.all(kRefuses);
  const bool safetensors = weights.name.ends_with(".safetensors");
  put(finding.args, "file", file.name, "found", file.kind, "expected", safetensors ? "safetensors" : "PyTorch");
  set(finding.evidence.found, file.kind);
  set(finding.evidence.expected, safetensors ? "safetensors" : "torch");
  finding.evidence.seen_as =
      safetensors ? "Error while deserializing header: header too large" : "Unable to load weights from pytorch checkpoint file";
  CallFacts call;
  call.folder = judgement.facts().unpacked(judgement.facts().folder);
  call.prefix = joinPath(call.folder, "bert_model.ckpt");
  call.config = joinPath(call.folder, "bert_config.json");
  finding.paste = Paste{PasteKind::kCode, conversionCall(call)};
  judgement.add(std::move(finding));
}

void reportTruncated(Judgement& judgement, const WeightsFile& weights) {
  const SetFile& file = judgement.facts().files[weights.file];
  Finding finding = onFile("files/truncated", file.path);
  finding.consumers = judgement.all(kRefuses);
  finding.variant = file.size == 0 ? "empty" : weights.expected <= file.size ? "no-size" : "";
  put(finding.args, "file", file.name, "found", file.size);
  set(finding.evidence.found, file.size);
  if (weights.expected > file.size) {
    put(finding.args, "expected", weights.expected);
    put(finding.args, "missing", weights.expected - file.size);
    set(finding.evidence.expected, weights.expected);
  }
  finding.evidence.at = Place{file.path, file.size, 0};
  finding.evidence.seen_as = weights.what;
  judgement.add(std::move(finding));
}

void reportBadHeader(Judgement& judgement, const WeightsFile& weights) {
  const SetFile& file = judgement.facts().files[weights.file];
  Finding finding = onFile("container/bad-header", file.path);
  finding.consumers = judgement.all(kRefuses);
  put(finding.args, "file", file.name, "found", weights.what.empty() ? weights.rule : weights.what, "rule", weights.rule, "offset",
      weights.offset);
  set(finding.evidence.found, finding.args["found"]);
  finding.evidence.at = Place{file.path, weights.offset, weights.length};
  if (!weights.subject.empty()) finding.evidence.items = {weights.subject};
  finding.evidence.seen_as = weights.what;
  judgement.add(std::move(finding));
}

// Records of settings and numbers that trainers pickle beside their tensors: refused all the same, and no reason for alarm.
bool isHarmlessGlobal(std::string_view name) {
  static constexpr std::string_view kStarts[] = {"argparse.Namespace", "numpy.",       "transformers.", "pathlib.",
                                                 "datetime.",          "builtins.set", "collections."};
  return std::any_of(std::begin(kStarts), std::end(kStarts), [&](std::string_view start) { return name.starts_with(start); });
}

void reportRefused(Judgement& judgement, const WeightsFile& weights) {
  const SetFile& file = judgement.facts().files[weights.file];
  Finding finding = onFile("container/refused-pickle", file.path);
  finding.certainty = Certainty::kLikely;
  finding.consumers = judgement.all(kRefuses);
  finding.variant = isHarmlessGlobal(weights.subject) ? "settings" : "";
  put(finding.args, "file", file.name, "found", weights.subject, "offset", weights.offset);
  set(finding.evidence.found, weights.subject);
  finding.evidence.at = Place{file.path, weights.offset, weights.length};
  finding.evidence.seen_as = weights.what;
  judgement.add(std::move(finding));
}

void reportTorchScript(Judgement& judgement, const WeightsFile& weights) {
  const SetFile& file = judgement.facts().files[weights.file];
  Finding finding = onFile("container/torchscript", file.path);
  finding.consumers = judgement.all(kRefuses);
  put(finding.args, "file", file.name);
  finding.evidence.seen_as = "'RecursiveScriptModule' object has no attribute 'keys'";
  finding.paste =
      Paste{PasteKind::kCode, "import torch\ntorch.save(torch.jit.load(" + pythonText(judgement.facts().unpacked(file.path)) + ", map_location='cpu').state_dict(), " +
                                  pythonText(joinPath(judgement.facts().unpacked(file.folder), "pytorch_model.bin")) + ")"};
  judgement.add(std::move(finding));
}

void reportWrapper(Judgement& judgement, const WeightsFile& weights) {
  const SetFile& file = judgement.facts().files[weights.file];
  Finding finding = onFile("container/wrapped-state-dict", file.path);
  finding.consumers = judgement.all(kLoadsWrong);
  put(finding.args, "file", file.name, "name", weights.wrapper, "keys", weights.outer_keys, "count", judgement.table().size());
  set(finding.evidence.found, weights.outer_keys);
  finding.evidence.items = weights.outer_keys;
  finding.evidence.seen_as = weights.wrapper + " | UNEXPECTED";
  finding.paste = Paste{PasteKind::kCode, "import torch\nwhole = torch.load(" + pythonText(judgement.facts().unpacked(file.path)) +
                                              ", map_location='cpu', weights_only=True)\ntorch.save(whole[" + pythonText(weights.wrapper) +
                                              "], " + pythonText(judgement.facts().unpacked(file.path)) + ")"};
  judgement.add(std::move(finding));
}

void reportNoFormat(Judgement& judgement, const WeightsFile& weights) {
  const SetFile& file = judgement.facts().files[weights.file];
  Finding finding = onFile("container/no-format", file.path);
  finding.consumers = judgement.each([](const ConsumerSpec& consumer, const Outcome&) {
    return std::optional(consumer.id == kHfNative && consumer.modes.transformers == 4 ? kRefuses : kHarmless);
  });
  put(finding.args, "file", file.name);
  set(finding.evidence.found, weights.metadata.empty() ? Json() : Json(weights.metadata));
  set(finding.evidence.expected, "{\"format\": \"pt\"}");
  finding.evidence.seen_as = "'NoneType' object has no attribute 'get'";
  finding.paste = Paste{PasteKind::kCode, "from safetensors.torch import load_file, save_file\nsave_file(load_file(" +
                                              pythonText(judgement.facts().unpacked(file.path)) + "), " + pythonText(judgement.facts().unpacked(file.path)) + ", metadata={\"format\": \"pt\"})"};
  judgement.add(std::move(finding));
}

// --- names ----------------------------------------------------------------------------------------------------

void checkShards(Judgement& judgement) {
  const SetFacts& facts = judgement.facts();
  std::vector<std::string> absent;
  for (const WeightsFile& file : facts.weights_files) {
    if (file.state == WeightsState::kAbsent) absent.push_back(file.name);
  }
  if (absent.empty() && facts.map_faults.empty()) return;
  Finding finding = onFile("container/shard-missing", judgement.path(facts.shard_map));
  finding.consumers = judgement.all(absent.empty() ? kHarmless : kRefuses);
  if (absent.empty()) {  // each file is read whole, whatever the map says is in it
    finding.variant = "map";
    put(finding.args, "name", facts.map_faults[0], "count", facts.map_faults.size());
    finding.evidence.items = facts.map_faults;
    return judgement.add(std::move(finding));
  }
  std::string paths;
  for (const std::string& name : absent) paths += facts.at(name) + "\n";
  put(finding.args, "name", absent[0], "names", absent, "count", absent.size(), "total", facts.weights_files.size());
  set(finding.evidence.expected, absent);
  finding.evidence.items = absent;
  finding.evidence.seen_as = "No such file or directory: " + facts.at(absent[0]);
  finding.paste = Paste{PasteKind::kText, paths};
  judgement.add(std::move(finding));
}

// A map for files that have none.
std::string shardMapText(const Judgement& judgement) {
  const SetFacts& facts = judgement.facts();
  Json map = Json::object();
  uint64_t bytes = 0;
  for (const TensorInfo& tensor : judgement.table().all()) {
    if (tensor.parts.empty() || tensor.parts[0].extent.file >= facts.files.size()) continue;
    map[tensor.name] = facts.files[tensor.parts[0].extent.file].name;
    bytes += tensor.bytes();
  }
  return written(object("metadata", object("total_size", bytes), "weight_map", map), 2) + "\n";
}

// The names transformers insists on: those of the weights, of the config and of the vocabulary, all in one folder.
void checkLookedFor(Judgement& judgement) {
  const SetFacts& facts = judgement.facts();
  const auto inFolder = [&](const std::string& name) { return joinPath(facts.folder, name); };
  const bool safetensors = facts.weights == WeightsKind::kSafetensors;
  std::vector<std::pair<std::string, std::string>> renames;  // paths
  bool map_missing = false;
  if (judgement.readable() && facts.shard_map == kNoFile) {
    map_missing = facts.weights_files.size() > 1;
    const std::string expected = safetensors ? "model.safetensors" : "pytorch_model.bin";
    if (!map_missing && facts.weights_files[0].name != expected)
      renames.emplace_back(inFolder(facts.weights_files[0].name), inFolder(expected));
  }
  const bool weights_wrong = map_missing || !renames.empty();
  const bool config_wrong = facts.config >= 0 && judgement.ownConfig() == nullptr;
  if (config_wrong) renames.emplace_back(judgement.config()->file(), inFolder("config.json"));
  const bool has_fast_file =
      std::any_of(facts.files.begin(), facts.files.end(), [&](const SetFile& file) { return file.path == inFolder("tokenizer.json"); });
  const bool vocab_wrong = facts.vocab_file != kNoFile && !has_fast_file && judgement.path(facts.vocab_file) != inFolder("vocab.txt");
  if (vocab_wrong) renames.emplace_back(judgement.path(facts.vocab_file), inFolder("vocab.txt"));
  if (!weights_wrong && !config_wrong && !vocab_wrong) return;

  Finding finding{"files/names-for-other-loader"};
  finding.consumers = judgement.each([&](const ConsumerSpec& consumer, const Outcome& outcome) -> std::optional<Effect> {
    if (consumer.id != kHfNative) return std::nullopt;
    if (weights_wrong || vocab_wrong) return kRefuses;
    // A Bert class goes on with its default sizes.
    const bool defaults_fit = consumer.modes.class_name.starts_with("Bert") && judgement.readable() && outcome.mismatched.empty();
    return defaults_fit ? kHarmless : kRefuses;
  });
  const std::string found = renames.empty() ? inFolder(facts.weights_files[0].name) : renames[0].first;
  const std::string expected =
      renames.empty() ? inFolder(safetensors ? "model.safetensors.index.json" : "pytorch_model.bin.index.json") : renames[0].second;
  const auto shown = [&](const std::string& path) { return path.substr(path.rfind('/') + 1); };
  const bool moved = shown(found) == shown(expected);  // the name is right, the folder is not
  finding.subject = {SubjectKind::kFile, found, "", 0};
  finding.variant = renames.empty() ? "no-map" : moved ? "folder" : "hf";
  put(finding.args, "found", moved ? found : shown(found), "expected", moved ? expected : shown(expected), "count",
      renames.size() + (map_missing ? 1 : 0));
  set(finding.evidence.found, finding.args["found"]);
  set(finding.evidence.expected, finding.args["expected"]);
  if (weights_wrong)
    finding.evidence.seen_as = "Error no file named model.safetensors, or pytorch_model.bin, found in directory " + judgement.folder() + ".";
  else if (config_wrong)
    finding.evidence.seen_as = "Unrecognized model in " + facts.folder + ". Should have a `model_type` key in its config.json.";
  for (auto& [from, to] : renames) {
    from = facts.unpacked(from);
    to = facts.unpacked(to);
  }
  if (!renames.empty()) fixFileNames(finding, "", renames);
  if (map_missing) finding.file = FixFile{shown(expected), shardMapText(judgement)};
  judgement.add(std::move(finding));
}

}  // namespace

void checkContainers(Judgement& judgement) {
  const SetFacts& facts = judgement.facts();
  for (const WeightsFile& weights : facts.weights_files) {
    switch (weights.state) {
      case WeightsState::kOtherContent:
        reportOtherContent(judgement, weights);
        break;
      case WeightsState::kTruncated:
        reportTruncated(judgement, weights);
        break;
      case WeightsState::kBadHeader:
        reportBadHeader(judgement, weights);
        break;
      case WeightsState::kRefusedPickle:
        reportRefused(judgement, weights);
        break;
      case WeightsState::kTorchScript:
        reportTorchScript(judgement, weights);
        break;
      case WeightsState::kGood:
        if (!weights.wrapper.empty()) reportWrapper(judgement, weights);
        break;
      default:
        break;
    }
  }
  if (!facts.isHfSet()) return;
  const auto no_format = std::find_if(facts.weights_files.begin(), facts.weights_files.end(),
                                      [](const WeightsFile& file) { return file.state == WeightsState::kGood && file.no_format; });
  if (no_format != facts.weights_files.end()) reportNoFormat(judgement, *no_format);
  checkShards(judgement);
  checkLookedFor(judgement);
}

}  // namespace bp
