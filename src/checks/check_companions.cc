// What lies, or should lie, beside the weights: the graph, `checkpoint`, config, vocabulary, other sets.
#include <algorithm>

#include "checks/fixes.h"

namespace bp {
namespace {

using enum Consumer;
using enum Effect;

void checkMeta(Judgement& judgement) {
  const SetFacts& facts = judgement.facts();
  if (!judgement.readable() || facts.isHfSet() || facts.weights == WeightsKind::kKerasH5) return;
  const bool complete = std::all_of(facts.shards.begin(), facts.shards.end(), [](const ShardSlot& slot) { return slot.file != kNoFile; });
  if (!complete) return;
  std::vector<std::string> absent;
  const auto here = [&](const std::string& name) {
    return std::any_of(facts.files.begin(), facts.files.end(), [&](const SetFile& file) { return file.folder == facts.folder && file.name == name; });
  };
  for (const std::string& name : {facts.stem + ".meta", std::string("checkpoint"), facts.stem}) {
    if (!here(name)) absent.push_back(name);
  }
  if (absent.empty()) return;
  Finding finding = onFile("files/meta-not-needed", judgement.indexPath());
  finding.consumers = judgement.all(kHarmless);
  put(finding.args, "name", absent[0], "absent", absent);
  finding.evidence.items = absent;
  judgement.add(std::move(finding));
}

void checkCheckpointText(Judgement& judgement) {
  const SetFacts& facts = judgement.facts();
  if (!facts.checkpoint_path || facts.weights != WeightsKind::kTfBundle || namesThisSet(facts)) return;
  const bool by_folder = givesFolder(judgement);
  Finding finding = onFile("files/checkpoint-names-absent-prefix", judgement.path(facts.checkpoint_file));
  finding.consumers = judgement.all(by_folder ? kRefuses : kHarmless);
  finding.variant = by_folder ? "folder-given" : "";
  put(finding.args, "found", *facts.checkpoint_path, "stems", facts.stems, "stem", facts.stem, "prefix", facts.prefix());
  set(finding.evidence.found, *facts.checkpoint_path);
  set(finding.evidence.expected, facts.stem);
  finding.evidence.items = facts.stems;
  const std::string text = "model_checkpoint_path: \"" + facts.stem + "\"\n";
  finding.paste = Paste{PasteKind::kText, text};
  finding.file = FixFile{"checkpoint", text};
  judgement.add(std::move(finding));
}

void checkConfigThere(Judgement& judgement) {
  const SetFacts& facts = judgement.facts();
  if (facts.config >= 0) return;
  Finding finding = onFile("files/config-missing", "");
  // A Bert class takes its own defaults, which may fit.
  finding.consumers = judgement.each([&](const ConsumerSpec& consumer, const Outcome& outcome) {
    const bool defaults = consumer.id == kHfNative && consumer.modes.class_name.starts_with("Bert") && judgement.readable();
    return std::optional(defaults && outcome.mismatched.empty() ? kHarmless : kRefuses);
  });
  const std::string expected = judgement.isTfSet() ? "bert_config.json" : "config.json";
  const Sizes& sizes = judgement.shape_sizes;
  const std::string text = configFromShapes(judgement);
  if (text.empty()) {
    finding.variant = judgement.isTfSet() ? "no-sizes" : "hf-no-sizes";
  } else {
    finding.variant = judgement.isTfSet() ? "" : "hf";
    put(finding.args, "vocab", sizes.vocab, "hidden", sizes.hidden, "layers", sizes.layers, "intermediate", sizes.intermediate, "positions",
        sizes.positions, "segments", sizes.segments, "heads", sizes.heads > 0 ? sizes.heads : guessedHeads(sizes.hidden));
    finding.paste = Paste{PasteKind::kConfig, text};
    finding.file = FixFile{expected, text};
  }
  set(finding.evidence.expected, expected);
  judgement.add(std::move(finding));
}

// "*_config*.json", as bert-for-tf2 looks for its config.
bool matchesConfigPattern(const std::string& name) {
  const size_t at = name.find("_config");
  const std::string_view end = ".json";
  return at != std::string::npos && name[0] != '.' && name.size() >= at + 7 + end.size() &&
         name.compare(name.size() - end.size(), end.size(), end) == 0;
}

// bert-for-tf2 insists on exactly one such file in the folder of the config.
void checkConfigName(Judgement& judgement) {
  const SetFacts& facts = judgement.facts();
  if (facts.config < 0) return;
  const SetFile& config = facts.files[facts.config_files[static_cast<size_t>(facts.config)]];
  std::vector<std::string> matching;
  for (const SetFile& file : facts.files) {
    if (file.folder == config.folder && matchesConfigPattern(file.name)) matching.push_back(file.name);
  }
  if (matching.size() == 1) return;
  const std::vector<Affected> affected = judgement.these({kBertForTf2}, kRefuses);
  if (affected.empty()) return;
  Finding finding = onFile("files/names-for-other-loader", config.path);
  finding.consumers = affected;
  finding.variant = matching.empty() ? "" : "several-configs";
  put(finding.args, "found", config.name, "expected", "bert_config.json", "count", matching.size(), "names", matching);
  set(finding.evidence.found, matching.empty() ? Json(config.name) : Json(matching));
  set(finding.evidence.expected, "*_config*.json");
  if (matching.empty()) {
    finding.evidence.seen_as = "Can't glob for BERT config json at: " + joinPath(facts.unpacked(config.folder), "*_config*.json");
    fixFileNames(finding, facts.unpacked(config.folder), {{config.name, "bert_config.json"}});
  } else {
    std::vector<std::pair<std::string, std::string>> names;
    for (const std::string& name : matching) {
      if (name != config.name) names.emplace_back(name, name + ".unused");
    }
    finding.evidence.items = matching;
    fixFileNames(finding, facts.unpacked(config.folder), names);
  }
  judgement.add(std::move(finding));
}

// keras-bert's get_checkpoint_paths takes a folder and fixes the three names in it.
void checkFixedNames(Judgement& judgement) {
  const SetFacts& facts = judgement.facts();
  if (judgement.input().paste.uses.count("get_checkpoint_paths") == 0) return;
  std::vector<std::pair<std::string, std::string>> names;
  const auto look = [&](uint32_t id, const std::string& expected) {
    if (id != kNoFile && facts.files[id].name != expected) names.emplace_back(facts.files[id].name, expected);
  };
  if (facts.config >= 0) look(facts.config_files[static_cast<size_t>(facts.config)], "bert_config.json");
  look(facts.vocab_file, "vocab.txt");
  const std::vector<Affected> affected = judgement.these({kKerasBert}, kRefuses);
  if (names.empty() || affected.empty()) return;
  Finding finding = onFile("files/names-for-other-loader", joinPath(facts.folder, names[0].first));
  finding.consumers = affected;
  finding.variant = "get-checkpoint-paths";
  put(finding.args, "found", names[0].first, "expected", names[0].second, "count", names.size());
  set(finding.evidence.found, names[0].first);
  set(finding.evidence.expected, names[0].second);
  fixFileNames(finding, facts.unpacked(facts.folder), names);
  judgement.add(std::move(finding));
}

void checkVocabThere(Judgement& judgement) {
  if (judgement.facts().vocab_file != kNoFile) return;
  Finding finding = onFile("files/vocab-missing", "");
  finding.consumers = judgement.all(kHarmless);
  put(finding.args, "rows", judgement.shape_sizes.vocab);
  finding.variant = judgement.shape_sizes.vocab > 0 ? "" : "no-rows";
  set(finding.evidence.expected, "vocab.txt");
  judgement.add(std::move(finding));
}

void checkOtherSets(Judgement& judgement) {
  const SetFacts& facts = judgement.facts();
  if (facts.others.empty()) return;
  Finding finding = onFile("files/several-sets", "");
  finding.consumers = judgement.all(kHarmless);
  std::vector<std::string> prefixes;
  for (const OtherSet& other : facts.others) prefixes.push_back(other.prefix);
  put(finding.args, "count", facts.others.size() + 1, "judged", facts.prefix(), "others", prefixes);
  set(finding.evidence.found, facts.prefix());
  finding.evidence.items = prefixes;
  judgement.add(std::move(finding));
}

void checkPackedAndUnread(Judgement& judgement) {
  const SetFacts& facts = judgement.facts();
  if (!facts.archives.empty()) {
    const SetFile& archive = facts.files[facts.archives[0]];
    Finding finding = onFile("files/still-packed", archive.path);
    finding.consumers = judgement.all(kHarmless);
    const std::string inside = archive.path + "/";
    const std::string folder = facts.folder.starts_with(inside) ? facts.folder.substr(inside.size()) : "";
    put(finding.args, "archive", archive.path, "folder", folder, "prefix", facts.prefix());
    set(finding.evidence.found, folder);
    for (const uint32_t id : facts.archives) finding.evidence.items.push_back(facts.files[id].path);
    finding.paste = Paste{PasteKind::kPrefix, facts.prefix()};
    judgement.add(std::move(finding));
  }
  if (!facts.not_read.empty()) {
    // A file in the old tar form of PyTorch in the place of the weights is read by the torch of transformers 4 only.
    const auto unread = [](const WeightsFile& file) { return file.state == WeightsState::kNotRead; };
    const auto weights = std::find_if(facts.weights_files.begin(), facts.weights_files.end(), unread);
    const std::string& first = weights != facts.weights_files.end() ? judgement.path(weights->file) : facts.not_read[0];
    const bool old_tar = weights != facts.weights_files.end() && facts.files[weights->file].kind == "torch-tar";
    Finding finding = onFile("files/not-read", first);
    finding.consumers = judgement.each([&](const ConsumerSpec& consumer, const Outcome&) {
      return std::optional(old_tar && consumer.modes.transformers != 4 ? kRefuses : kHarmless);
    });
    finding.variant = old_tar ? "old-tar" : "";
    finding.evidence.items = facts.not_read;
    for (const SetFile& file : facts.files) {
      if (file.path == first) put(finding.args, "file", file.name, "kind", file.kind, "size", file.size, "count", facts.not_read.size());
    }
    if (weights != facts.weights_files.end() && facts.weights == WeightsKind::kKerasH5) {
      const bool chunked = weights->rule == "chunked" || weights->rule == "filtered";
      finding.variant = chunked ? "chunked" : "hdf5-form";
      put(finding.args, "tensor", weights->subject);
      put(finding.args, "rule", weights->rule);
      put(finding.args, "offset", weights->offset);
      set(finding.evidence.found, weights->rule);
      finding.evidence.at = Place{first, weights->offset, weights->length};
    }
    judgement.add(std::move(finding));
  }
}

}  // namespace

bool namesThisSet(const SetFacts& facts) {
  if (!facts.checkpoint_path) return false;
  const std::string last = facts.checkpoint_path->substr(facts.checkpoint_path->find_last_of("/\\") + 1);
  return last == facts.stem || std::find(facts.stems.begin(), facts.stems.end(), last) != facts.stems.end();
}

void checkCompanions(Judgement& judgement) {
  checkMeta(judgement);
  checkCheckpointText(judgement);
  checkConfigThere(judgement);
  checkConfigName(judgement);
  checkFixedNames(judgement);
  checkVocabThere(judgement);
  checkOtherSets(judgement);
  checkPackedAndUnread(judgement);
}

}  // namespace bp
