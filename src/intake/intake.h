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
#include "containers/tensor_bundle.h"
#include "containers/tensor_file.h"
#include "intake/file_names.h"
#include "intake/shard_matcher.h"
#include "intake/weights_files.h"
#include "tensors/tensor_table.h"

namespace bp {

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

  const SetFacts& facts() const { return facts_; }
  const TensorTable& table() const { return table_; }

 private:
  struct File {
    std::unique_ptr<PagedSource> source;
    FileKind kind = FileKind::kUnknown;
    FileName name;
    bool refused = false;
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
  bool sniffAll();
  bool openIndexes();
  bool openWeights();
  bool matchShards();
  bool readCompanions();

  // sort_files.cc
  void askForBeginnings();
  void recognise(uint32_t file, std::span<const uint8_t> head);
  void sortFile(uint32_t file, std::string_view head);
  void refuseSilent();

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

  std::vector<File> files_;
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
  bool asked_ = false;
  bool done_ = false;
};

}  // namespace bp
