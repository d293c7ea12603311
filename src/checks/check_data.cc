// Do the data files hold what the index says?
#include <algorithm>
#include <map>
#include <tuple>

#include "base/sort.h"
#include "base/text.h"
#include "checks/judgement.h"
#include "checks/thresholds.h"

namespace bp {
namespace {

using enum Effect;

// As TensorFlow prints checksums: decimal, at least eight digits.
std::string decimal(uint32_t value) { return padded(value, 8); }

struct FailedPart {
  uint32_t tensor;
  const TensorPart* part;
  uint32_t calculated;
};

struct ShardCount {
  std::vector<uint32_t> cut;       // tensors that reach past the end of the file
  std::vector<FailedPart> failed;  // wholly inside, another checksum
  uint64_t inside = 0, checked = 0, passed = 0;

  std::vector<uint32_t> failedTensors() const {
    std::vector<uint32_t> tensors;
    for (const FailedPart& one : failed) {
      if (tensors.empty() || tensors.back() != one.tensor) tensors.push_back(one.tensor);
    }
    return tensors;
  }
};

std::map<int32_t, ShardCount> countShards(const Judgement& judgement) {
  const TensorTable& table = judgement.table();
  const DataPass* data = judgement.input().data;
  std::map<int32_t, ShardCount> shards;
  for (uint32_t i = 0; i < table.size(); ++i) {
    if (!table[i].usable) continue;
    for (size_t p = 0; p < table[i].parts.size(); ++p) {
      const TensorPart& part = table[i].parts[p];
      if (part.extent.file == kNoFile) continue;
      const uint64_t size = judgement.facts().files[part.extent.file].size;
      ShardCount& count = shards[part.shard];
      if (part.extent.offset > size || part.extent.length > size - part.extent.offset) {
        if (count.cut.empty() || count.cut.back() != i) count.cut.push_back(i);
        continue;
      }
      ++count.inside;
      if (data == nullptr || part.extent.length == 0) continue;
      const PartResult& result = data->parts(i)[p];
      if (result.state != PartState::kGood && result.state != PartState::kChecksumMismatch) continue;
      ++count.checked;
      if (result.state == PartState::kGood) {
        ++count.passed;
      } else {
        count.failed.push_back({i, &part, part.run ? data->run(*part.run).crc_calculated : result.crc_calculated});
      }
    }
  }
  return shards;
}

void reportCut(Judgement& judgement, const ShardCount& count, const ShardSlot& slot, const SetFile& file) {
  const TensorTable& table = judgement.table();
  const auto start = [&](uint32_t tensor) { return table[tensor].parts[0].extent.offset; };
  const uint32_t first = *std::min_element(count.cut.begin(), count.cut.end(), [&](uint32_t a, uint32_t b) { return start(a) < start(b); });
  Finding finding{"bundle/truncated-data"};
  finding.subject = {SubjectKind::kFile, file.path, "", 0};
  finding.consumers = judgement.readersOf(count.cut, kRefuses);
  finding.variant = file.size == 0 ? "empty" : "";
  put(finding.args, "file", file.name, "size", file.size, "expected", slot.bytes, "missing", slot.bytes - std::min(slot.bytes, file.size),
      "tensor", table[first].name, "byte", file.size, "whole", count.inside, "total", count.inside + count.cut.size());
  set(finding.evidence.found, file.size);
  set(finding.evidence.expected, slot.bytes);
  finding.evidence.at = Place{file.path, file.size, 0};
  finding.evidence.items = namesOf(table, count.cut);
  finding.evidence.seen_as = "Read less bytes than requested";
  judgement.add(std::move(finding));
}

void reportMixed(Judgement& judgement, const ShardCount& count, const ShardSlot& slot, const SetFile& file) {
  Finding finding{"bundle/mixed-pair"};
  finding.subject = {SubjectKind::kFile, file.path, "", 0};
  finding.consumers = judgement.all(kRefuses);
  put(finding.args, "checked", count.checked, "file", file.name, "size", file.size, "expected", slot.bytes, "index",
      judgement.facts().files[judgement.facts().index_file].name);
  set(finding.evidence.found, 0);
  set(finding.evidence.expected, count.checked);
  finding.evidence.items = namesOf(judgement.table(), count.failedTensors());
  judgement.add(std::move(finding));
}

void reportFailed(Judgement& judgement, const ShardCount& count, const SetFile& file) {
  const TensorTable& table = judgement.table();
  const FailedPart& first = count.failed[0];
  const std::vector<uint32_t> tensors = count.failedTensors();
  const ChecksumRun* run = first.part->run ? &table.runs()[*first.part->run] : nullptr;
  const Extent& extent = run != nullptr ? run->extent : first.part->extent;
  const uint32_t stored = run != nullptr ? run->crc32c : first.part->crc32c.value_or(0);
  Finding finding{"bundle/checksum-mismatch"};
  finding.subject = {SubjectKind::kTensor, file.path, table[first.tensor].name, 0};
  finding.consumers = judgement.readersOf(tensors, kRefuses);
  put(finding.args, "tensor", table[first.tensor].name, "count", tensors.size(), "good", count.passed, "checked", count.checked, "stored",
      hex(stored), "calculated", hex(first.calculated), "offset", extent.offset, "length", extent.length);
  set(finding.evidence.found, first.calculated);
  set(finding.evidence.expected, stored);
  finding.evidence.at = Place{file.path, extent.offset, extent.length};
  finding.evidence.items = namesOf(table, tensors);
  if (run == nullptr) {
    finding.evidence.seen_as = "TensorBundle at " + judgement.facts().prefix() + " shard " + std::to_string(first.part->shard) + " (" +
                               std::to_string(extent.length) + " bytes): Checksum does not match: stored " + decimal(stored) +
                               " vs. calculated on the restored bytes " + decimal(first.calculated);
  }
  judgement.add(std::move(finding));
}

// Things a writer never does but every reader takes.
void reportUnusual(Judgement& judgement, const std::string& variant, const std::string& path, Json args) {
  Finding finding{"bundle/unusual"};
  finding.subject = {SubjectKind::kFile, path, "", 0};
  finding.consumers = judgement.all(kHarmless);
  finding.variant = variant;
  finding.args = std::move(args);
  judgement.add(std::move(finding));
}

void checkSharedBytes(Judgement& judgement) {
  struct Span {
    uint32_t file;
    uint64_t offset, end;
    std::string_view name;
  };
  std::vector<Span> spans;
  for (const TensorInfo& tensor : judgement.table().all()) {
    for (const TensorPart& part : tensor.parts) {
      const Extent& extent = part.extent;
      if (extent.file == kNoFile || extent.length == 0 || part.values || !tensor.usable || extent.offset > UINT64_MAX - extent.length) continue;
      spans.push_back({extent.file, extent.offset, extent.offset + extent.length, tensor.name});
    }
  }
  stableSort(spans, [](const Span& a, const Span& b) { return std::tie(a.file, a.offset, a.end) < std::tie(b.file, b.offset, b.end); });
  for (size_t i = 1; i < spans.size(); ++i) {
    if (spans[i].file != spans[i - 1].file || spans[i].offset >= spans[i - 1].end) continue;
    reportUnusual(judgement, "shared-bytes", judgement.path(spans[i].file), object("first", spans[i - 1].name, "second", spans[i].name));
    return;
  }
}

}  // namespace

void checkData(Judgement& judgement) {
  if (!judgement.readable() || judgement.facts().isHfSet()) return;
  const SetFacts& facts = judgement.facts();
  const std::map<int32_t, ShardCount> shards = countShards(judgement);
  if (facts.big_endian) reportUnusual(judgement, "big-endian", judgement.indexPath(), Json::object());
  for (const ShardSlot& slot : facts.shards) {
    if (slot.file == kNoFile) continue;
    const SetFile& file = facts.files[slot.file];
    const auto found = shards.find(slot.id);
    const ShardCount count = found == shards.end() ? ShardCount() : found->second;
    if (!count.cut.empty()) reportCut(judgement, count, slot, file);
    // Of a V1 checkpoint index and data are one file.
    const bool pair = facts.weights == WeightsKind::kTfBundle;
    if (pair && count.passed == 0 && count.checked >= kMixedPairMinimum) {
      reportMixed(judgement, count, slot, file);
    } else if (!count.failed.empty()) {
      reportFailed(judgement, count, file);
    } else if (file.state == FileState::kAsNamed && slot.bytes > 0 && file.size > slot.bytes) {
      reportUnusual(judgement, "trailing-bytes", file.path, object("file", file.name, "bytes", file.size - slot.bytes));
    }
  }
  checkSharedBytes(judgement);
}

}  // namespace bp
