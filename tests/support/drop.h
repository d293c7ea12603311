// Files in memory through Intake, as JavaScript would bring them, with an eye on what is asked for.
#pragma once

#include <algorithm>
#include <map>
#include <string>

#include "doctest/doctest.h"
#include "intake/intake.h"
#include "support/bundle_builder.h"
#include "support/fixture_files.h"

namespace bp::test {

class Drop {
 public:
  Drop& add(std::string path, Bytes bytes) {
    paths_.push_back(path);
    intake_.addFile(std::move(path), bytes.size());
    contents_.push_back(std::move(bytes));
    return *this;
  }
  Drop& add(std::string path, std::string_view text) { return add(std::move(path), bytesOf(text)); }
  // A whole folder of the fixtures; paths begin with its own name.
  Drop& addFolder(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    for (const auto& file : files) add((folder.filename() / file.lexically_relative(folder)).generic_string(), fileBytes(file));
    return *this;
  }
  Drop& refuse(const std::string& path) {  // its reads fail
    refused_.push_back(path);
    return *this;
  }
  Drop& swallow(const std::string& path) {  // its reads are never answered
    swallowed_.push_back(path);
    return *this;
  }

  // What a compressed member of a dropped archive inflates to; reads of others fail.
  Drop& inflate(const std::string& path, Bytes bytes) {
    inflated_[path] = std::move(bytes);
    return *this;
  }

  const SetFacts& open() {
    for (std::vector<WantedRead> reads; !(reads = intake_.advance()).empty();) {
      REQUIRE(++rounds < 20);
      takeMembers();
      for (const WantedRead& read : reads) {
        const Bytes& file = contents_[read.file];
        REQUIRE(read.offset <= file.size());
        REQUIRE(read.length <= file.size() - read.offset);
        for (const auto& [offset, length] : asked_[read.file]) {
          REQUIRE_MESSAGE((read.offset >= offset + length || offset >= read.offset + read.length), paths_[read.file]);  // never twice
        }
        asked_[read.file].emplace(read.offset, read.length);
        backward += read.file == last_.file && read.offset < last_.offset ? 1 : 0;
        last_ = read;
        bytes_read += read.length;
        if (among(swallowed_, paths_[read.file])) continue;
        if (among(refused_, paths_[read.file])) intake_.refuse(read.file, "permission denied");
        else intake_.supply(read.file, read.offset, std::span(file).subspan(read.offset, read.length));
      }
    }
    REQUIRE(intake_.done());
    return intake_.facts();
  }

  const TensorTable& table() const { return intake_.table(); }
  const SetFile& file(const std::string& path) const {
    const auto found = std::find_if(intake_.facts().files.begin(), intake_.facts().files.end(), [&](const SetFile& f) { return f.path == path; });
    REQUIRE_MESSAGE(found != intake_.facts().files.end(), path);
    return *found;
  }
  const std::string& pathOf(uint32_t id) const {
    static const std::string none = "-";
    return id < paths_.size() ? paths_[id] : none;
  }

  int rounds = 0;
  int backward = 0;  // reads before the one before in the same file
  uint64_t bytes_read = 0;

 private:
  void takeMembers() {
    for (const MemberFile& member : intake_.takeMembers()) {
      REQUIRE(member.file == paths_.size());
      const std::string& path = intake_.facts().files[member.file].path;
      const bool stored = member.method == MemberFile::Method::kStored;
      paths_.push_back(path);
      contents_.push_back(inflated_[path]);
      if (!stored && contents_.back().size() != member.size) {
        contents_.back().resize(static_cast<size_t>(member.size));
        refused_.push_back(path);
      }
    }
  }
  static bool among(const std::vector<std::string>& list, const std::string& path) { return std::find(list.begin(), list.end(), path) != list.end(); }

  Intake intake_;
  std::vector<std::string> paths_;
  std::vector<Bytes> contents_;
  std::map<uint32_t, std::map<uint64_t, uint64_t>> asked_;
  std::map<std::string, Bytes> inflated_;
  std::vector<std::string> refused_, swallowed_;
  WantedRead last_;
};

inline const char* kConfigText = "{\"hidden_size\": 4, \"num_hidden_layers\": 1, \"num_attention_heads\": 1, \"vocab_size\": 6}";
inline const char* kVocabText = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\n";

inline BundleBuilder smallBundle(size_t shards = 1, uint8_t seed = 1) {
  BundleBuilder bundle(shards);
  bundle.add("bert/embeddings/word_embeddings", {6, 4}, {}, 0, seed);
  bundle.add("bert/pooler/dense/bias", {4}, {}, shards - 1, static_cast<uint8_t>(seed + 1));
  bundle.add("bert/pooler/dense/kernel", {4, 4}, {}, shards > 1 ? 1 : 0, static_cast<uint8_t>(seed + 2));
  return bundle;
}

// The files of a set under a prefix: "dir/bert_model.ckpt".
inline void addBundle(Drop& drop, const std::string& prefix, const BundleBuilder& bundle, int32_t shards = 1) {
  drop.add(prefix + ".index", bundle.index());
  for (int32_t i = 0; i < shards; ++i) drop.add(shardName(prefix, i, shards), bundle.data(static_cast<size_t>(i)));
}

}  // namespace bp::test
