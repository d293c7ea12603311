// What each dropped file is, by its first and last bytes and its name.
#include <algorithm>
#include <string_view>

#include "containers/checkpoint_state.h"
#include "intake/intake.h"
#include "text/unicode.h"

namespace bp {
namespace {

constexpr uint64_t kWholeLimit = 1 << 20;    // small files that are likely needed are asked for whole at once,
constexpr uint64_t kWholeTotal = 16 << 20;   // as long as they stay small together
constexpr int kVocabTokens = 3;              // special tokens at the beginning of a text that make it a vocabulary

bool isWeightsKind(FileKind kind) {
  switch (kind) {
    case FileKind::kHdf5:
    case FileKind::kNpy:
    case FileKind::kNpz:
    case FileKind::kGguf:
    case FileKind::kOnnx: return true;
    default: return isHfWeightsKind(kind);
  }
}

bool isArchiveKind(FileKind kind) { return kind == FileKind::kZip || kind == FileKind::kGzip || kind == FileKind::kTar; }

std::string firstCharacters(std::string_view text, size_t count) {
  std::u32string characters = decodeUtf8Lossy(text.substr(0, count * 4));
  if (characters.size() > count) characters.resize(count);
  return encodeUtf8(characters);
}

// `checkpoint` names the latest prefix in its first line; a long list of older ones may be cut.
std::optional<CheckpointState> checkpointState(std::string_view head, uint64_t size) {
  if (head.size() < size) head = head.substr(0, head.rfind('\n') + 1);
  return readCheckpointState(head);
}

int configRank(std::string_view name, std::string_view head) {
  int rank = name == "bert_config.json" ? 8 : name == "config.json" ? 4 : looksLikeModelConfig(name) ? 2 : 0;
  for (const std::string_view key : {"\"hidden_size\"", "\"num_hidden_layers\"", "\"num_attention_heads\"", "\"model_type\""}) {
    if (head.find(key) != std::string_view::npos) return rank + 3;
  }
  return rank;
}

}  // namespace

// Small files that are likely needed whole. What must be inflated is read to its end only where its beginning leaves open what
// it is: a table is known by its last bytes.
void Intake::askForBeginning(uint32_t id, uint64_t offset, uint64_t size, std::string_view name, NameKind kind) {
  want(id, offset, std::min(size, kSniffHead));
  const bool inflated = files_[id].isInflated() && offset == 0;
  if (!inflated && size > kSniffTail) want(id, offset + size - kSniffTail, kSniffTail);
  const bool likely = kind == NameKind::kIndex || kind == NameKind::kMeta || kind == NameKind::kVocab || looksLikeModelConfig(name) ||
                      name == "tokenizer_config.json";
  if (!likely || size > kWholeLimit || asked_whole_ + size > kWholeTotal) return;
  want(id, offset, size);
  asked_whole_ += size;
}

bool Intake::readEnds(uint32_t id, std::vector<uint8_t>& head, std::vector<uint8_t>& tail) {
  const uint64_t size = facts_.files[id].size;
  head.resize(static_cast<size_t>(std::min(size, kSniffHead)));
  tail.clear();
  if (files_[id].source->read(0, head) != ReadStatus::kOk) return false;
  if (files_[id].isInflated()) {
    const FileKind kind = sniff(head, {}, size);
    const bool open = kind == FileKind::kUnknown || kind == FileKind::kProtobuf || kind == FileKind::kOnnx;
    if (!open || files_[id].name.kind == NameKind::kShard || files_[id].name.kind == NameKind::kMeta) return true;
  }
  tail.resize(static_cast<size_t>(std::min(size, kSniffTail)));
  return files_[id].source->read(size - tail.size(), tail) == ReadStatus::kOk;
}

// Every file that is not sniffed yet.
bool Intake::sniffAll() {
  bool all_here = true;
  std::vector<uint8_t> head, tail;
  for (uint32_t id = 0; id < files_.size(); ++id) {
    if (!files_[id].sniffed && !isRefused(id) && !readEnds(id, head, tail)) all_here = false;
  }
  if (!all_here) return false;
  for (uint32_t id = 0; id < files_.size(); ++id) {
    if (files_[id].sniffed) continue;
    files_[id].sniffed = true;
    if (isRefused(id)) {
      head.clear();
    } else {
      readEnds(id, head, tail);
      files_[id].kind = sniff(head, tail, facts_.files[id].size);
      recognise(id, head);
    }
    sortFile(id, {reinterpret_cast<const char*>(head.data()), head.size()});
  }
  return true;
}

void Intake::recognise(uint32_t id, std::span<const uint8_t> head) {
  SetFile& facts = facts_.files[id];
  const std::string_view text(reinterpret_cast<const char*>(head.data()), head.size());
  facts.kind = std::string(fileKindName(files_[id].kind));
  if (files_[id].kind == FileKind::kEmpty) facts.state = FileState::kEmpty;
  if (files_[id].kind == FileKind::kWebPage) {
    facts.state = FileState::kWebPage;
    facts.head = firstCharacters(text, 60);
  }
  if (files_[id].kind == FileKind::kGitLfsPointer) {
    facts.state = FileState::kLfsPointer;
    const LfsPointer pointer = readLfsPointer(text);
    facts.lfs_oid = pointer.oid;
    facts.lfs_size = pointer.size;
  }
}

// Gives a file the role its name and content ask for. Which of several is used is settled later.
void Intake::sortFile(uint32_t id, std::string_view head) {
  SetFile& facts = facts_.files[id];
  const FileKind kind = files_[id].kind;
  const FileName& name = files_[id].name;
  const bool itself = facts.state == FileState::kAsNamed;
  if (isLitter(facts.folder, facts.name)) return;
  if (isArchiveKind(kind) && isArchiveName(facts.name)) {
    facts.role = FileRole::kArchive;
  } else if (name.kind == NameKind::kShard) {
    facts.role = FileRole::kShard;
  } else if (name.kind == NameKind::kIndex || kind == FileKind::kTfTable) {
    facts.role = FileRole::kIndex;
    IndexCandidate candidate;
    candidate.file = id;
    candidate.suffix = name.kind == NameKind::kIndex;
    candidate.stem = candidate.suffix ? name.stem : facts.name.substr(0, facts.name.find(".index", 1));
    indexes_.push_back(std::move(candidate));
  } else if (name.kind == NameKind::kMeta) {
    facts.role = FileRole::kMeta;
  } else if (facts.name == "checkpoint" && !isWeightsKind(kind) && !isArchiveKind(kind)) {
    facts.role = FileRole::kCheckpointText;
    if (const auto state = checkpointState(head, facts.size)) checkpoints_.push_back({id, state->model_checkpoint_path});
  } else if (facts.name == "saved_model.pb") {
    facts.role = FileRole::kSavedModel;
  } else if (facts.name == "tokenizer_config.json") {
    facts.role = FileRole::kTokenizerConfig;
    tokenizer_configs_.push_back({id, 0});
  } else if (name.kind == NameKind::kVocab && (itself || facts.name.ends_with(".txt"))) {
    vocab_candidates_.push_back({id, vocabRank(facts.name, head)});
  } else if (isHfWeightsKind(kind) && kind != FileKind::kTorchTar) {
    facts.role = FileRole::kWeights;
  } else if (isWeightsKind(kind)) {
    facts.role = FileRole::kNotRead;
    facts_.not_read.push_back(facts.path);
  } else if (isArchiveKind(kind) || isOtherArchive(kind) || (!itself && name.kind == NameKind::kArchive)) {
    facts.role = FileRole::kArchive;
  } else if (!itself && name.kind == NameKind::kWeights) {
    facts.role = FileRole::kWeights;
  } else if (name.kind == NameKind::kJson || kind == FileKind::kJson) {
    if (const int rank = configRank(facts.name, head)) config_candidates_.push_back({id, rank});
  } else if (const int rank = vocabRank(facts.name, head); kind == FileKind::kText && rank >= kVocabTokens) {
    vocab_candidates_.push_back({id, rank});
  }
}

}  // namespace bp
