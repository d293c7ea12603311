#include "bert/bert_config.h"

#include <algorithm>
#include <limits>

namespace bp {
namespace {

bool isBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

}  // namespace

BertConfig BertConfig::parse(std::string file, std::string text) {
  BertConfig config;
  config.json_ = parseJsonText(text);
  config.file_ = std::move(file);
  config.text_ = std::move(text);
  return config;
}

bool BertConfig::describesModel() const {
  return find("hidden_size") || find("num_hidden_layers") || find("num_attention_heads") || find("model_type");
}

SizeValue BertConfig::size(std::string_view key) const {
  const JsonMember* member = find(key);
  if (member == nullptr || member->value.is_null()) return {};
  const Json& value = member->value;
  if (value.is_string()) return {SizeState::kText, 0};
  if (value.is_number_float()) return {SizeState::kFraction, 0};
  if (!value.is_number_integer()) return {SizeState::kOtherType, 0};
  if (value.is_number_unsigned() && value.get<uint64_t>() > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
    return {SizeState::kFraction, 0};  // larger than anything that can be built
  }
  const int64_t number = value.get<int64_t>();
  return number > 0 ? SizeValue{SizeState::kGood, number} : SizeValue{SizeState::kNotPositive, number};
}

std::optional<double> BertConfig::number(std::string_view key) const {
  const JsonMember* member = find(key);
  if (member == nullptr || !member->value.is_number()) return std::nullopt;
  return member->value.get<double>();
}

std::optional<std::string> BertConfig::string(std::string_view key) const {
  const JsonMember* member = find(key);
  if (member == nullptr || !member->value.is_string()) return std::nullopt;
  return member->value.get<std::string>();
}

std::optional<bool> BertConfig::boolean(std::string_view key) const {
  const JsonMember* member = find(key);
  if (member == nullptr || !member->value.is_boolean()) return std::nullopt;
  return member->value.get<bool>();
}

std::vector<std::string> BertConfig::strings(std::string_view key) const {
  std::vector<std::string> list;
  const JsonMember* member = find(key);
  if (member == nullptr || !member->value.is_array()) return list;
  for (const Json& item : member->value) {
    if (item.is_string()) list.push_back(item.get<std::string>());
  }
  return list;
}

std::vector<std::string> BertConfig::repeatedKeys() const {
  std::vector<std::string> repeated;
  for (size_t i = 0; i < json_.members.size(); ++i) {
    const std::string& key = json_.members[i].key;
    const auto is_key = [&](const JsonMember& member) { return member.key == key; };
    const auto here = json_.members.begin() + static_cast<std::ptrdiff_t>(i);
    const bool first = std::none_of(json_.members.begin(), here, is_key);
    if (first && std::any_of(here + 1, json_.members.end(), is_key)) repeated.push_back(key);
  }
  return repeated;
}

std::optional<std::string> BertConfig::withValue(std::string_view key, std::string_view json_value) const {
  if (!good()) return std::nullopt;
  std::string text = text_;
  if (const JsonMember* member = find(key)) {
    text.replace(static_cast<size_t>(member->value_place.offset), static_cast<size_t>(member->value_place.length), json_value);
    return text;
  }
  const std::string entry = written(std::string(key)) + ": " + std::string(json_value);
  if (json_.members.empty()) {
    const size_t brace = text.rfind('}');
    if (brace == std::string::npos) return std::nullopt;
    return text.insert(brace, entry);
  }
  // The blanks before the last key are its line end and indentation, or a single space.
  const JsonMember& last = json_.members.back();
  const auto key_at = static_cast<size_t>(last.key_place.offset), end = static_cast<size_t>(last.value_place.offset + last.value_place.length);
  size_t start = key_at;
  while (start > 0 && isBlank(text[start - 1])) --start;
  const std::string blanks = text.substr(start, key_at - start);
  return text.insert(end, "," + (blanks.empty() ? " " : blanks) + entry);
}

}  // namespace bp
