// What lies beside the weights: config, vocabulary, graph, and what a TF2 save tells of its names.
#include <algorithm>
#include <tuple>

#include "base/sort.h"
#include "containers/meta_graph.h"
#include "containers/object_graph.h"
#include "intake/intake.h"
#include "text/unicode.h"

namespace bp {
namespace {

constexpr uint64_t kConfigLimit = 10 << 20;
constexpr uint64_t kVocabLimit = 64 << 20;
constexpr uint64_t kObjectGraphLimit = 64 << 20;
constexpr size_t kMostConfigs = 32;  // the nearest
constexpr int kOwnConfig = 16;       // more than any other rank

}  // namespace

// The nearest to the weights first, of equally near ones that with the better name.
void Intake::chooseCompanions() {
  const auto sorted = [&](std::vector<TextCandidate>& candidates, size_t most) {
    stableSort(candidates, [&](const TextCandidate& a, const TextCandidate& b) {
      const auto order = [&](const TextCandidate& c) { return std::make_tuple(folderDistance(facts_.folder, facts_.files[c.file].folder), -c.rank); };
      return order(a) < order(b);
    });
    if (candidates.size() > most) candidates.resize(most);
  };
  for (TextCandidate& config : config_candidates_) {  // transformers reads no other
    if (facts_.isHfSet() && facts_.files[config.file].name == "config.json") config.rank += kOwnConfig;
  }
  sorted(config_candidates_, kMostConfigs);
  sorted(vocab_candidates_, 1);
  sorted(tokenizer_configs_, 1);
  for (const TextCandidate& config : config_candidates_) facts_.files[config.file].role = FileRole::kConfig;
  for (uint32_t id = 0; id < files_.size(); ++id) {
    const SetFile& file = facts_.files[id];
    if (file.role == FileRole::kMeta && file.folder == facts_.folder && files_[id].name.stem == facts_.stem) facts_.meta.file = id;
  }
}

// False: not here yet. A file that is refused, or larger than such a file can be, is here and empty.
bool Intake::readWhole(uint32_t file, uint64_t limit, std::string& text) {
  text.clear();
  const uint64_t size = facts_.files[file].size;
  if (!files_[file].refused && size > limit) refuse(file, "larger than such a file can be");
  if (files_[file].refused) return true;
  std::vector<uint8_t> bytes(static_cast<size_t>(size));
  if (files_[file].source->read(0, bytes) != ReadStatus::kOk) return false;
  text.assign(bytes.begin(), bytes.end());
  return true;
}

bool Intake::readCompanions() {
  // Everything is asked for before anything is waited for.
  bool all_here = true;
  std::vector<std::string> configs(config_candidates_.size());
  for (size_t i = 0; i < configs.size(); ++i) all_here &= readWhole(config_candidates_[i].file, kConfigLimit, configs[i]);
  std::string vocab, tokenizer_config;
  std::vector<uint8_t> object_graph;
  for (const TextCandidate& candidate : vocab_candidates_) all_here &= readWhole(candidate.file, kVocabLimit, vocab);
  for (const TextCandidate& candidate : tokenizer_configs_) all_here &= readWhole(candidate.file, kConfigLimit, tokenizer_config);
  MetaGraph graph;
  bool meta_readable = false;
  if (facts_.meta.file != kNoFile && !files_[facts_.meta.file].refused) {
    const ParseStatus status = readMetaGraph(*files_[facts_.meta.file].source, graph);
    all_here &= status != ParseStatus::kPending;
    meta_readable = status == ParseStatus::kOk;
  }
  all_here &= readObjectGraphTensor(object_graph);
  if (!all_here) return false;

  settleConfigs(std::move(configs));
  if (!vocab_candidates_.empty()) settleVocab(vocab_candidates_[0].file, std::move(vocab));
  for (const TextCandidate& candidate : tokenizer_configs_) {
    facts_.tokenizer_config = BertConfig::parse(facts_.files[candidate.file].path, std::move(tokenizer_config));
  }
  facts_.meta.readable = meta_readable;
  facts_.meta.tensorflow_version = std::move(graph.tensorflow_version);
  facts_.meta.names = std::move(graph.saved_names);
  const auto serialized = readStringScalar(object_graph, facts_.big_endian);
  const auto variables = serialized ? readObjectGraph(*serialized) : std::nullopt;
  if (!variables) return true;
  for (const ObjectGraphVariable& variable : *variables) facts_.object_graph.emplace_back(variable.checkpoint_key, variable.full_name);
  return true;
}

void Intake::settleConfigs(std::vector<std::string> texts) {
  for (size_t i = 0; i < texts.size(); ++i) {
    const uint32_t id = config_candidates_[i].file;
    const SetFile& file = facts_.files[id];
    BertConfig config = BertConfig::parse(file.path, file.state == FileState::kAsNamed ? std::move(texts[i]) : "");
    if (!looksLikeModelConfig(file.name) && !(config.good() && config.describesModel())) {
      facts_.files[id].role = FileRole::kUnused;
      continue;
    }
    facts_.configs.push_back(std::move(config));
    facts_.config_files.push_back(id);
  }
  if (!facts_.configs.empty()) facts_.config = 0;
}

void Intake::settleVocab(uint32_t id, std::string text) {
  SetFile& file = facts_.files[id];
  file.role = FileRole::kVocab;
  facts_.vocab_file = id;
  if (file.state != FileState::kAsNamed) return;
  uint64_t bad = UINT64_MAX;
  decodeUtf8(text, &bad);
  const FileKind kind = files_[id].kind;
  const bool braces = kind == FileKind::kJson && text.find("\n[CLS]") != std::string::npos;  // a first line that is a brace
  if (kind == FileKind::kJson && !braces) {
    facts_.vocab_kind = "json";
  } else if (kind != FileKind::kText && kind != FileKind::kUnknown && !braces) {
    facts_.vocab_kind = file.kind;
  } else if (bad != UINT64_MAX) {
    facts_.vocab_bad_offset = bad;
    facts_.vocab_kind = "not UTF-8";
  } else if (looksLikeSentencePiece(text)) {
    facts_.vocab_kind = "sentencepiece";
  }
  facts_.vocab_is_text = facts_.vocab_kind.empty();
  facts_.vocab_text = std::move(text);
}

// The stored bytes of the tensor that maps keys to names, where there is one. False: not here yet.
bool Intake::readObjectGraphTensor(std::vector<uint8_t>& stored) {
  const TensorInfo* tensor = table_.find(kObjectGraphKey);
  if (tensor == nullptr || tensor->dtype != DType::kString || tensor->parts.size() != 1) return true;
  const Extent& extent = tensor->parts[0].extent;
  if (extent.file == kNoFile || files_[extent.file].refused || extent.length > kObjectGraphLimit) return true;
  stored.resize(static_cast<size_t>(extent.length));
  const ReadStatus status = files_[extent.file].source->read(extent.offset, stored);
  if (status == ReadStatus::kPastEnd) stored.clear();
  return status != ReadStatus::kPending;
}

}  // namespace bp
