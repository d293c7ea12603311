// bert_config.json or config.json: each key with what it says and where (google-research/bert modeling.py).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/json_text.h"

namespace bp {

// What a size key says. kAbsent also covers null.
enum class SizeState : uint8_t { kGood, kAbsent, kText, kFraction, kNotPositive, kOtherType };

struct SizeValue {
  SizeState state = SizeState::kAbsent;
  int64_t value = 0;  // meaningful if kGood
};

class BertConfig {
 public:
  static BertConfig parse(std::string file, std::string text);

  const std::string& file() const { return file_; }
  const std::string& text() const { return text_; }
  const JsonText& json() const { return json_; }
  bool good() const { return json_.is_object; }
  // Has hidden_size, num_hidden_layers, num_attention_heads or model_type.
  bool describesModel() const;

  const JsonMember* find(std::string_view key) const { return json_.find(key); }
  SizeValue size(std::string_view key) const;  // positive whole numbers only; true is not one
  std::optional<double> number(std::string_view key) const;
  std::optional<std::string> string(std::string_view key) const;
  std::optional<bool> boolean(std::string_view key) const;
  std::vector<std::string> strings(std::string_view key) const;  // of an array; others left out
  // Keys that stand more than once, with how often.
  std::vector<std::string> repeatedKeys() const;

  // The text with the value of `key` replaced, or the key added before the closing brace in the file's own
  // indentation and line ends; every other byte is kept. Nothing if the text is not one object.
  std::optional<std::string> withValue(std::string_view key, std::string_view json_value) const;

 private:
  std::string file_;
  std::string text_;
  JsonText json_;
};

}  // namespace bp
