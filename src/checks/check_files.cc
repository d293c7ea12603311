// Are the files of the weights there, under names the loaders look for?
#include <algorithm>

#include "checks/fixes.h"

namespace bp {
namespace {

using enum Consumer;
using enum Effect;

// Would some loader read this file of the set, were it what its name says?
bool isRead(const SetFacts& facts, uint32_t id) {
  const bool no_weights = facts.weights == WeightsKind::kNone || facts.weights == WeightsKind::kOther;
  switch (facts.files[id].role) {
    case FileRole::kVocab: return facts.vocab_file == id;
    case FileRole::kConfig: return facts.config >= 0 && facts.config_files[static_cast<size_t>(facts.config)] == id;
    case FileRole::kIndex: return facts.index_file == id;
    case FileRole::kShard:
      return facts.shards.empty() || std::any_of(facts.shards.begin(), facts.shards.end(), [&](const ShardSlot& slot) { return slot.file == id; });
    case FileRole::kWeights:
      return no_weights || facts.shard_map == id ||
             std::any_of(facts.weights_files.begin(), facts.weights_files.end(), [&](const WeightsFile& file) { return file.file == id; });
    case FileRole::kArchive:
    case FileRole::kNotRead: return no_weights;
    default: return false;
  }
}

// Git LFS pointers and web pages in the place of a file.
void checkStandIns(Judgement& judgement) {
  const SetFacts& facts = judgement.facts();
  for (uint32_t id = 0; id < facts.files.size(); ++id) {
    const SetFile& file = facts.files[id];
    const bool pointer = file.state == FileState::kLfsPointer, page = file.state == FileState::kWebPage;
    const bool read = isRead(facts, id);
    // A page beside the set may be meant; a pointer never is.
    if (!pointer && !(page && read)) continue;
    Finding finding = onFile(pointer ? Code("files/lfs-pointer") : Code("files/web-page"), file.path);
    // The slow tokenizer of hf-convert adds the special tokens it misses; every word becomes [UNK].
    finding.consumers = judgement.each([&](const ConsumerSpec& consumer, const Outcome&) -> std::optional<Effect> {
      if (!read) return kHarmless;
      return file.role == FileRole::kVocab && consumer.id == kHfConvert ? kLoadsWrong : kRefuses;
    });
    put(finding.args, "file", file.name, "size", file.size);
    if (pointer) {
      put(finding.args, "true_size", file.lfs_size);
      put(finding.args, "oid", file.lfs_oid);
      set(finding.evidence.found, file.size);
      set(finding.evidence.expected, file.lfs_size);
      finding.paste = Paste{PasteKind::kCode, "git lfs pull"};
    } else {
      put(finding.args, "first", file.head);
      set(finding.evidence.found, file.head);
      finding.evidence.at = Place{file.path, 0, std::min<uint64_t>(file.size, 60)};
    }
    judgement.add(std::move(finding));
  }
}

void checkUnfinished(Judgement& judgement) {
  const SetFacts& facts = judgement.facts();
  if (facts.unfinished.empty()) return;
  Finding finding = onFile("files/unfinished-save", facts.unfinished[0]);
  finding.certainty = Certainty::kLikely;
  finding.consumers = judgement.all(kRefuses);
  put(finding.args, "count", facts.unfinished.size(), "name", facts.unfinished[0]);
  finding.evidence.items = facts.unfinished;
  judgement.add(std::move(finding));
}

void checkIndexThere(Judgement& judgement) {
  const SetFacts& facts = judgement.facts();
  if (facts.weights != WeightsKind::kTfBundle || facts.index_file != kNoFile) return;
  Finding finding = onFile("files/index-missing", "");
  finding.consumers = judgement.all(kRefuses);
  put(finding.args, "name", facts.stem + ".index", "stem", facts.stem);
  set(finding.evidence.expected, facts.stem + ".index");
  finding.evidence.seen_as = "Unsuccessful TensorSliceReader constructor: Failed to find any matching files for " + facts.prefix();
  for (const SetFile& file : facts.files) {
    if (file.role == FileRole::kShard || file.role == FileRole::kMeta) finding.evidence.items.push_back(file.path);
  }
  judgement.add(std::move(finding));
}

void checkSavedModel(Judgement& judgement) {
  const SetFacts& facts = judgement.facts();
  if (!facts.saved_model_pb) return;
  const bool has_variables = facts.weights == WeightsKind::kTfBundle && facts.index_file != kNoFile;
  const bool google_names = !judgement.readable() || judgement.names.object_graph_keys.empty();
  Finding finding = onFile("files/saved-model", "");
  for (const SetFile& file : facts.files) {
    if (file.role == FileRole::kSavedModel) finding = onFile("files/saved-model", file.path);
  }
  finding.consumers = judgement.all(has_variables ? kHarmless : kRefuses);
  finding.variant = !has_variables ? "no-variables" : google_names ? "" : "object-graph";
  put(finding.args, "prefix", facts.prefix());
  if (has_variables && google_names) finding.paste = Paste{PasteKind::kPrefix, facts.prefix()};
  judgement.add(std::move(finding));
}

void checkBasename(Judgement& judgement) {
  const SetFacts& facts = judgement.facts();
  if (!judgement.readable() || facts.isHfSet() || facts.weights == WeightsKind::kKerasH5) return;
  if (facts.stem == "bert_model.ckpt" || facts.saved_model_pb || !facts.unfinished.empty()) return;
  const bool by_name = judgement.input().paste.uses.count("get_checkpoint_paths") > 0;  // keras-bert's helper fixes the three names
  Finding finding = onFile("files/other-basename", judgement.indexPath());
  finding.consumers = judgement.each([&](const ConsumerSpec& consumer, const Outcome&) -> std::optional<Effect> {
    return by_name && consumer.id == kKerasBert ? kRefuses : kHarmless;
  });
  finding.variant = by_name ? "get-checkpoint-paths" : "";
  put(finding.args, "stem", facts.stem, "prefix", facts.prefix());
  set(finding.evidence.found, facts.stem);
  set(finding.evidence.expected, "bert_model.ckpt");
  finding.paste = Paste{PasteKind::kPrefix, facts.prefix()};
  judgement.add(std::move(finding));
}

void checkRenamed(Judgement& judgement) {
  const SetFacts& facts = judgement.facts();
  if (!facts.renamed.empty()) {
    // At the bare prefix TensorFlow takes the index for a one-file checkpoint of the old kind and sees no variables.
    const bool bare = facts.renamed[0].index_without_suffix;
    const SetFile& first = facts.files[facts.renamed[0].file];
    Finding finding = onFile("files/renamed-part", first.path);
    finding.consumers = judgement.each([&](const ConsumerSpec& consumer, const Outcome&) -> std::optional<Effect> {
      return bare && !missingStops(consumer) ? kLoadsWrong : kRefuses;
    });
    std::vector<std::pair<std::string, std::string>> names;
    Json parts = Json::array();
    for (const RenamedPart& part : facts.renamed) {
      const SetFile& file = facts.files[part.file];
      names.emplace_back(file.name, part.should_be);
      finding.evidence.items.push_back(file.path + ": " + part.is);
      parts.push_back(object("name", file.name, "is", part.is, "should_be", part.should_be));
    }
    finding.variant = bare ? "bare-index" : "";
    put(finding.args, "parts", parts, "name", first.name, "should_be", facts.renamed[0].should_be, "is", facts.renamed[0].is);
    set(finding.evidence.found, first.name);
    set(finding.evidence.expected, facts.renamed[0].should_be);
    fixFileNames(finding, facts.unpacked(facts.folder), names);
    judgement.add(std::move(finding));
  }
  if (facts.shard_count_in_names != 0) {
    Finding finding = onFile("bundle/shard-count", judgement.indexPath());
    finding.consumers = judgement.all(kRefuses);
    std::vector<std::pair<std::string, std::string>> names;
    for (const ShardSlot& slot : facts.shards) {
      if (slot.file == kNoFile || facts.files[slot.file].name == slot.name) continue;
      names.emplace_back(facts.files[slot.file].name, slot.name);
      finding.evidence.items.push_back(facts.files[slot.file].path);
    }
    put(finding.args, "header", facts.num_shards, "names", facts.shard_count_in_names);
    set(finding.evidence.found, facts.shard_count_in_names);
    set(finding.evidence.expected, facts.num_shards);
    fixFileNames(finding, facts.unpacked(facts.folder), names);
    judgement.add(std::move(finding));
  }
}

void checkShards(Judgement& judgement) {
  const SetFacts& facts = judgement.facts();
  if (!judgement.readable()) return;
  std::vector<std::string> missing;
  uint64_t bytes = 0;
  for (const ShardSlot& slot : facts.shards) {
    if (slot.file != kNoFile) continue;
    missing.push_back(slot.name);
    bytes += slot.bytes;
  }
  if (missing.empty()) return;
  std::vector<uint32_t> tensors;
  for (uint32_t i = 0; i < judgement.table().size(); ++i) {
    const auto& parts = judgement.table()[i].parts;
    if (std::any_of(parts.begin(), parts.end(), [](const TensorPart& part) { return part.extent.file == kNoFile; })) tensors.push_back(i);
  }
  Finding finding = onFile("files/data-shard-missing", judgement.indexPath());
  finding.consumers = judgement.readersOf(tensors, kRefuses);
  std::string paths;
  for (const std::string& name : missing) paths += facts.at(name) + "\n";
  put(finding.args, "name", missing[0], "names", missing, "count", missing.size(), "tensors", tensors.size(), "bytes", bytes);
  set(finding.evidence.expected, missing);
  finding.evidence.items = namesOf(judgement.table(), tensors);
  finding.evidence.seen_as = facts.at(missing[0]) + "; No such file or directory";
  finding.paste = Paste{PasteKind::kText, paths};
  judgement.add(std::move(finding));
}

// TensorFlow takes the prefix for a pattern.
void checkGlob(Judgement& judgement) {
  const SetFacts& facts = judgement.facts();
  if (facts.weights != WeightsKind::kTfBundle && facts.weights != WeightsKind::kTfV1) return;
  // The files of a V1 checkpoint are named by a pattern.
  const bool pattern = facts.weights == WeightsKind::kTfV1 && facts.shards.size() > 1;
  const std::string prefix = pattern ? facts.folder : facts.prefix();
  const size_t bracket = prefix.find('[');
  const size_t at = bracket != std::string::npos ? bracket : prefix.find_first_of("]*?");
  if (at == std::string::npos) return;
  const size_t start = prefix.rfind('/', at) + 1;  // npos + 1 is 0
  const std::string part = prefix.substr(start, prefix.find('/', at) - start);
  Finding finding = onFile("files/glob-characters", "");
  finding.certainty = bracket != std::string::npos ? Certainty::kCertain : Certainty::kLikely;
  finding.consumers = judgement.all(kRefuses);
  put(finding.args, "character", std::string(1, prefix[at]), "part", part);
  set(finding.evidence.found, part);
  finding.evidence.seen_as = "Unsuccessful TensorSliceReader constructor: Failed to find any matching files for " + prefix;
  judgement.add(std::move(finding));
}

void checkWeightsThere(Judgement& judgement) {
  const SetFacts& facts = judgement.facts();
  if (facts.weights != WeightsKind::kNone) return;
  Finding finding = onFile("files/weights-missing", "");
  finding.consumers = judgement.all(kRefuses);
  for (const SetFile& file : facts.files) finding.evidence.items.push_back(file.path + ": " + std::string(fileRoleName(file.role)));
  put(finding.args, "count", facts.files.size());
  judgement.add(std::move(finding));
}

}  // namespace

std::string SetFacts::unpacked(const std::string& path) const {
  for (const SetFile& file : files) {
    if (file.role != FileRole::kArchive || file.inside != kNoFile || !(path + "/").starts_with(file.path + "/")) continue;
    if (path == file.path) return file.folder;
    const std::string below = path.substr(file.path.size() + 1);
    return joinPath(file.folder, below);
  }
  return path;
}

std::string_view fileRoleName(FileRole role) {
  static constexpr std::string_view kNames[] = {"not used", "index",  "data",    "graph",   "checkpoint", "config", "tokenizer config",
                                                "vocabulary", "weights", "archive", "SavedModel", "not read"};
  return kNames[static_cast<size_t>(role)];
}

void checkFiles(Judgement& judgement) {
  checkStandIns(judgement);
  checkUnfinished(judgement);
  checkWeightsThere(judgement);
  checkIndexThere(judgement);
  checkSavedModel(judgement);
  checkBasename(judgement);
  checkRenamed(judgement);
  checkShards(judgement);
  checkGlob(judgement);
}

}  // namespace bp
