// What a file's name says: the parts of a checkpoint (tensor_bundle/naming.cc), copies a browser made, unfinished saves.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bp {

enum class NameKind : uint8_t { kOther, kIndex, kShard, kMeta, kJson, kVocab, kWeights, kArchive };

struct FileName {
  NameKind kind = NameKind::kOther;
  std::string stem;         // what stands before ".index", ".data-…" or ".meta"; a copy mark in it stays
  int32_t shard = 0;
  int32_t of = 0;
  bool plain = true;        // nothing around the pattern but the stem
  bool unfinished = false;  // ".tempstate123" at the end, or "part-…" in a folder "…_temp" or "…_temp_<32 hex digits>"
};

FileName readFileName(std::string_view folder, std::string_view name);
bool isArchiveName(std::string_view name);                             // ends in ".zip", ".tar.gz", …
std::string shardName(std::string_view stem, int32_t id, int32_t of);  // "S.data-00000-of-00001"
bool hasCopyMark(std::string_view name);                               // "(1)"
std::string withoutCopyMark(std::string_view name);                    // " (1)" or "(1)" taken out
std::string lastPart(std::string_view path);                           // after the last "/" or "\"
int64_t stepOf(std::string_view stem);                                 // "model.ckpt-1200": 1200; -1: none

// Files no one saved as part of a model: what macOS puts beside others, and the insides of .git.
bool isLitter(std::string_view folder, std::string_view name);
bool looksLikeModelConfig(std::string_view name);  // bert_config.json, config.json, albert_config_base.json, …
// How much a text is like a WordPiece vocabulary by its name and its beginning; 0: not one.
int vocabRank(std::string_view name, std::string_view head);
bool looksLikeSentencePiece(std::string_view text);  // "piece<TAB>score" lines

// Steps from one folder to another, where going down costs more than going up: what lies above a set is more likely its own.
int folderDistance(std::string_view from, std::string_view to);

}  // namespace bp
