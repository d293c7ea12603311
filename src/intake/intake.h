// Finds the set among whatever was dropped: says which bytes it needs, recognises files by content and name,
// reads the small ones whole, opens the containers and lays down what it found as SetFacts and a TensorTable.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bytes/byte_source.h"
#include "checks/set_facts.h"
#include "containers/shard_map.h"
#include "containers/sniff.h"
#include "containers/tar.h"
#include "containers/tensor_bundle.h"
#include "containers/tensor_file.h"
#include "containers/zip.h"
#include "intake/file_names.h"
#include "intake/shard_matcher.h"
#include "intake/weights_files.h"
#include "tensors/tensor_table.h"

namespace bp {

// A file that lies in another one, as it must be read: a range of that, or what a range of that inflates to.
struct MemberFile {
  enum class Method : uint8_t { kStored, kDeflate, kGzip };
  uint32_t file = 0;
  uint32_t parent = 0;
  Method method = Method::kStored;
  uint64_t offset = 0, length = 0;  // of the stored bytes in the parent
  uint64_t size = 0;                // of the file; more bytes than that are a fault
  std::optional<uint32_t> crc32;    // of its bytes
};

struct WantedRead {
  uint32_t file = 0;
  uint64_t offset = 0;
  uint64_t length = 0;
};

class Intake {
 public:
  // `path` as dropped, "/" between folders. All files are added before the first advance().
  uint32_t addFile(std::string path, uint64_t size);
  void supply(uint32_t file, uint64_t offset, std::span<const uint8_t> bytes);
  void refuse(uint32_t file, std::string reason);
  // Goes on as far as the bytes here allow and says what it needs next, never the same range twice. Empty: done. Called
  // again once all of that is supplied or refused; a file that gave no bytes by then counts as refused.
  std::vector<WantedRead> advance();
  bool done() const { return done_; }
  // Members of archives that became files of the intake since the last call; advance() asks for bytes of those not stored.
  std::vector<MemberFile> takeMembers();
  // Bytes from `offset` on did not come while the data was read.
  void noteUnreadable(uint32_t file, uint64_t offset, std::string reason);

  const SetFacts& facts() const { return facts_; }
  const TensorTable& table() const { return table_; }

 private:
  struct File {
    std::unique_ptr<PagedSource> pages;  // null: a stored member, whose bytes are those of its archive
    std::unique_ptr<ByteSource> source;  // the pages, or a window on those of the archive
    uint32_t owner = 0;                  // of the pages it reads, and where it begins there
    uint64_t start = 0;
    FileKind kind = FileKind::kUnknown;
    FileName name;
    bool refused = false;
    bool asked = false;
    bool sniffed = false;
    std::optional<MemberFile> member;
    bool isInflated() const { return member && member->method != MemberFile::Method::kStored; }
  };
  struct IndexCandidate {  // a file that is or should be the index of a bundle
    uint32_t file = 0;
    std::string stem;
    bool suffix = true;  // called *.index
    int points = 0;      // by its name and neighbours
    std::optional<BundleStatus> status;  // nothing: not opened, or no bytes of an index
    uint64_t tensors = 0;
    TensorBundle bundle;  // of the best so far
    TableFault fault;
  };

  // The stages of advance(), in order; each is run again until it says true.
  bool expandArchives();
  bool openIndexes();
  bool openWeights();
  bool matchShards();
  bool readCompanions();

  // sort_files.cc
  bool sniffAll();
  bool readEnds(uint32_t file, std::vector<uint8_t>& head, std::vector<uint8_t>& tail);
  void askForBeginning(uint32_t file, uint64_t offset, uint64_t size, std::string_view name, NameKind kind);
  void recognise(uint32_t file, std::span<const uint8_t> head);
  void sortFile(uint32_t file, std::string_view head);
  void refuseSilent();

  // expand_archives.cc
  bool expand(uint32_t archive);
  bool expandZip(uint32_t archive);
  bool expandTar(uint32_t archive, uint32_t outer);
  void expandGzip(uint32_t archive);
  void settleArchives();
  bool mayExpand(uint32_t file) const;
  void addMember(uint32_t outer, const std::string& name, MemberFile member);
  void noteArchiveFault(uint32_t archive, TensorFileStatus status, const TensorFileFault& fault);

  // choose_set.cc
  void rankIndexes();
  bool indexOpened() const;
  void useShardsAlone();
  void listOthers();
  const std::string* checkpointPathIn(const std::string& folder) const;

  // open_weights.cc
  void findHfWeights();
  bool readMap(const WeightsGroup& group, ShardMap& map, WeightsFile& fault);
  bool readWeights(const std::string& name, uint32_t id, bool by_name);
  void settleRole(const WeightsFile& weights);
  void settleWeights(const WeightsGroup& group, const ShardMap& map);

  // match_shards.cc
  bool settleIndex();
  std::vector<DataFile> dataFiles() const;
  void settleNames();
  void settleSavedModel();
  // fill_table.cc
  void fillTable();

  // companions.cc
  void chooseCompanions();
  bool readWhole(uint32_t file, uint64_t limit, std::string& text);
  bool readObjectGraphTensor(std::vector<uint8_t>& stored);
  void settleConfigs(std::vector<std::string> texts);
  void settleVocab(uint32_t file, std::string text);

  struct OpenedWeights {
    WeightsFile facts;
    std::vector<TensorInfo> tensors;
  };
  struct CheckpointText {
    uint32_t file = 0;
    std::string path;  // what it names
  };
  struct TextCandidate {
    uint32_t file = 0;
    int rank = 0;
  };

  void want(uint32_t file, uint64_t offset, uint64_t length);
  bool isRefused(uint32_t file) const { return files_[file].refused || files_[files_[file].owner].refused; }

  std::vector<File> files_;
  std::vector<MemberFile> new_members_;
  std::map<uint32_t, TarDirectory> tars_;  // being walked
  size_t expanded_ = 0;                    // files looked at for members
  uint64_t asked_whole_ = 0;               // bytes of small files asked for at once
  uint64_t inflated_ = 0;                  // bytes that members inflate to
  SetFacts facts_;
  TensorTable table_;
  std::vector<IndexCandidate> indexes_;
  std::vector<CheckpointText> checkpoints_;
  std::vector<TextCandidate> config_candidates_, vocab_candidates_, tokenizer_configs_;
  int32_t chosen_ = -1;
  std::vector<WeightsGroup> weights_;        // that are no bundle; the first is judged if no index was opened
  std::map<std::string, OpenedWeights> opened_;  // by name
  std::optional<ShardMatcher> matcher_;
  size_t stage_ = 0;
  bool done_ = false;
};

}  // namespace bp
