// Which file holds which shard of a bundle: by name, by number, or by what is in it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "bytes/byte_source.h"
#include "checks/set_facts.h"
#include "containers/tensor_bundle.h"
#include "intake/file_names.h"

namespace bp {

struct DataFile {  // that may be a shard, in the folder of the index
  uint32_t id = 0;
  uint64_t size = 0;
  FileName name;
  ByteSource* source = nullptr;  // null: its bytes are not those of a data file
};

class ShardMatcher {
 public:
  enum class How : uint8_t { kMissing, kName, kNumber, kContent };
  struct Shard {
    ShardSlot slot;
    How how = How::kMissing;
    size_t file = 0;  // in files(); meaningful unless kMissing
  };

  ShardMatcher(const TensorBundle& bundle, std::string stem, std::vector<DataFile> files);

  // What names did not settle. False: bytes are missing; called again once they are here.
  bool matchByContent();

  // Of each shard that entries name, by number.
  const std::map<int32_t, Shard>& shards() const { return shards_; }
  const std::vector<DataFile>& files() const { return files_; }
  int32_t otherCount() const { return other_count_; }  // the -of-N of files taken by number; 0: none
  // The stem under which all files were found that are not called by the index's own; empty: there is no such one.
  std::string foundStem() const;

 private:
  struct Probe {
    uint64_t offset = 0;
    uint64_t size = 0;
    uint32_t crc = 0;
  };

  void note(int32_t number, int64_t offset, int64_t size, uint32_t crc, bool fixed_width);
  void matchByName();
  void matchByNumber();
  void give(Shard& shard, How how, size_t file);

  std::string stem_;
  int32_t count_;
  std::vector<DataFile> files_;
  std::vector<bool> used_;  // beside files_
  std::map<int32_t, Shard> shards_;
  std::map<int32_t, std::vector<Probe>> probes_;  // of each shard the smallest tensors
  int32_t other_count_ = 0;
};

}  // namespace bp
