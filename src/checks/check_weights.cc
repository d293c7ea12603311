// Are the values those of a trained model? Asked once the data has been read.
#include <algorithm>
#include <cmath>
#include <map>

#include "bert/tensor_names.h"
#include "checks/judgement.h"
#include "checks/thresholds.h"

namespace bp {
namespace {

using enum Consumer;
using enum Effect;

Finding onTensor(Code code, const Judgement& judgement, uint32_t tensor) {
  const TensorInfo& info = judgement.table()[tensor];
  const uint32_t file = info.parts.empty() ? kNoFile : info.parts[0].extent.file;
  Finding finding{code};
  finding.subject = {SubjectKind::kTensor, file == kNoFile ? judgement.indexPath() : judgement.path(file), info.name, 0};
  put(finding.args, "tensor", info.name);
  return finding;
}

// Readers whose result depends on the values: those that take these roles into their model. The others are not harmed.
std::vector<Affected> usersOf(const Judgement& judgement, const std::vector<Role>& roles, Effect effect) {
  return judgement.each([&](const ConsumerSpec&, const Outcome& outcome) -> std::optional<Effect> {
    const bool uses = std::any_of(roles.begin(), roles.end(), [&](Role role) {
      return outcome.demand.has(groupOf(role.part)) && role.layer < outcome.demand.layers && outcome.missing.count(role) == 0;
    });
    return uses ? std::optional(effect) : std::nullopt;
  });
}

struct ReadTensor {
  Role role;
  uint32_t tensor = 0;
  const TensorStats* stats = nullptr;
};

std::vector<ReadTensor> readTensors(const Judgement& judgement) {
  std::vector<ReadTensor> list;
  for (const auto& [role, tensor] : judgement.names.repaired) {
    const TensorStats& stats = judgement.input().data->stats(tensor);
    if (stats.count > 0 && judgement.input().data->good(tensor)) list.push_back({role, tensor, &stats});
  }
  return list;
}

void checkFinite(Judgement& judgement, const std::vector<ReadTensor>& tensors) {
  std::vector<ReadTensor> bad;
  uint64_t nan = 0, inf = 0;
  for (const ReadTensor& one : tensors) {
    if (one.stats->nan + one.stats->inf == 0) continue;
    bad.push_back(one);
    nan += one.stats->nan;
    inf += one.stats->inf;
  }
  if (bad.empty()) return;
  const TensorInfo& info = judgement.table()[bad[0].tensor];
  Finding finding = onTensor("weights/not-finite", judgement, bad[0].tensor);
  std::vector<Role> roles;
  for (const ReadTensor& one : bad) {
    roles.push_back(one.role);
    finding.evidence.items.push_back(judgement.table()[one.tensor].name);
  }
  finding.consumers = usersOf(judgement, roles, kLoadsWrong);
  const uint64_t first = bad[0].stats->first_not_finite;
  put(finding.args, "count", bad.size(), "nan", nan, "inf", inf, "index", first);
  set(finding.evidence.found, nan + inf);
  set(finding.evidence.expected, 0);
  if (info.parts.size() == 1 && info.parts[0].extent.file != kNoFile) {
    const Extent& extent = info.parts[0].extent;
    put(finding.args, "byte", extent.offset + first * itemSize(info.dtype));
    finding.evidence.at = Place{judgement.path(extent.file), extent.offset + first * itemSize(info.dtype), itemSize(info.dtype)};
  }
  judgement.add(std::move(finding));
}

void checkRange(Judgement& judgement, const std::vector<ReadTensor>& tensors) {
  const auto magnitude = [](const ReadTensor& one) { return std::max(std::fabs(one.stats->smallest), std::fabs(one.stats->largest)); };
  const auto largest = std::max_element(tensors.begin(), tensors.end(), [&](const ReadTensor& a, const ReadTensor& b) { return magnitude(a) < magnitude(b); });
  if (largest == tensors.end() || magnitude(*largest) <= kLargestHalf) return;
  Finding finding = onTensor("weights/over-half-range", judgement, largest->tensor);
  finding.certainty = Certainty::kLikely;
  finding.consumers = judgement.all(kMayBeWrong);
  put(finding.args, "found", magnitude(*largest), "limit", kLargestHalf);
  set(finding.evidence.found, magnitude(*largest));
  set(finding.evidence.expected, kLargestHalf);
  for (const ReadTensor& one : tensors) {
    if (magnitude(one) > kLargestHalf) finding.evidence.items.push_back(judgement.table()[one.tensor].name);
  }
  judgement.add(std::move(finding));
}

bool isConstant(const ReadTensor& one) {
  const TensorStats& stats = *one.stats;
  return stats.count > 1 && stats.nan + stats.inf == 0 && stats.smallest == stats.largest;
}

void checkConstant(Judgement& judgement, const std::vector<ReadTensor>& tensors) {
  std::vector<ReadTensor> constant;
  for (const ReadTensor& one : tensors) {
    if ((isKernel(one.role.part) || isTable(one.role.part)) && isConstant(one)) constant.push_back(one);
  }
  if (constant.empty()) return;
  Finding finding = onTensor("weights/constant-kernel", judgement, constant[0].tensor);
  finding.certainty = Certainty::kLikely;
  std::vector<Role> roles;
  for (const ReadTensor& one : constant) {
    roles.push_back(one.role);
    finding.evidence.items.push_back(judgement.table()[one.tensor].name);
  }
  finding.consumers = usersOf(judgement, roles, kLoadsWrong);
  finding.variant = constant[0].stats->largest == 0 ? "" : "value";
  put(finding.args, "count", constant.size(), "found", constant[0].stats->largest);
  set(finding.evidence.found, constant[0].stats->largest);
  judgement.add(std::move(finding));
}

// The spread of numbers nobody trained: normal, cut at two standard deviations (TensorFlow) or not (PyTorch).
bool hasFreshSpread(const TensorStats& stats, double range) {
  if (stats.nan + stats.inf > 0 || stats.count < 2) return false;
  const double deviation = std::sqrt(stats.variance);
  const double tolerance = std::max(kFreshTolerance, kFreshSigmas / std::sqrt(2.0 * static_cast<double>(stats.count)));
  const double reach = std::max(std::fabs(stats.smallest), std::fabs(stats.largest));
  const auto near = [&](double expected) { return std::fabs(deviation - expected) <= tolerance * expected; };
  return near(range) || (reach <= 2 * range * 1.0001 && near(kTruncatedDeviation * range));
}

struct FreshGroup {
  bool fresh = true;     // every value of it could be a fresh start
  bool has_gamma = false;
  uint64_t gammas = 0, betas = 0;  // values that are exactly 1, exactly 0
  double deviation = 0;  // of the first kernel or table
  std::vector<Role> roles;
  uint32_t first = 0;
};

FreshGroup weigh(const std::vector<ReadTensor>& tensors, PartGroup group, int32_t layer, double range) {
  FreshGroup result;
  for (const ReadTensor& one : tensors) {
    if (groupOf(one.role.part) != group || one.role.layer != layer) continue;
    const TensorStats& stats = *one.stats;
    if (result.roles.empty()) result.first = one.tensor;
    result.roles.push_back(one.role);
    if (isGamma(one.role.part)) {
      result.has_gamma = true;
      result.gammas += stats.ones;
      result.fresh = result.fresh && stats.ones == stats.count;
    } else if (isBias(one.role.part)) {
      result.betas += stats.zeros;
      result.fresh = result.fresh && stats.zeros == stats.count;
    } else {
      if (result.deviation == 0) result.deviation = std::sqrt(stats.variance);
      result.fresh = result.fresh && hasFreshSpread(stats, range);
    }
  }
  if (result.deviation == 0) result.fresh = false;  // no matrix at all
  return result;
}

void checkUntrained(Judgement& judgement, const std::vector<ReadTensor>& tensors) {
  double range = 0.02;  // Google's and Hugging Face's default
  if (judgement.configGood()) {
    const auto said = judgement.config()->number("initializer_range");
    if (said && *said > 0 && std::isfinite(*said)) range = *said;
  }
  const auto fill = [&](Finding& finding, const FreshGroup& group) {
    put(finding.args, "ones", group.gammas, "zeros", group.betas, "deviation", group.deviation, "range", range);
    set(finding.evidence.found, group.deviation);
    set(finding.evidence.expected, kTruncatedDeviation * range);
  };
  struct Head {
    PartGroup group;
    const char* variant;
  };
  for (const Head& head : {Head{PartGroup::kMlm, "mlm"}, Head{PartGroup::kPooler, "pooler"}, Head{PartGroup::kNsp, "nsp"}}) {
    const FreshGroup group = weigh(tensors, head.group, -1, range);
    if (!group.fresh || group.roles.size() < rolesOf(head.group, 0).size()) continue;
    Finding finding = onTensor("weights/untrained-head", judgement, group.first);
    finding.certainty = group.has_gamma ? Certainty::kCertain : Certainty::kLikely;
    finding.variant = head.variant;
    finding.consumers = judgement.all(kHarmless) + usersOf(judgement, group.roles, kLoadsWrong);
    fill(finding, group);
    judgement.add(std::move(finding));
  }
  std::vector<std::string> parts;
  std::vector<Role> roles;
  std::optional<FreshGroup> first;
  const auto take = [&](PartGroup part, int32_t layer) {
    const FreshGroup group = weigh(tensors, part, layer, range);
    if (!group.fresh || !group.has_gamma) return;
    if (!first) first = group;
    roles.insert(roles.end(), group.roles.begin(), group.roles.end());
    const std::string words = judgement.nameOf({Part::kWordTable, -1});
    parts.push_back(layer < 0 ? words.substr(0, words.find("embeddings") + 10) : judgement.names.layerName(layer));
  };
  take(PartGroup::kEmbeddings, -1);
  for (int32_t layer = 0; layer < judgement.names.layers; ++layer) take(PartGroup::kLayer, layer);
  if (!first) return;
  const std::vector<std::string> folded = foldNames(parts);
  Finding finding = onTensor("weights/untrained-part", judgement, first->first);
  finding.consumers = usersOf(judgement, roles, kLoadsWrong);
  put(finding.args, "name", folded[0], "names", folded, "count", parts.size());
  finding.evidence.items = folded;
  fill(finding, *first);
  judgement.add(std::move(finding));
}

// Layers that agree in every byte of every tensor.
void checkCopied(Judgement& judgement, const std::vector<ReadTensor>& tensors) {
  std::map<int32_t, std::map<Part, uint64_t>> layers;
  for (const ReadTensor& one : tensors) {
    if (one.role.layer >= 0) layers[one.role.layer][one.role.part] = one.stats->fingerprint;
  }
  std::map<std::map<Part, uint64_t>, int32_t> seen;
  std::vector<std::pair<int32_t, int32_t>> pairs;
  for (const auto& [layer, parts] : layers) {
    if (parts.size() != rolesOf(PartGroup::kLayer, 1).size()) continue;
    const auto [found, fresh] = seen.emplace(parts, layer);
    if (!fresh) pairs.emplace_back(found->second, layer);
  }
  if (pairs.empty()) return;
  const auto name = [&](int32_t layer) { return judgement.names.layerName(layer); };
  Finding finding{"weights/copied-layers"};
  finding.subject = {SubjectKind::kSet, judgement.indexPath(), name(pairs[0].second), 0};
  finding.consumers = judgement.all(kMayBeWrong);
  put(finding.args, "first", pairs[0].first, "second", pairs[0].second, "count", pairs.size());
  for (const auto& [one, other] : pairs) finding.evidence.items.push_back(name(one) + " = " + name(other));
  judgement.add(std::move(finding));
}

}  // namespace

void checkWeights(Judgement& judgement) {
  if (!judgement.readable() || judgement.input().data == nullptr) return;
  const std::vector<ReadTensor> tensors = readTensors(judgement);
  checkFinite(judgement, tensors);
  checkRange(judgement, tensors);
  checkConstant(judgement, tensors);
  checkUntrained(judgement, tensors);
  checkCopied(judgement, tensors);
}

}  // namespace bp
