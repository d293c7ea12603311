// A cause hides its consequences and takes over their effects (findings.md §6). One table; what is not in it is said twice.
#include <algorithm>

#include "checks/judgement.h"

namespace bp {
namespace {

struct FoldRule {
  const char* cause;  // a code, or an area with "*"
  bool (*when)(const Judgement&, const Finding& cause);  // null: always
  const char* hides;  // such patterns, with spaces between
  bool (*unless)(const Judgement&, const Finding& cause, const Finding& hidden);  // null: never
};

bool matches(std::string_view pattern, std::string_view code) {
  const size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == code;
  const std::string_view before = pattern.substr(0, star), after = pattern.substr(star + 1);
  return code.size() >= before.size() + after.size() && code.substr(0, before.size()) == before && code.substr(code.size() - after.size()) == after;
}

bool matchesAny(std::string_view patterns, std::string_view code) {
  for (size_t start = 0; start < patterns.size();) {
    const size_t end = std::min(patterns.find(' ', start), patterns.size());
    if (matches(patterns.substr(start, end - start), code)) return true;
    start = end + 1;
  }
  return false;
}

bool isError(const Judgement&, const Finding& cause) { return severityOf(cause) == Severity::kError; }

// Of a container that cannot be read; a Keras file in the wrong library's hands can.
bool isBroken(const Judgement& judgement, const Finding& cause) { return isError(judgement, cause) && cause.code != Code(
    "container/keras-order"); }

// ERNIE and the like are BERT in names and shapes: what is missing there is missing.
bool isOtherModel(const Judgement&, const Finding& cause) {
  return cause.code != Code("family/ernie") && cause.code != Code("family/roberta-positions");
}

FileRole roleOf(const Judgement& judgement, const std::string& path) {
  for (const SetFile& file : judgement.facts().files) {
    if (file.path == path) return file.role;
  }
  return FileRole::kUnused;
}

// Whether a finding is about something else than the content of the cause's file, or the lack of it.
bool elsewhere(const Judgement& judgement, const Finding& cause, const Finding& hidden) {
  const std::string_view code = hidden.code.text();
  const FileRole role = roleOf(judgement, cause.subject.file);
  // What is missing may lie in an archive that could not be opened; one that nobody needs is no error.
  if (role == FileRole::kArchive && severityOf(cause) == Severity::kError && code.ends_with("-missing")) return false;
  if (code == "files/config-missing") return role != FileRole::kConfig;
  if (code == "files/vocab-missing") return role != FileRole::kVocab;
  if (code == "files/index-missing") return role != FileRole::kIndex;
  if (code == "files/data-shard-missing") return role != FileRole::kShard;
  if (code == "files/weights-missing") return role == FileRole::kConfig || role == FileRole::kVocab || role == FileRole::kTokenizerConfig;
  return hidden.subject.file != cause.subject.file;
}

bool otherTensor(const Judgement&, const Finding& cause, const Finding& hidden) {
  const auto& items = cause.evidence.items;
  return std::find(items.begin(), items.end(), hidden.subject.name) == items.end();
}

// The surplus lines are the ones that were put in.
bool otherSurplus(const Judgement&, const Finding& cause, const Finding& hidden) {
  const auto surplus = hidden.args.find("surplus"), shifted = cause.args.find("shift");
  return surplus == hidden.args.end() || shifted == cause.args.end() || *surplus != *shifted;
}

bool otherReader(const Judgement&, const Finding& cause, const Finding& hidden) {
  return std::any_of(hidden.consumers.begin(), hidden.consumers.end(), [&](const Affected& one) {
    return one.effect <= Effect::kLoadsWrong && std::none_of(cause.consumers.begin(), cause.consumers.end(), [&](const Affected& caused) {
             return caused.entry == one.entry;
           });
  });
}

bool comparesNoConfig(const Judgement&, const Finding&, const Finding& hidden) {
  return hidden.subject.kind != SubjectKind::kConfigKey && hidden.code.area() == "shapes";
}

// What a family does not explain: other odd keys, and the pooler that its own class asks for.
bool notOfFamily(const Judgement& judgement, const Finding&, const Finding& hidden) {
  if (hidden.code == Code("names/pooler-missing")) {
    return std::any_of(hidden.consumers.begin(), hidden.consumers.end(), [&](const Affected& one) {
      return one.effect < Effect::kHarmless && !judgement.outcomes[one.entry].buildsBert();
    });
  }
  return hidden.code == Code("config/not-plain-bert") && hidden.subject.name != "embedding_size";
}

bool notOnHeads(const Judgement& judgement, const Finding&, const Finding& hidden) {
  return hidden.subject.name.compare(0, judgement.names.scope.size() + 4, judgement.names.scope + "cls/") != 0;
}

bool ofTheConfig(const Judgement&, const Finding& cause) { return cause.subject.kind == SubjectKind::kConfigKey; }

bool isMlm(const Judgement&, const Finding& cause) { return cause.code == Code("names/mlm-head-missing") || cause.variant == "mlm"; }

bool notByBias(const Judgement&, const Finding&, const Finding& hidden) {
  return hidden.code == Code("vocab/other-model") && hidden.variant != "bias";
}

bool ofOtherShards(const Judgement& judgement, const Finding&, const Finding& hidden) {
  const TensorInfo* tensor = judgement.table().find(hidden.subject.name);
  if (tensor == nullptr) return true;
  return std::none_of(tensor->parts.begin(), tensor->parts.end(), [](const TensorPart& part) { return part.extent.file == kNoFile; });
}

constexpr const char* kOfOneFile =
    "bundle/* container/* names/* shapes/* config/* vocab/* weights/* files/config-missing files/vocab-missing "
    "files/index-missing files/data-shard-missing files/weights-missing";
constexpr const char* kNoTable = "names/* shapes/* weights/* run/* bundle/*";
constexpr const char* kNoFiles = "files/index-missing files/data-shard-missing files/weights-missing files/renamed-part";
constexpr const char* kProbe = "run/mlm-probe-failed run/flat-attention";
constexpr const char* kSweeps =
    "run/mlm-probe-failed run/heads-mismatch run/activation-mismatch run/casing-mismatch run/position-offset "
    "run/transposed-kernels vocab/other-model";
constexpr FoldRule kRules[] = {
    {"files/lfs-pointer", nullptr, kOfOneFile, elsewhere},
    {"files/web-page", nullptr, kOfOneFile, elsewhere},
    {"files/truncated", nullptr, kOfOneFile, elsewhere},
    {"files/renamed-not-converted", nullptr, kOfOneFile, elsewhere},
    {"container/*", isBroken, kOfOneFile, elsewhere},
    {"container/wrapped-state-dict", nullptr, "names/*", nullptr},
    {"container/keras-order", nullptr, "names/*", nullptr},
    {"set/adapter-only", nullptr, "names/* files/config-missing files/names-for-other-loader files/weights-missing", nullptr},
    {"files/index-missing", nullptr, kNoTable, nullptr},
    {"files/weights-missing", nullptr, kNoTable, nullptr},
    {"bundle/index-*", nullptr, kNoTable, nullptr},
    {"bundle/newer-version", nullptr, kNoTable, nullptr},
    {"files/data-shard-missing", nullptr, "bundle/checksum-mismatch bundle/entry-size bundle/partitioned weights/*", ofOtherShards},
    {"files/renamed-part", isError, kNoFiles, nullptr},
    {"bundle/shard-count", nullptr, kNoFiles, nullptr},
    {"files/unfinished-save", nullptr, kNoFiles, nullptr},
    {"files/saved-model", isError, kNoFiles, nullptr},
    {"bundle/v1-checkpoint", isError, kNoFiles, nullptr},
    {"bundle/truncated-data", nullptr, "bundle/checksum-mismatch weights/*", otherTensor},
    {"bundle/mixed-pair", nullptr, "bundle/truncated-data bundle/unusual bundle/checksum-mismatch weights/* run/*", nullptr},
    {"family/electra-two-models", nullptr, "family/electra", nullptr},
    {"family/*", isOtherModel,
     "names/missing-* names/extra-scope names/near-miss names/mlm-head-missing names/nsp-head-missing names/pooler-missing "
     "names/converter-cannot-map shapes/vocab-rows shapes/other-size config/heads-unusual config/*-layers config/missing-key "
     "config/embedding-size config/not-plain-bert run/*",
     notOfFamily},
    {"names/object-graph", nullptr, "names/*", nullptr},
    {"names/head-for-headless-class", nullptr, "names/converter-cannot-map", notOnHeads},
    {"config/more-layers", nullptr, "names/converter-cannot-map", otherTensor},
    {"config/fewer-layers", nullptr, "names/not-used names/converter-cannot-map", otherTensor},
    {"config/not-json", nullptr, "config/* shapes/*", comparesNoConfig},
    {"config/byte-order-mark", nullptr, "config/* shapes/*", comparesNoConfig},
    {"files/config-missing", nullptr, "config/* shapes/*", comparesNoConfig},
    {"shapes/other-size", ofTheConfig, "config/heads-*", nullptr},
    {"shapes/layout-vs-names", nullptr, "config/heads-*", nullptr},
    {"config/heads-do-not-divide", nullptr, "config/heads-unusual", nullptr},
    {"config/model-type-wrong", nullptr, "set/roberta-in-name", nullptr},
    {"vocab/not-text", nullptr, "vocab/* run/mlm-probe-failed", nullptr},
    {"files/vocab-missing", nullptr, "vocab/* run/mlm-probe-failed", nullptr},
    {"vocab/byte-order-mark", nullptr, "vocab/pad-not-zero", nullptr},
    {"vocab/line-shift", nullptr, "vocab/special-missing", otherReader},
    {"vocab/line-shift", nullptr, "vocab/more-lines-than-rows", otherSurplus},
    {"vocab/blank-line", nullptr, "vocab/more-lines-than-rows", otherSurplus},
    {"container/keras3-weights", nullptr, "files/not-read", nullptr},
    {"weights/not-finite", nullptr, "weights/over-half-range run/*", nullptr},
    {"weights/untrained-head", isMlm, kSweeps, notByBias},
    {"names/mlm-head-missing", isMlm, kSweeps, notByBias},
    {"weights/untrained-part", nullptr, kProbe, nullptr},
    {"vocab/other-model", nullptr, kProbe, nullptr},
    {"run/heads-mismatch", nullptr, "run/mlm-probe-failed run/flat-attention config/heads-unusual", nullptr},
    {"run/casing-mismatch", nullptr, "run/mlm-probe-failed run/flat-attention vocab/casing", nullptr},
    {"run/activation-mismatch", nullptr, kProbe, nullptr},
    {"run/position-offset", nullptr, kProbe, nullptr},
    {"run/transposed-kernels", nullptr, kProbe, nullptr},
    {"set/optimizer-slots", nullptr, "names/not-used set/other-tensors", otherTensor},
    {"set/task-head", nullptr, "names/not-used set/other-tensors", otherTensor},
};

void cover(Finding& cause, const Finding& hidden) {
  cause.consumers = std::move(cause.consumers) + hidden.consumers;
  const auto add = [&](Code code, uint64_t count) {
    const auto same = std::find_if(cause.covers.begin(), cause.covers.end(), [&](const Cover& one) { return one.code == code; });
    if (same == cause.covers.end()) {
      cause.covers.push_back({code, count});
    } else {
      same->count += count;
    }
  };
  add(hidden.code, 1);
  for (const Cover& inner : hidden.covers) add(inner.code, inner.count);
}

}  // namespace

void foldConsequences(const Judgement& judgement, std::vector<Finding>& findings) {
  std::vector<bool> hidden(findings.size(), false);
  for (const FoldRule& rule : kRules) {
    for (size_t c = 0; c < findings.size(); ++c) {
      if (hidden[c] || !matches(rule.cause, findings[c].code.text())) continue;
      if (rule.when != nullptr && !rule.when(judgement, findings[c])) continue;
      for (size_t h = 0; h < findings.size(); ++h) {
        if (h == c || hidden[h] || findings[h].code == findings[c].code) continue;
        if (!matchesAny(rule.hides, findings[h].code.text()) || (rule.unless != nullptr && rule.unless(judgement, findings[c], findings[h]))) continue;
        hidden[h] = true;
        cover(findings[c], findings[h]);
      }
    }
  }
  std::vector<Finding> kept;
  for (size_t i = 0; i < findings.size(); ++i) {
    if (!hidden[i]) kept.push_back(std::move(findings[i]));
  }
  findings = std::move(kept);
}

}  // namespace bp
