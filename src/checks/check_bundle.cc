// Can the index be read, and does it agree with itself?
#include <algorithm>
#include <set>

#include "base/text.h"
#include "checks/fixes.h"

namespace bp {
namespace {

using enum Effect;

void checkIndex(Judgement& judgement) {
  const SetFacts& facts = judgement.facts();
  if (facts.weights == WeightsKind::kTfV1) {
    Finding finding{"bundle/v1-checkpoint"};
    finding.subject = {SubjectKind::kFile, judgement.path(facts.index_file), "", 0};
    finding.consumers = judgement.all(facts.v1_named_index ? kRefuses : kHarmless);
    finding.variant = facts.v1_named_index ? "named-index" : "";
    put(finding.args, "prefix", facts.prefix());
    finding.paste = Paste{PasteKind::kPrefix, facts.prefix()};
    judgement.add(std::move(finding));
  } else if (facts.weights != WeightsKind::kTfBundle || facts.index_file == kNoFile) {
    return;
  }
  const SetFile& file = facts.files[facts.index_file];
  const auto base = [&](Code code) {
    Finding finding{code};
    finding.subject = {SubjectKind::kFile, file.path, "", 0};
    finding.consumers = judgement.all(kRefuses);
    return finding;
  };
  switch (facts.index) {
    case IndexState::kTooShort: {
      Finding finding = base("bundle/index-too-short");
      put(finding.args, "size", file.size);
      set(finding.evidence.found, file.size);
      set(finding.evidence.expected, 48);
      finding.evidence.seen_as = "file is too short to be an sstable";
      judgement.add(std::move(finding));
      break;
    }
    case IndexState::kDamaged: {
      Finding finding = base("bundle/index-damaged");
      put(finding.args, "step", facts.index_step, "what", facts.index_what, "offset", facts.index_offset, "size", file.size);
      set(finding.evidence.found, facts.index_what);
      finding.evidence.at = Place{file.path, facts.index_offset, facts.index_length};
      finding.evidence.seen_as = facts.index_what;
      if (facts.index_has_crc) {
        finding.variant = "checksum";
        put(finding.args, "stored", hex(facts.index_crc_stored));
        put(finding.args, "calculated", hex(facts.index_crc_calculated));
        set(finding.evidence.found, hex(facts.index_crc_calculated));
        set(finding.evidence.expected, hex(facts.index_crc_stored));
      }
      judgement.add(std::move(finding));
      break;
    }
    case IndexState::kNewer: {
      Finding finding = base("bundle/newer-version");
      put(finding.args, "what", facts.index_what);
      finding.evidence.seen_as = facts.index_what;
      judgement.add(std::move(finding));
      break;
    }
    default: break;
  }
}

void checkEntries(Judgement& judgement) {
  const SetFacts& facts = judgement.facts();
  const TensorTable& table = judgement.table();
  if (!facts.entry_faults.empty()) {
    const EntryFault& first = facts.entry_faults[0];
    std::vector<uint32_t> tensors;
    for (const EntryFault& fault : facts.entry_faults) {
      if (const auto index = table.indexOf(fault.tensor)) tensors.push_back(*index);
    }
    Finding finding{"bundle/entry-size"};
    finding.subject = {SubjectKind::kTensor, judgement.path(facts.index_file), first.tensor, 0};
    finding.consumers = judgement.readersOf(tensors, kRefuses);
    put(finding.args, "stored", first.stored, "count", tensors.size(), "offset", first.offset);
    set(finding.evidence.found, first.stored);
    if (first.offset < 0) {
      finding.variant = "negative-offset";
      set(finding.evidence.found, first.offset);
      finding.evidence.seen_as = "Seeking to a negative position: " + std::to_string(first.offset);
    } else if (first.expected >= 0) {
      set(finding.evidence.expected, first.expected);
      if (facts.weights == WeightsKind::kTfBundle) {
        finding.evidence.seen_as = "Invalid size in bundle entry: key " + first.tensor + "; stored size " + std::to_string(first.stored) +
                                   "; expected size " + std::to_string(first.expected);
      }
    } else {
      finding.variant = "no-size";
    }
    finding.evidence.at = Place{judgement.path(facts.index_file), first.record_offset, 0};
    finding.evidence.items = namesOf(table, tensors);
    judgement.add(std::move(finding));
  }
  if (!facts.partitioned.empty()) {
    std::vector<std::string> faults;
    std::vector<uint32_t> holed;
    for (const PartitionedTensor& tensor : facts.partitioned) {
      if (tensor.faults.empty()) continue;
      if (const auto index = table.indexOf(tensor.tensor)) holed.push_back(*index);
      for (const std::string& fault : tensor.faults) faults.push_back(tensor.tensor + ": " + fault);
    }
    Finding finding{"bundle/partitioned"};
    const PartitionedTensor* shown = &facts.partitioned[0];
    for (const PartitionedTensor& tensor : facts.partitioned) {
      if (!tensor.faults.empty() && shown->faults.empty()) shown = &tensor;
    }
    finding.subject = {SubjectKind::kTensor, judgement.path(facts.index_file), shown->tensor, 0};
    // Python's reader, which all but google-research/bert and restored objects use, joins no slices of the older form.
    const bool v1 = facts.weights == WeightsKind::kTfV1;
    std::set<uint32_t> sliced;
    for (const PartitionedTensor& tensor : facts.partitioned) {
      if (const auto index = table.indexOf(tensor.tensor)) sliced.insert(*index);
    }
    finding.consumers = judgement.each([&](const ConsumerSpec& consumer, const Outcome& outcome) -> std::optional<Effect> {
      if (!holed.empty()) return kRefuses;
      const bool reads = std::any_of(sliced.begin(), sliced.end(), [&](uint32_t tensor) { return outcome.reads.count(tensor) > 0; });
      return v1 && consumer.id != Consumer::kGoogleBert && reads ? kRefuses : kHarmless;
    });
    finding.variant = !holed.empty() ? "hole" : v1 ? "v1" : "";
    put(finding.args, "count", facts.partitioned.size(), "slices", shown->slices, "name", shown->tensor);
    if (v1 && holed.empty()) {
      finding.evidence.seen_as = "Sliced checkpoints are not supported";
      finding.file = checkpointScript(judgement, "join_slices.py", "");
      finding.paste = Paste{PasteKind::kCode, finding.file->text};
    }
    for (const PartitionedTensor& tensor : facts.partitioned) finding.evidence.items.push_back(tensor.tensor + ": " + std::to_string(static_cast<int64_t>(tensor.slices)) + " slices");
    if (!holed.empty()) finding.evidence.items = faults;
    judgement.add(std::move(finding));
  }
}

}  // namespace

void checkBundle(Judgement& judgement) {
  checkIndex(judgement);
  if (judgement.readable()) checkEntries(judgement);
}

}  // namespace bp
