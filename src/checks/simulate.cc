// What each loader makes of the names and shapes before it: which tensors it demands it finds, in which shape, and
// whose bytes it reads (findings.md §4.1).
#include <algorithm>

#include "bert/tensor_names.h"
#include "checks/bert4keras_models.h"
#include "checks/judgement.h"
#include "checks/thresholds.h"

namespace bp {
namespace {

using enum Consumer;

// Does a tensor go where the consumer builds `wanted`? A size the config does not give cannot disagree.
bool shapeFits(const ConsumerSpec& consumer, Role role, const Shape& found, const Shape& wanted) {
  if (found.size() != wanted.size()) return false;
  for (size_t axis = 0; axis < found.size(); ++axis) {
    if (wanted[axis] == 0 || found[axis] == wanted[axis]) continue;
    // keras-bert cuts the position table to the rows it needs.
    const bool cuts = consumer.id == kKerasBert && role.part == Part::kPositionTable && axis == 0 && found[axis] > wanted[axis];
    if (!cuts) return false;
  }
  return true;
}

// Model Garden keeps attention kernels as [H, A, D] and [A, D, H], their biases as [A, D]: the same numbers in the same order.
bool gardenShapeFits(Role role, const Shape& found, const Sizes& sizes) {
  const int64_t hidden = sizes.hidden, heads = sizes.heads;
  const int64_t size = heads > 0 ? hidden / heads : 0;
  switch (role.part) {
    case Part::kQueryKernel:
    case Part::kKeyKernel:
    case Part::kValueKernel: return found == Shape{hidden, heads, size};
    case Part::kQueryBias:
    case Part::kKeyBias:
    case Part::kValueBias: return found == Shape{heads, size};
    case Part::kAttentionKernel: return found == Shape{heads, size, hidden};
    default: return found == shapeOf(role, sizes);
  }
}

// What Model Garden's converter leaves out.
bool isAdams(std::string_view name) { return name.find("adam") != std::string_view::npos || name.find("Adam") != std::string_view::npos; }

// bert-for-tf2 builds ALBERT's shared layer as soon as the config has embedding_size: only the embeddings can load.
int64_t sharedLayerWidth(const Judgement& judgement, const ConsumerSpec& consumer) {
  if (consumer.id != kBertForTf2 || !judgement.configGood()) return 0;
  const SizeValue width = judgement.config()->size("embedding_size");
  return width.state == SizeState::kGood ? width.value : 0;
}

// The names a consumer sees a role under.
RoleMap namesSeenBy(const Judgement& judgement, const ConsumerSpec& consumer) {
  const NamesView& names = judgement.names;
  if (consumer.id != kModelGarden) return names.exact;
  if (!consumer.modes.restore) {
    RoleMap seen = names.exact;  // its converter takes the names without "bert/" as well
    for (const Renaming& one : names.scoped) {
      if (names.scope.empty()) seen.emplace(one.role, one.tensor);
    }
    return seen;
  }
  RoleMap seen;
  for (const auto& [key, full_name] : judgement.facts().object_graph) {
    const auto role = gardenRole(full_name);
    const auto tensor = judgement.table().indexOf(key);
    if (role && tensor) seen.emplace(*role, *tensor);
  }
  return seen;
}

std::vector<Role> rolesOf(const Judgement& judgement, const Demand& demand) {
  // One wholly absent layer stands for all of them: a config may ask for a billion.
  const int64_t layers = std::min(demand.layers, std::max(judgement.names.layers_end, judgement.names.layers) + 1);
  std::vector<Role> roles;
  for (const PartGroup group : demand.groups) {
    const std::vector<Role> some = rolesOf(group, layers);
    roles.insert(roles.end(), some.begin(), some.end());
  }
  return roles;
}

void simulateByName(const Judgement& judgement, const ConsumerSpec& consumer, Outcome& outcome) {
  const RoleMap seen = namesSeenBy(judgement, consumer);
  const bool garden = consumer.id == kModelGarden && consumer.modes.restore;
  const int64_t width = sharedLayerWidth(judgement, consumer);
  Sizes built = judgement.sizesFor(consumer);
  if (width > 0) built.hidden = width;
  for (const Role role : rolesOf(judgement, outcome.demand)) {
    const bool shared = width > 0 && groupOf(role.part) != PartGroup::kEmbeddings;
    const auto found = seen.find(role);
    if (found == seen.end()) {
      outcome.missing.insert(role);
      continue;
    }
    if (shared) continue;
    outcome.reads.insert(found->second);
    const Shape& shape = judgement.table()[found->second].shape;
    const bool fits = garden ? gardenShapeFits(role, shape, built) : shapeFits(consumer, role, shape, shapeOf(role, built));
    const bool turned = judgement.kernels_turned && groupOf(role.part) == PartGroup::kLayer && isKernel(role.part);
    if (fits && !turned && judgement.dataGood(found->second)) ++outcome.loaded;
    if (garden && !fits) outcome.mismatched.insert(role);
  }
}

// bert4keras told to build another model asks for that model's names.
bool buildsOtherModel(const ConsumerSpec& consumer) { return consumer.id == kBert4keras && !isPlainBertModel(consumer.modes.model); }

void simulateOtherModel(const Judgement& judgement, const ConsumerSpec& consumer, Outcome& outcome) {
  Sizes sizes = judgement.sizesFor(consumer);
  sizes.layers = std::min(outcome.demand.layers, judgement.names.layers_end + kMaxLayersListed);
  const SizeValue width = judgement.configGood() ? judgement.config()->size("embedding_size") : SizeValue{};
  const std::vector<NamedTensor> tensors = bert4kerasTensors(consumer.modes.model, sizes, width.state == SizeState::kGood ? width.value : 0);
  outcome.demand.others += static_cast<int64_t>(tensors.size()) - (5 + 16 * outcome.demand.layers);
  for (const NamedTensor& one : tensors) {
    const auto tensor = judgement.table().indexOf(one.name);
    if (!tensor) {
      outcome.missing.insert(one.role);
      continue;
    }
    outcome.reads.insert(*tensor);
    if (!shapeFits(consumer, one.role, judgement.table()[*tensor].shape, one.shape)) {
      outcome.mismatched.insert(one.role);
    } else if (judgement.dataGood(*tensor)) {
      ++outcome.loaded;
    }
  }
  for (const PartGroup group : {PartGroup::kPooler, PartGroup::kMlm, PartGroup::kNsp}) {
    if (!outcome.demand.has(group)) continue;
    for (const Role role : rolesOf(group, 0)) {
      const auto found = judgement.names.exact.find(role);
      if (found == judgement.names.exact.end()) {
        outcome.missing.insert(role);
        continue;
      }
      outcome.reads.insert(found->second);
      if (judgement.dataGood(found->second)) ++outcome.loaded;
    }
  }
}

void simulateWalk(const Judgement& judgement, const ConsumerSpec& consumer, Outcome& outcome) {
  outcome.walk = walkNames(judgement.table(), judgement.sizesFor(consumer), walkClassOf(consumer.modes.class_name));
  std::map<Role, std::vector<const WalkWrite*>> writes;
  for (const WalkWrite& write : outcome.walk.writes) writes[write.role].push_back(&write);
  std::set<Role> misshapen;  // found, though they stop the walk
  for (const WalkStop& stop : outcome.walk.stops) {
    if (stop.why != WalkStop::Why::kShape) continue;
    if (const auto role = googleRole(judgement.table()[stop.tensor].name)) misshapen.insert(*role);
  }
  for (const Role role : rolesOf(judgement, outcome.demand)) {
    const auto written = writes.find(role);
    if (written == writes.end()) {
      if (misshapen.count(role) == 0) outcome.missing.insert(role);
    } else if (written->second.size() == 1 && !written->second[0]->turned && judgement.dataGood(written->second[0]->tensor)) {
      ++outcome.loaded;
    }
  }
}

// Shapes are judged on the repaired view, so that a wrong name does not hide a wrong size.
void compareShapes(const Judgement& judgement, const ConsumerSpec& consumer, Outcome& outcome) {
  const Sizes sizes = judgement.sizesFor(consumer);
  if (sharedLayerWidth(judgement, consumer) > 0) return;
  for (const Role role : rolesOf(judgement, outcome.demand)) {
    const auto found = judgement.names.repaired.find(role);
    if (found == judgement.names.repaired.end()) continue;
    if (!shapeFits(consumer, role, judgement.table()[found->second].shape, shapeOf(role, sizes))) outcome.mismatched.insert(role);
  }
}

// Given an index for a prefix, or finding one at the bare prefix, TensorFlow opens it as a one-file checkpoint of the old kind,
// which it is not, and sees no variables.
bool seesNoVariables(const Judgement& judgement, const ConsumerSpec& consumer) {
  const auto& renamed = judgement.facts().renamed;
  return (!renamed.empty() && renamed[0].index_without_suffix) || (givesIndex(judgement) && !wantsIndexName(consumer));
}

}  // namespace

std::vector<Role> rolesOf(PartGroup group, int64_t layers) {
  Sizes sizes;
  sizes.layers = layers;
  std::vector<Role> roles;
  const auto take = [&](const std::vector<ExpectedTensor>& tensors) {
    for (const ExpectedTensor& tensor : tensors) {
      if (groupOf(tensor.role.part) == group) roles.push_back(tensor.role);
    }
  };
  switch (group) {
    case PartGroup::kEmbeddings:
    case PartGroup::kLayer: take(encoderTensors(sizes)); break;
    case PartGroup::kPooler: take(poolerTensors(sizes)); break;
    case PartGroup::kMlm: take(mlmTensors(sizes)); break;
    case PartGroup::kNsp: take(nspTensors(sizes)); break;
  }
  return roles;
}

void simulateLoaders(Judgement& judgement) {
  for (size_t i = 0; i < judgement.consumers().size(); ++i) {
    const ConsumerSpec& consumer = judgement.consumers()[i];
    Outcome& outcome = judgement.outcomes[i];
    const int64_t layers = judgement.sizesFor(consumer).layers;
    outcome.demand = demandOf(consumer, layers > 0 ? layers : judgement.names.layers);
    if (!judgement.readable() || !outcome.applies) continue;
    if (consumer.id == kHfNative) {
      simulateNative(judgement, consumer, outcome);
      continue;
    }
    if (buildsOtherModel(consumer)) {
      simulateOtherModel(judgement, consumer, outcome);
      continue;
    }
    if (consumer.id == kHfConvert) {
      simulateWalk(judgement, consumer, outcome);
    } else {
      simulateByName(judgement, consumer, outcome);
    }
    if (!(consumer.id == kModelGarden && consumer.modes.restore)) compareShapes(judgement, consumer, outcome);
    if (seesNoVariables(judgement, consumer)) outcome.loaded = 0;
    if (!readsEveryTensor(consumer)) continue;
    for (uint32_t tensor = 0; tensor < judgement.table().size(); ++tensor) {
      if (consumer.id == kModelGarden && isAdams(judgement.table()[tensor].name)) continue;
      outcome.reads.insert(tensor);
    }
  }
}

}  // namespace bp
