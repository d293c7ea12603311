#include "intake/file_names.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "base/text.h"

namespace bp {
namespace {

constexpr std::string_view kTempState = ".tempstate";
constexpr std::string_view kWeightsTails[] = {".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".h5", ".hdf5", ".keras", ".npz", ".gguf", ".onnx", ".msgpack"};
constexpr std::string_view kArchiveTails[] = {".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar"};

bool isDigit(char c) { return c >= '0' && c <= '9'; }

std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

template <size_t N>
bool endsWithOne(std::string_view name, const std::string_view (&tails)[N]) {
  return std::any_of(std::begin(tails), std::end(tails), [&](std::string_view tail) { return name.ends_with(tail); });
}

// At least five digits at `position`; moves it behind them.
bool readNumber(std::string_view name, size_t& position, int32_t& number) {
  size_t end = position;
  while (end < name.size() && isDigit(name[end])) ++end;
  if (end - position < 5) return false;
  const auto [rest, error] = std::from_chars(name.data() + position, name.data() + end, number);
  position = end;
  return error == std::errc();
}

// Where a mark like "(1)", with a blank before it or not, stands; npos: nowhere.
size_t copyMark(std::string_view name, size_t& length) {
  for (size_t open = name.find('('); open != std::string_view::npos; open = name.find('(', open + 1)) {
    size_t i = open + 1;
    while (i < name.size() && isDigit(name[i])) ++i;
    if (i == open + 1 || i >= name.size() || name[i] != ')') continue;
    const size_t start = open > 0 && name[open - 1] == ' ' ? open - 1 : open;
    length = i + 1 - start;
    return start;
  }
  return std::string_view::npos;
}

// ".tempstate" and digits at the end, cut off.
bool cutTempState(std::string_view& name) {
  const size_t at = name.rfind(kTempState);
  if (at == std::string_view::npos || at + kTempState.size() == name.size()) return false;
  const std::string_view digits = name.substr(at + kTempState.size());
  if (!std::all_of(digits.begin(), digits.end(), isDigit)) return false;
  name = name.substr(0, at);
  return true;
}

bool isTempFolder(std::string_view folder) {
  if (folder.ends_with("_temp")) return true;
  if (folder.size() < 38 || folder.substr(folder.size() - 38, 6) != "_temp_") return false;
  const std::string_view hex = folder.substr(folder.size() - 32);
  return std::all_of(hex.begin(), hex.end(), [](char c) { return isDigit(c) || (c >= 'a' && c <= 'f'); });
}

// "S.data-00000-of-00001" with anything behind it.
bool readShard(std::string_view name, FileName& result) {
  const size_t at = name.rfind(".data-");
  if (at == std::string_view::npos) return false;
  size_t position = at + 6;
  if (!readNumber(name, position, result.shard) || name.substr(position, 4) != "-of-") return false;
  position += 4;
  if (!readNumber(name, position, result.of)) return false;
  result.kind = NameKind::kShard;
  result.stem = name.substr(0, at);
  result.plain = result.plain && position == name.size();
  return true;
}

std::vector<std::string_view> parts(std::string_view folder) {
  std::vector<std::string_view> list;
  while (!folder.empty()) {
    const size_t slash = std::min(folder.find('/'), folder.size());
    if (slash > 0) list.push_back(folder.substr(0, slash));
    folder.remove_prefix(std::min(slash + 1, folder.size()));
  }
  return list;
}

}  // namespace

std::optional<V1ShardName> readV1ShardName(std::string_view name) {
  const size_t of = name.rfind("-of-");
  if (of == std::string_view::npos || of == 0) return std::nullopt;
  const size_t dash = name.rfind('-', of - 1);
  if (dash == std::string_view::npos || dash == 0) return std::nullopt;
  V1ShardName found;
  size_t position = dash + 1;
  int32_t number = 0;
  if (!readNumber(name, position, number) || position != of) return std::nullopt;
  const std::string_view digits = name.substr(dash + 1, of - dash - 1);
  position = of + 4;
  if (!readNumber(name, position, found.of) || position != name.size()) return std::nullopt;
  found.stem = name.substr(0, dash);
  found.pattern = found.stem + "-" + std::string(digits.size(), '?') + std::string(name.substr(of));
  return found;
}

std::string lastPart(std::string_view path) {
  while (!path.empty() && (path.back() == '/' || path.back() == '\\')) path.remove_suffix(1);
  return std::string(path.substr(path.find_last_of("/\\") + 1));
}

bool isArchiveName(std::string_view name) { return endsWithOne(lowered(withoutCopyMark(name)), kArchiveTails); }

bool hasCopyMark(std::string_view name) {
  size_t length = 0;
  return copyMark(name, length) != std::string_view::npos;
}

std::string withoutCopyMark(std::string_view name) {
  size_t length = 0;
  const size_t at = copyMark(name, length);
  if (at == std::string_view::npos) return std::string(name);
  return std::string(name.substr(0, at)) + std::string(name.substr(at + length));
}

std::string shardName(std::string_view stem, int32_t id, int32_t of) {
  return std::string(stem) + ".data-" + padded(static_cast<uint32_t>(id), 5) + "-of-" + padded(static_cast<uint32_t>(of), 5);
}

int64_t stepOf(std::string_view stem) {
  const size_t dash = stem.rfind('-');
  int64_t step = -1;
  if (dash == std::string_view::npos) return -1;
  const auto [rest, error] = std::from_chars(stem.data() + dash + 1, stem.data() + stem.size(), step);
  return error == std::errc() && rest == stem.data() + stem.size() && step >= 0 ? step : -1;
}

FileName readFileName(std::string_view folder, std::string_view name) {
  FileName result;
  result.unfinished = cutTempState(name);
  if (name.starts_with("part-") && isTempFolder(folder)) result.unfinished = true;
  // A mark after the suffix belongs to the copy; one inside the stem may be the author's.
  const std::string unmarked = name.ends_with(')') ? withoutCopyMark(name) : std::string(name);
  result.plain = unmarked == name;
  if (readShard(unmarked, result)) return result;
  const bool meta = unmarked.ends_with(".meta");
  if (meta || unmarked.ends_with(".index")) {
    result.kind = meta ? NameKind::kMeta : NameKind::kIndex;
    result.stem = unmarked.substr(0, unmarked.rfind('.'));
    return result;
  }
  const std::string low = lowered(unmarked);
  if (low.ends_with(".json") || low.ends_with(".json.txt")) result.kind = NameKind::kJson;
  else if (isArchiveName(low)) result.kind = NameKind::kArchive;
  else if (endsWithOne(low, kWeightsTails)) result.kind = NameKind::kWeights;
  else if (low.find("vocab") != std::string::npos) result.kind = NameKind::kVocab;
  return result;
}

bool isLitter(std::string_view folder, std::string_view name) {
  if (name.starts_with("._") || name == ".DS_Store") return true;
  const std::vector<std::string_view> folders = parts(folder);
  return std::any_of(folders.begin(), folders.end(), [](std::string_view part) { return part == "__MACOSX" || part == ".git"; });
}

bool looksLikeModelConfig(std::string_view name) {
  const std::string low = withoutCopyMark(lowered(name));
  if (low == "tokenizer_config.json" || low == "generation_config.json" || low == "adapter_config.json") return false;
  return low == "config.json" || low == "bert_config.json" || low == "bert_config.json.txt" ||
         (low.find("bert") != std::string::npos && low.find("config") != std::string::npos);
}

int vocabRank(std::string_view name, std::string_view head) {
  const std::string low = withoutCopyMark(lowered(name));
  int rank = 0;
  if (low == "vocab.txt") rank = 8;
  else if (low.find("vocab") != std::string::npos) rank = 4;
  for (const std::string_view token : {"[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]"}) {
    for (size_t at = head.find(token); at != std::string_view::npos; at = head.find(token, at + 1)) {
      const size_t after = at + token.size();
      const bool starts = at == 0 || head[at - 1] == '\n' || head[at - 1] == '\r' || head.substr(0, at) == "\xef\xbb\xbf";
      if (!starts || (after < head.size() && head[after] != '\n' && head[after] != '\r')) continue;
      ++rank;
      break;
    }
  }
  return rank;
}

bool looksLikeSentencePiece(std::string_view text) {
  size_t lines = 0, scored = 0;
  for (size_t start = 0; start < text.size() && lines < 50;) {
    const size_t end = std::min(text.find('\n', start), text.size());
    const std::string_view line = text.substr(start, end - start);
    const size_t tab = line.find('\t');
    if (tab != std::string_view::npos && tab + 1 < line.size() && (line[tab + 1] == '-' || isDigit(line[tab + 1]))) ++scored;
    ++lines;
    start = end + 1;
  }
  return lines >= 10 && scored * 10 >= lines * 9;
}

int folderDistance(std::string_view from, std::string_view to) {
  const std::vector<std::string_view> a = parts(from), b = parts(to);
  const auto [rest_a, rest_b] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  return static_cast<int>(2 * (a.end() - rest_a) + 3 * (b.end() - rest_b));
}

}  // namespace bp
