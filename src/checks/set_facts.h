// What is known of the dropped files before anything is judged: plain facts, filled by the intake room, read by
// every check. Nothing here knows how a container is built.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bert/bert_config.h"
#include "tensors/tensor_table.h"

namespace bp {

inline std::string joinPath(const std::string& folder, const std::string& name) { return folder.empty() ? name : folder + "/" + name; }

enum class FileRole : uint8_t {
  kUnused, kIndex, kShard, kMeta, kCheckpointText, kConfig, kTokenizerConfig, kVocab, kWeights, kArchive, kSavedModel, kNotRead,
};
std::string_view fileRoleName(FileRole role);

enum class FileState : uint8_t { kAsNamed, kLfsPointer, kWebPage, kEmpty, kUnreadable };

struct SetFile {
  std::string path;    // as dropped
  std::string folder;  // without the last "/"; empty: none
  std::string name;    // last part of the path
  uint64_t size = 0;
  std::string kind;    // by content: "tf-table", "json", …
  FileRole role = FileRole::kUnused;
  FileState state = FileState::kAsNamed;
  std::string head;    // first 60 characters of a web page, or why it is unreadable
  std::string lfs_oid;
  uint64_t lfs_size = 0;
  uint32_t inside = kNoFile;  // the archive it lies in
};

enum class WeightsKind : uint8_t { kNone, kTfBundle, kTfV1, kSafetensors, kTorch, kOther };
enum class IndexState : uint8_t { kGood, kMissing, kTooShort, kDamaged, kNewer };

// Why a file was not read, or not to its end.
struct FileFault {
  enum class Kind : uint8_t { kUnreadable, kTruncated, kBadHeader, kNotRead };
  uint32_t file = 0;
  Kind kind = Kind::kUnreadable;
  std::string why;      // unreadable: the system's words; of an archive the rule it breaks: "overlap", "encrypted", …
  std::string member;   // of the archive, where it is about one
  uint64_t offset = 0;
  uint64_t found = 0, expected = 0;  // sizes of a truncated file; expected 0: not known
};

struct RenamedPart {
  uint32_t file = 0;
  std::string is;         // "index", "shard 0 of 1"
  std::string should_be;  // name, without folder
  bool index_without_suffix = false;
};

struct ShardSlot {
  int32_t id = 0;
  uint32_t file = kNoFile;
  std::string name;         // what TensorFlow looks for
  uint64_t tensors = 0;     // entries that lie in it
  uint64_t bytes = 0;       // max(offset + size) of them
};

struct EntryFault {  // bundle/entry-size
  std::string tensor;
  int64_t stored = 0;
  int64_t expected = 0;  // -1: no size fits (an unknown type or a shape without one)
  int64_t offset = 0;
  uint64_t record_offset = 0;
};

struct PartitionedTensor {
  std::string tensor;
  uint64_t slices = 0;
  std::vector<std::string> faults;  // empty: covered once
};

enum class WeightsState : uint8_t {
  kGood,
  kAbsent,        // the map names it, and no file is called so
  kStandIn,       // a Git LFS pointer, a web page, or unreadable
  kOtherContent,  // not what its name says
  kTruncated,
  kBadHeader,
  kRefusedPickle,
  kTorchScript,
  kNotRead,       // a form that is only recognised
};

struct WeightsFile {  // one of a set that is no TF bundle, as its reader found it
  uint32_t file = kNoFile;
  std::string name;  // without folder
  WeightsState state = WeightsState::kGood;
  std::string rule, what;  // of a fault: a slug, and the reference reader's words
  std::string subject;     // the tensor, opcode or global concerned
  uint64_t offset = 0, length = 0;
  uint64_t found = 0, expected = 0;  // sizes of a truncated file; expected 0: not known
  bool no_format = false;            // safetensors that do not say which library they are for
  std::string metadata;              // what they say instead, as JSON
  std::string wrapper;               // the key under which a pickle keeps its tensors, one level down
  std::vector<std::string> outer_keys;
};

struct OtherSet {  // a further set among the files, not judged
  std::string prefix;
  std::string kind;
  int64_t tensors = 0;
};

struct MetaFacts {
  uint32_t file = kNoFile;
  bool readable = false;
  std::string tensorflow_version;
  std::vector<std::string> names;
};

struct SetFacts {
  std::vector<SetFile> files;  // by id

  WeightsKind weights = WeightsKind::kNone;
  std::string folder;      // where the weights lie
  std::string stem;        // "bert_model.ckpt"; as the index has it, or as the data files ask for; of other sets the name of the file
  std::vector<std::string> stems;  // of all indexes there are
  std::vector<OtherSet> others;

  uint32_t index_file = kNoFile;
  IndexState index = IndexState::kMissing;
  std::string index_step, index_what;  // where a damaged index went wrong; TensorFlow's words for a newer one
  uint64_t index_offset = 0, index_length = 0;
  bool index_has_crc = false;
  uint32_t index_crc_stored = 0, index_crc_calculated = 0;
  bool v1_named_index = false;

  int32_t num_shards = 0;
  bool big_endian = false;
  std::vector<ShardSlot> shards;
  std::vector<RenamedPart> renamed;
  int32_t shard_count_in_names = 0;     // not 0: files fit by id, but their -of-N is this
  std::vector<std::string> unfinished;  // names of an unfinished save
  std::vector<EntryFault> entry_faults;
  std::vector<PartitionedTensor> partitioned;

  std::vector<WeightsFile> weights_files;  // of safetensors and PyTorch sets, in the order they are read
  uint32_t shard_map = kNoFile;            // "model.safetensors.index.json", where they are several
  std::vector<std::string> map_faults;     // tensors that the map and the files place differently

  bool saved_model_pb = false;
  std::optional<std::string> checkpoint_path;  // what the text file `checkpoint` names
  uint32_t checkpoint_file = kNoFile;
  MetaFacts meta;
  std::vector<std::pair<std::string, std::string>> object_graph;  // key → full name

  std::vector<BertConfig> configs;   // every JSON text that describes a model, or is called as one
  int32_t config = -1;               // the one judged
  std::vector<uint32_t> config_files;  // file of configs[i]
  uint32_t vocab_file = kNoFile;
  std::string vocab_text;
  bool vocab_is_text = true;
  uint64_t vocab_bad_offset = 0;     // first byte that is not UTF-8
  std::string vocab_kind;            // why it is no vocabulary: "pickle", "zip", "json", "not UTF-8", …
  std::optional<BertConfig> tokenizer_config;
  std::vector<std::string> not_read;  // paths recognised but not parsed
  std::vector<uint32_t> archives;     // that hold the weights judged
  std::vector<FileFault> faults;

  // Weights under Hugging Face's names, which transformers reads by itself.
  bool isHfSet() const { return weights == WeightsKind::kSafetensors || weights == WeightsKind::kTorch; }
  std::string prefix() const { return at(stem); }  // what a loader is given
  // Where a path lies once the archive it leads into is unpacked where it is.
  std::string unpacked(const std::string& path) const;
  // Where a loader looks for a file of the set.
  std::string at(const std::string& name) const { return unpacked(joinPath(folder, name)); }
  const BertConfig* judgedConfig() const { return config < 0 ? nullptr : &configs[static_cast<size_t>(config)]; }
};

}  // namespace bp
