// What is known of the dropped files before anything is judged: plain facts, filled by the intake room, read by
// every check. Nothing here knows how a container is built.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bert/bert_config.h"
#include "tensors/tensor_table.h"

namespace bp {

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

enum class WeightsKind : uint8_t { kNone, kTfBundle, kTfV1, kOther };
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
  std::string stem;        // "bert_model.ckpt"; as the index has it, or as the data files ask for
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
  std::vector<uint32_t> archives;     // that hold the weights judged, or may hold what is missing
  std::vector<FileFault> faults;

  std::string prefix() const { return unpacked(folder.empty() ? stem : folder + "/" + stem); }  // what a loader is given
  // Where a path lies once the archive it leads into is unpacked where it is.
  std::string unpacked(const std::string& path) const;
  const BertConfig* judgedConfig() const { return config < 0 ? nullptr : &configs[static_cast<size_t>(config)]; }
};

}  // namespace bp
