// The small files beside converted weights, and what they are called. Names are the target's own, never the set's.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "checks/judgement.h"
#include "convert/plan.h"

namespace bp {

std::string_view dataFileName(Target target);    // "model.safetensors", "bert_model.ckpt.data-00000-of-00001"
std::string_view configFileName(Target target);  // "config.json", "bert_config.json"
inline constexpr std::string_view kIndexFileName = "bert_model.ckpt.index";
inline constexpr std::string_view kStateFileName = "checkpoint";
inline constexpr std::string_view kVocabFileName = "vocab.txt";
inline constexpr std::string_view kTokenizerFileName = "tokenizer_config.json";

// The set's own config with what the target's readers need besides, and no other byte changed; under Google's names, of a config for
// transformers, the keys that their code knows. Nothing: the set has none. `why`: the target cannot say what this config says.
std::optional<std::string> convertedConfig(const Judgement& judgement, const ConversionPlan& plan, Target target, std::string& why);

// tokenizer_config.json as the set has it, or with the casing its vocabulary was made for. Nothing: there is no vocabulary.
std::optional<std::string> tokenizerConfig(const Judgement& judgement);

std::string checkpointState();  // the text file that names the prefix

}  // namespace bp
