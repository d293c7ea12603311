#include "checks/names_view.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "base/sort.h"
#include "bert/tensor_names.h"
#include "checks/thresholds.h"
#include "text/unicode.h"

namespace bp {
namespace {

// `add_bert`: also the names that would be some with "bert/" before them. Hugging Face's are known without it.
std::optional<Role> roleBehind(NameScheme scheme, std::string_view name, std::string_view scope, bool add_bert) {
  if (name.substr(0, scope.size()) != scope) return std::nullopt;
  const std::string rest(name.substr(scope.size()));
  const auto role = roleIn(scheme, rest);
  return role || !add_bert || scheme == NameScheme::kHf ? role : googleRole("bert/" + rest);
}

RoleMap rolesBehind(const TensorTable& table, NameScheme scheme, std::string_view scope, bool add_bert) {
  RoleMap roles;
  for (uint32_t i = 0; i < table.size(); ++i) {
    if (const auto role = roleBehind(scheme, table[i].name, scope, add_bert)) roles.emplace(*role, i);
  }
  return roles;
}

int64_t encoderCount(const RoleMap& roles) {
  return std::count_if(roles.begin(), roles.end(), [](const auto& entry) {
    const PartGroup group = groupOf(entry.first.part);
    return group == PartGroup::kEmbeddings || group == PartGroup::kLayer;
  });
}

// Layers numbered from 0 without a gap, and one above the highest number.
std::pair<int64_t, int64_t> layersIn(const RoleMap& roles) {
  std::set<int32_t> seen;
  for (const auto& [role, tensor] : roles) {
    if (role.layer >= 0) seen.insert(role.layer);
  }
  int32_t next = 0;
  while (seen.count(next) > 0) ++next;
  return {next, seen.empty() ? 0 : *seen.rbegin() + 1};
}

void countLayers(NamesView& names) { std::tie(names.layers, names.layers_end) = layersIn(names.repaired); }

// Leading parts before a name (with or without "bert/"), most frequent first.
std::vector<std::string> scopesIn(const TensorTable& table, NameScheme scheme) {
  const char separator = separatorIn(scheme);
  std::map<std::string, int> counts;
  for (const TensorInfo& tensor : table.all()) {
    if (tensor.name.size() > kMaxNameLength || isOptimizerName(tensor.name) || (scheme == NameScheme::kHf && hfRole(tensor.name))) continue;
    size_t parts = 0;
    for (size_t end = tensor.name.find(separator); end != std::string::npos && ++parts < kMaxNameParts; end = tensor.name.find(separator, end + 1)) {
      const std::string rest = tensor.name.substr(end + 1);
      const bool whole = roleIn(scheme, rest).has_value();
      if (!whole && !roleBehind(scheme, rest, "", true)) continue;
      std::string scope = tensor.name.substr(0, end + 1);
      if (!whole && scope.size() >= 5 && scope.substr(scope.size() - 5) == "bert/") scope.resize(scope.size() - 5);
      if (!scope.empty()) ++counts[scope];
      break;
    }
  }
  std::vector<std::string> scopes;
  for (const auto& [scope, count] : counts) scopes.push_back(scope);
  stableSort(scopes, [&](const auto& a, const auto& b) { return counts[a] > counts[b]; });
  return scopes;
}

// Takes one leading part off, or puts "bert/" on, if that brings nearly all names a loader requires and hardly any are there now.
void repairScope(const TensorTable& table, int64_t config_layers, const std::vector<std::string>& scopes, NamesView& names) {
  RoleMap best;
  std::string best_scope;
  bool best_adds = false;
  std::vector<std::string> candidates = {""};
  candidates.insert(candidates.end(), scopes.begin(), scopes.begin() + static_cast<std::ptrdiff_t>(std::min<size_t>(scopes.size(), 8)));
  for (const std::string& scope : candidates) {
    for (const bool add : {false, true}) {
      if (scope.empty() && !add) continue;
      RoleMap roles = rolesBehind(table, names.scheme, scope, add);
      if (encoderCount(roles) <= encoderCount(best)) continue;
      best = std::move(roles);
      best_scope = scope;
      best_adds = add;
    }
  }
  // Judged against the layers that are there, so that a wrong num_hidden_layers does not hide a scope.
  const int64_t present = std::max<int64_t>(layersIn(best).first, 1);
  const int64_t layers = config_layers > 0 ? std::min(config_layers, present) : present;
  const double needed = static_cast<double>(5 + 16 * layers);
  if (static_cast<double>(encoderCount(best)) < kScopeAfter * needed || static_cast<double>(encoderCount(names.exact)) >= kScopeBefore * needed) {
    return;
  }
  names.scope = best_scope;
  names.repaired = best;
  for (const auto& [role, tensor] : best) {
    if (best_adds && !roleIn(names.scheme, std::string_view(table[tensor].name).substr(best_scope.size()))) names.lacks_bert = true;
    if (!roleIn(names.scheme, table[tensor].name)) names.scoped.push_back({tensor, role});
  }
}

void findClaims(const TensorTable& table, const std::vector<std::string>& scopes, NamesView& names) {
  std::set<Role> seen;
  for (const auto& [role, tensor] : names.exact) seen.insert(role);
  std::vector<std::string> claims;
  if (encoderCount(names.exact) > 0) claims.push_back("");
  for (const std::string& scope : scopes) {
    const RoleMap roles = rolesBehind(table, names.scheme, scope, true);
    uint64_t again = 0;
    for (const auto& [role, tensor] : roles) again += seen.insert(role).second ? 0 : 1;
    if (again > 0 || (claims.empty() && !roles.empty())) claims.push_back(scope);
    names.doubled += again;
  }
  if (names.doubled > 0) names.claims = std::move(claims);
}

// "layer_normalization_7/gamma" by its path; where the path says no more, by the order of numbers: Keras counts in the order
// layers are made, embeddings first, then two a layer.
void repairNorms(const TensorTable& table, NamesView& names) {
  static constexpr std::string_view kWord = "layer_normalization";
  std::vector<Renaming> found;
  std::map<int64_t, std::pair<int64_t, int64_t>> by_number;  // gamma and beta, index + 1
  for (uint32_t i = 0; i < table.size(); ++i) {
    const std::string& name = table[i].name;
    const size_t at = name.find(kWord);
    if (at == std::string::npos || isOptimizerName(name)) continue;
    size_t end = at + kWord.size();
    int64_t number = 0;
    if (end < name.size() && name[end] == '_') {
      size_t digit = end + 1;
      while (digit < name.size() && name[digit] >= '0' && name[digit] <= '9' && digit - end < 10) number = number * 10 + (name[digit++] - '0');
      if (digit > end + 1) end = digit;
    }
    const std::string tail = name.substr(end);
    if (tail != "/gamma" && tail != "/beta") continue;
    const std::string plain = name.substr(0, at) + "LayerNorm" + tail;
    if (const auto role = roleBehind(names.scheme, plain, names.scope, names.lacks_bert)) {
      found.push_back({i, *role});
    } else {
      (tail == "/gamma" ? by_number[number].first : by_number[number].second) = int64_t{i} + 1;
    }
  }
  int32_t place = 0;
  for (const auto& [number, pair] : by_number) {
    Role gamma{Part::kEmbeddingGamma, -1}, beta{Part::kEmbeddingBeta, -1};
    if (place > 0) {
      const int32_t layer = (place - 1) / 2;
      const bool output = place % 2 == 0;
      gamma = {output ? Part::kOutputGamma : Part::kAttentionGamma, layer};
      beta = {output ? Part::kOutputBeta : Part::kAttentionBeta, layer};
    }
    if (pair.first > 0) found.push_back({static_cast<uint32_t>(pair.first - 1), gamma});
    if (pair.second > 0) found.push_back({static_cast<uint32_t>(pair.second - 1), beta});
    ++place;
  }
  for (const Renaming& one : found) {
    if (names.repaired.emplace(one.role, one.tensor).second) names.numbered.push_back(one);
  }
}

// "intermediate.dense_act.weight", as NVIDIA's and some other trainers of BERT save it.
void repairDenseAct(const TensorTable& table, NamesView& names) {
  static constexpr std::string_view kWord = ".dense_act.";
  for (uint32_t i = 0; i < table.size(); ++i) {
    std::string name = table[i].name;
    const size_t at = name.find(kWord);
    if (at == std::string::npos || name.size() > kMaxNameLength) continue;
    const auto role = roleBehind(names.scheme, name.replace(at, kWord.size(), ".dense."), names.scope, names.lacks_bert);
    if (role && names.repaired.emplace(*role, i).second) names.dense_act.push_back({i, *role});
  }
}

std::vector<std::string_view> partsOf(std::string_view name, char separator) {
  std::vector<std::string_view> parts;
  for (size_t start = 0;;) {
    const size_t end = name.find(separator, start);
    parts.push_back(name.substr(start, end == std::string_view::npos ? end : end - start));
    if (end == std::string_view::npos) return parts;
    start = end + 1;
  }
}

// A name with one part left out: equal keys differ in that part alone.
std::string keyWithout(const std::vector<std::string_view>& parts, size_t left_out) {
  std::string key = std::to_string(left_out);
  for (size_t i = 0; i < parts.size(); ++i) {
    key += '/';
    if (i != left_out) key += parts[i];
  }
  return key;
}

// One library's word for another's at the end of a name, or at most two letters.
bool nearParts(std::string_view wanted, std::string_view found, bool last) {
  static constexpr std::string_view kWords[][2] = {{"bias", "beta"}, {"kernel", "weight"}, {"kernel", "gamma"}, {"weight", "gamma"}};
  for (const auto& pair : kWords) {
    if (last && ((wanted == pair[0] && found == pair[1]) || (wanted == pair[1] && found == pair[0]))) return true;
  }
  // A layer's number is no spelling.
  if (wanted.substr(0, 6) == "layer_" && found.substr(0, 6) == "layer_") return false;
  if (isDigits(wanted) && isDigits(found)) return false;
  return editDistance(wanted, found, kNearDistance) <= kNearDistance;
}

bool shapeCouldBe(const Shape& found, const Shape& wanted) {
  const bool known = std::find(wanted.begin(), wanted.end(), 0) == wanted.end();
  if (!known) return found.size() == wanted.size();
  return found == wanted || (found.size() == 2 && wanted.size() == 2 && found[0] == wanted[1] && found[1] == wanted[0]);
}

// Every name that is missing from the layers there are has exactly one unused name beside it, or nothing is repaired.
void repairSpelling(const TensorTable& table, NamesView& names) {
  const Sizes shapes = sizesOfShapes(table, names);
  Sizes wanted = shapes;
  wanted.layers = names.layers;
  std::vector<Role> missing;
  for (const ExpectedTensor& tensor : encoderTensors(wanted)) {
    if (names.repaired.count(tensor.role) == 0) missing.push_back(tensor.role);
  }
  if (missing.empty()) return;
  const char separator = separatorIn(names.scheme);
  std::set<uint32_t> used;
  for (const auto& [role, tensor] : names.repaired) used.insert(tensor);
  std::unordered_map<std::string, std::vector<std::pair<uint32_t, std::string_view>>> unused;  // with the part left out
  for (uint32_t i = 0; i < table.size(); ++i) {
    if (used.count(i) > 0 || table[i].name.size() > kMaxNameLength || isOptimizerName(table[i].name)) continue;
    const auto parts = partsOf(table[i].name, separator);
    if (parts.size() > kMaxNameParts) continue;
    for (size_t p = 0; p < parts.size(); ++p) unused[keyWithout(parts, p)].emplace_back(i, parts[p]);
  }
  std::vector<Renaming> found;
  for (const Role role : missing) {
    std::string name = names.nameOf(role);
    if (names.lacks_bert && name.substr(0, 5) == "bert/") name = name.substr(5);
    name = names.scope + name;
    const auto parts = partsOf(name, separator);
    std::vector<uint32_t> candidates;
    for (size_t p = 0; p < parts.size(); ++p) {
      const auto bucket = unused.find(keyWithout(parts, p));
      if (bucket == unused.end()) continue;
      for (const auto& [tensor, part] : bucket->second) {
        if (nearParts(parts[p], part, p + 1 == parts.size()) && shapeCouldBe(table[tensor].shape, shapeOf(role, shapes))) candidates.push_back(tensor);
      }
    }
    if (candidates.size() != 1 || !used.insert(candidates[0]).second) return;
    found.push_back({candidates[0], role});
  }
  for (const Renaming& one : found) names.repaired.emplace(one.role, one.tensor);
  names.near = std::move(found);
}

// Full names are Model Garden's, those of a Keras library for BERT, or Google's. What an optimizer keeps of a variable has its name, too.
void mapGraph(const TensorTable& table, const FullNames& graph, NamesView& names) {
  std::vector<std::string> full_names;
  std::vector<std::optional<uint32_t>> tensors;
  for (const auto& [key, full_name] : graph) {
    if (isOptimizerName(key)) continue;
    full_names.push_back(full_name);
    tensors.push_back(table.indexOf(key));
  }
  const auto take = [&](Role role, size_t i) {
    if (tensors[i]) names.repaired.emplace(role, *tensors[i]);
  };
  for (size_t i = 0; i < full_names.size(); ++i) {
    if (const auto role = gardenRole(full_names[i])) take(*role, i);
    else if (const auto google = googleRole(full_names[i])) take(*google, i);
  }
  names.keras = readKerasNames(full_names);
  for (const auto& [role, i] : names.keras.roles) take(role, i);
}

}  // namespace

std::string NamesView::nameOf(Role role) const {
  const std::string name = nameIn(scheme, role);
  return bare && name.starts_with("bert.") ? name.substr(5) : name;
}

std::string NamesView::layerName(int32_t layer) const {
  return (scheme == NameScheme::kGoogle ? "bert/encoder/layer_" : bare ? "encoder.layer." : "bert.encoder.layer.") + std::to_string(layer);
}

NamesView viewNames(const TensorTable& table, int64_t layers, NameScheme scheme, const FullNames& graph) {
  NamesView names;
  names.scheme = scheme;
  std::vector<std::string> list;
  for (const TensorInfo& tensor : table.all()) {
    list.push_back(tensor.name);
    if (isObjectGraphName(tensor.name)) names.object_graph_keys.push_back(tensor.name);
  }
  names.exact = rolesBehind(table, scheme, "", false);
  if (!names.object_graph_keys.empty()) {
    names.repaired = names.exact;
    mapGraph(table, graph, names);
  } else if (names.keras = readKerasNames(list); names.keras.library != KerasLibrary::kNone) {
    names.exact = names.repaired = names.keras.roles;
  } else {
    names.repaired = names.exact;
    const std::vector<std::string> scopes = scopesIn(table, scheme);
    repairScope(table, layers, scopes, names);
    findClaims(table, scopes, names);
    if (scheme == NameScheme::kGoogle) repairNorms(table, names);
    if (scheme == NameScheme::kHf) {
      const auto has_bert = [&](const TensorInfo& tensor) { return tensor.name.starts_with(names.scope + "bert."); };
      names.bare = !names.repaired.empty() && std::none_of(table.all().begin(), table.all().end(), has_bert);
      repairDenseAct(table, names);
    }
    countLayers(names);
    repairSpelling(table, names);
  }
  countLayers(names);
  for (const auto& [role, tensor] : names.repaired) {
    const std::string& name = table[tensor].name;
    names.gamma_beta += name.ends_with("LayerNorm.gamma") || name.ends_with("LayerNorm.beta");
  }
  return names;
}

Shape shapeUnder(const NamesView& names, Role role, const Sizes& sizes) {
  Shape shape = storedShape(names.scheme, role, sizes);
  // Keras keeps the next-sentence kernel as [H, 2], Google as [2, H].
  if (names.keras.library != KerasLibrary::kNone && role.part == Part::kNspKernel) std::reverse(shape.begin(), shape.end());
  return shape;
}

Sizes sizesOfShapes(const TensorTable& table, const NamesView& names) {
  const auto dim = [&](Part part, int32_t layer, size_t axis) -> int64_t {
    const auto found = names.repaired.find(Role{part, layer});
    if (found == names.repaired.end()) return 0;
    const Shape& shape = table[found->second].shape;
    return axis < shape.size() ? shape[axis] : 0;
  };
  Sizes sizes;
  sizes.vocab = dim(Part::kWordTable, -1, 0);
  if (sizes.vocab == 0) sizes.vocab = dim(Part::kMlmOutputBias, -1, 0);
  // Vectors before tables: they are H wide also where a table is not (ALBERT).
  for (int32_t layer = 0; layer < names.layers && sizes.hidden == 0; ++layer) sizes.hidden = dim(Part::kOutputBias, layer, 0);
  if (sizes.hidden == 0) sizes.hidden = dim(Part::kWordTable, -1, 1);
  if (sizes.hidden == 0) sizes.hidden = dim(Part::kEmbeddingGamma, -1, 0);
  sizes.positions = dim(Part::kPositionTable, -1, 0);
  sizes.segments = dim(Part::kSegmentTable, -1, 0);
  for (int32_t layer = 0; layer < names.layers && sizes.intermediate == 0; ++layer) {
    sizes.intermediate = dim(Part::kIntermediateBias, layer, 0);
  }
  sizes.layers = names.layers;
  for (const auto& [role, tensor] : names.repaired) {
    const Shape& shape = table[tensor].shape;
    if (role.part == Part::kQueryKernel && shape.size() == 3) sizes.heads = shape[1];
  }
  return sizes;
}

}  // namespace bp
