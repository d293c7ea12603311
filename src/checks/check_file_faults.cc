// Could every file be read to its end?
#include <algorithm>

#include "checks/fixes.h"

namespace bp {
namespace {

using enum Effect;

bool isOfTheSet(const SetFacts& facts, uint32_t id) {
  const auto is = [id](const auto& part) { return part.file == id; };
  return id == facts.index_file || id == facts.vocab_file || std::any_of(facts.shards.begin(), facts.shards.end(), is) ||
         std::any_of(facts.weights_files.begin(), facts.weights_files.end(), is) ||
         (facts.config >= 0 && facts.config_files[static_cast<size_t>(facts.config)] == id);
}

// Would a loader come to its bytes? Of an archive: might what is missing lie in it?
bool isNeeded(const SetFacts& facts, uint32_t id) {
  const bool no_weights = facts.weights == WeightsKind::kNone || facts.weights == WeightsKind::kOther;
  if (isOfTheSet(facts, id)) return true;
  if (facts.files[id].role == FileRole::kArchive) {
    const bool holds = std::find(facts.archives.begin(), facts.archives.end(), id) != facts.archives.end();
    return no_weights || holds;
  }
  return no_weights && facts.files[id].role == FileRole::kWeights;
}

Code codeFor(FileFault::Kind kind) {
  switch (kind) {
    case FileFault::Kind::kBadHeader: return "container/bad-header";
    case FileFault::Kind::kNotRead: return "files/not-read";
    default: return "files/truncated";
  }
}

void report(Judgement& judgement, const FileFault& fault) {
  const SetFacts& facts = judgement.facts();
  const SetFile& file = facts.files[fault.file];
  const bool harmless = fault.kind == FileFault::Kind::kNotRead || !isNeeded(facts, fault.file);
  Finding finding{codeFor(fault.kind)};
  finding.subject = {SubjectKind::kFile, file.path, fault.member, 0};
  finding.consumers = judgement.each([&](const ConsumerSpec&, const Outcome&) { return std::optional(harmless ? kHarmless : kRefuses); });
  put(finding.args, "file", file.name, "kind", file.kind, "size", file.size, "why", fault.why, "offset", fault.offset);
  if (!fault.member.empty()) put(finding.args, "member", fault.member);
  switch (fault.kind) {
    case FileFault::Kind::kUnreadable: finding.variant = "unreadable"; break;
    case FileFault::Kind::kNotRead: {
      static constexpr std::string_view kWorded[] = {"encrypted", "method", "too-large", "too-many-members", "other-archive"};
      finding.variant = std::find(std::begin(kWorded), std::end(kWorded), fault.why) == std::end(kWorded) ? "archive" : fault.why;
      break;
    }
    case FileFault::Kind::kTruncated:
      finding.variant = fault.expected == 0 ? "archive" : "";
      set(finding.evidence.found, fault.found);
      if (fault.expected != 0) {
        set(finding.evidence.expected, fault.expected);
        put(finding.args, "missing", fault.expected - fault.found);
      }
      break;
    case FileFault::Kind::kBadHeader:
      finding.variant = fault.member.empty() || fault.why == "zip64" || fault.why == "central-record" ? "archive" : fault.why;
      set(finding.evidence.found, fault.why);
      finding.evidence.at = Place{file.path, std::min(fault.offset, file.size), 0};
      break;
  }
  judgement.add(std::move(finding));
}

}  // namespace

void checkFileFaults(Judgement& judgement) {
  for (const FileFault& fault : judgement.facts().faults) report(judgement, fault);
}

}  // namespace bp
