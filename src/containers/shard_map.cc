#include "containers/shard_map.h"

#include <unordered_set>

#include "bytes/json_text.h"

namespace bp {
namespace {

TensorFileStatus bad(TensorFileFault& fault, std::string rule, std::string what, std::string name = {}, uint64_t offset = 0) {
  fault.rule = std::move(rule);
  fault.what = std::move(what);
  fault.name = std::move(name);
  fault.offset = offset;
  return TensorFileStatus::kBadHeader;
}

// A name in the folder of the map, on any system.
bool isPlainFileName(std::string_view name) {
  if (name.empty() || name == "." || name.find("..") != std::string_view::npos) return false;
  return name.find_first_of(std::string_view("/\\:\0", 4)) == std::string_view::npos;
}

}  // namespace

TensorFileStatus readShardMap(std::string_view text, ShardMap& out, TensorFileFault& fault) {
  out = {};
  const JsonText json = parseJsonText(text);
  if (!json.is_object) return bad(fault, "json", json.fault.expected, {}, json.fault.place.offset);

  const JsonMember* map = json.find("weight_map");
  if (map == nullptr) return bad(fault, "weight-map", "'weight_map'");  // KeyError
  if (!map->value.is_object()) return bad(fault, "weight-map", "", "weight_map", map->value_place.offset);
  std::unordered_set<std::string> known;
  for (const auto& [tensor, value] : map->value.items()) {
    const auto* file = value.get_ptr<const std::string*>();
    if (file == nullptr) return bad(fault, "weight-map", "", tensor, map->value_place.offset);
    if (!isPlainFileName(*file)) return bad(fault, "shard-name", "", *file, map->value_place.offset);
    if (known.insert(*file).second) out.files.push_back(*file);
    out.weights.emplace_back(tensor, *file);
  }

  const JsonMember* metadata = json.find("metadata");
  if (metadata != nullptr && metadata->value.is_object()) {
    const auto total = metadata->value.find("total_size");
    if (total != metadata->value.end() && total->is_number_integer() && *total >= 0) out.total_size = total->get<uint64_t>();
  }
  return TensorFileStatus::kOk;
}

}  // namespace bp
