// A handful of files of any content under names that matter, some of them archives: the set is known after a few rounds of
// reading, nothing is asked for twice, and every extent in the table can be computed with.
#include <map>

#include "intake/intake.h"
#include "support/bundle_builder.h"
#include "support/fuzz_input.h"
#include "support/tar_builder.h"
#include "support/zip_builder.h"

using namespace bp::test;

namespace {

constexpr const char* kNames[] = {
    "m.index", "d/m.index", "m", "m (1).index", "m.index.tempstate7", "m.data-00000-of-00001", "m.data-00001-of-00002", "d/m.data-00000-of-00001",
    "n.data-00000-of-00001", "m.meta", "checkpoint", "d/checkpoint", "bert_config.json", "d/config.json", "vocab.txt", "words.txt",
    "tokenizer_config.json", "saved_model.pb", "variables/variables.index", "x.bin", "a.zip", "a.tar", "m.index.gz", "a.tgz", "m_temp/part-00000-of-00001.index", "", "../\x01"};

constexpr uint64_t kMostInflated = 1 << 16;  // what a member inflates to here; reads of larger ones fail

Bytes contentsOf(FuzzInput& input, const Bytes& good_index, const Bytes& good_data) {
  switch (input.below(8)) {
    case 4: {
      const auto form = [&](const char* name, const Bytes& bytes) {
        ZipMember member = ZipMember::plain(name, textOf(bytes));
        if (input.below(2) == 0) return member;
        const size_t size = input.byte() | size_t{input.byte()} << 8;
        return ZipMember::deflated(name, bytes, std::min<size_t>(size, 1032 * bytes.size()));
      };
      return zipOf({form("d/m.index", good_index), form("d/m.data-00000-of-00001", good_data), form("d/words.txt", input.shortPiece())});
    }
    case 5: return tarOf({{"d/m.index", good_index}, {"d/m.data-00000-of-00001", good_data}, {"d/bert_config.json", input.shortPiece()}});
    case 6: {
      Bytes bytes = fromHex("1f 8b 08 00 00 00 00 00 00 03");
      append(bytes, input.shortPiece());
      putLe(bytes, 0, 4);
      putLe(bytes, input.byte() | uint64_t{input.byte()} << 8, 4);
      return bytes;
    }
    case 0: return good_index;
    case 1: return good_data;
    case 2: {  // a sound table of any entries
      TableBuilder table;
      table.add("", fromHex("08 01 1a 02 08 01"));
      for (size_t i = input.below(4); i > 0; --i) {
        const Bytes key = input.shortPiece();
        table.add(std::string(textOf(key)), input.shortPiece());
      }
      return table.build();
    }
    case 3: {  // a good index with one byte changed
      Bytes bytes = good_index;
      const size_t at = (input.byte() | size_t{input.byte()} << 8) % bytes.size();
      bytes[at] ^= static_cast<uint8_t>(1 + input.below(255));
      return bytes;
    }
    default: return input.piece();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const BundleBuilder bundle = [] {
    BundleBuilder made;
    made.add("bert/w", {3, 2}).addSliced("p", {4}, {{{0}, {2}}, {{2}, {-1}}}).addBytes("_CHECKPOINTABLE_OBJECT_GRAPH", {}, fromHex("00 00 00 00 00"), 7);
    return made;
  }();
  static const Bytes good_index = bundle.index();
  FuzzInput input(data, size);
  bp::Intake intake;
  std::vector<Bytes> contents;
  for (size_t count = input.below(12); count > 0; --count) {
    const char* name = kNames[input.below(std::size(kNames))];
    contents.push_back(contentsOf(input, good_index, bundle.data()));
    intake.addFile(name, contents.back().size());
  }
  const uint8_t fails = input.byte();  // reads of this file fail, or are never answered
  const bool silent = (fails & 0x80) != 0;
  std::vector<std::map<uint64_t, uint64_t>> asked(contents.size());
  const Bytes inflates_to = tarOf({{"d/m.index", good_index}, {"d/m.data-00000-of-00001", bundle.data()}});
  int rounds = 0;
  for (std::vector<bp::WantedRead> reads; !(reads = intake.advance()).empty();) {
    require(++rounds < 40);
    for (const bp::MemberFile& member : intake.takeMembers()) {
      require(member.file == contents.size() && member.parent < member.file);
      Bytes bytes;
      if (member.method != bp::MemberFile::Method::kStored && member.size <= kMostInflated) bytes = inflates_to;
      if (!bytes.empty()) bytes.resize(static_cast<size_t>(member.size));
      contents.push_back(std::move(bytes));
      asked.emplace_back();
    }
    for (const bp::WantedRead& read : reads) {
      if (contents[read.file].empty()) {
        intake.refuse(read.file, "no");
        continue;
      }
      require(read.file < contents.size() && read.offset <= contents[read.file].size() && read.length <= contents[read.file].size() - read.offset);
      for (const auto& [offset, length] : asked[read.file]) require(read.offset >= offset + length || offset >= read.offset + read.length);
      asked[read.file].emplace(read.offset, read.length);
      if (read.file != (fails & 0x7f)) intake.supply(read.file, read.offset, std::span(contents[read.file]).subspan(read.offset, read.length));
      else if (!silent) intake.refuse(read.file, "no");
    }
  }
  require(intake.done());
  const size_t files = intake.facts().files.size();
  for (const bp::TensorInfo& tensor : intake.table().all()) {
    uint64_t bytes = 0;
    for (const bp::TensorPart& part : tensor.parts) {
      require(part.extent.file == bp::kNoFile || part.extent.file < files);
      require(part.extent.offset <= INT64_MAX && part.extent.length <= INT64_MAX);
      bytes += part.extent.length;
    }
    require(tensor.bytes() == bytes);
    const auto count = bp::elementCount(tensor.shape);
    if (tensor.usable) require(count.has_value());
    if (tensor.usable && bp::itemSize(tensor.dtype) > 0) require(bytes == static_cast<uint64_t>(*count) * bp::itemSize(tensor.dtype));
  }
  const bp::SetFacts& facts = intake.facts();
  for (const bp::ShardSlot& slot : facts.shards) require(slot.file == bp::kNoFile || slot.file < files);
  for (const bp::RenamedPart& part : facts.renamed) require(part.file < files && !part.should_be.empty());
  require(facts.config < static_cast<int32_t>(facts.configs.size()));
  return 0;
}
