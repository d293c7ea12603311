// The seven loaders with their modes (findings.md §1.2): what each reads, which names it insists on, and the call
// to paste when it loads.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bert/model_spec.h"
#include "report/finding.h"
#include "text/vocab.h"

namespace bp {

struct Modes {  // of one consumer; the fields of the others stay at their defaults
  // keras-bert
  bool training = false;
  std::optional<int64_t> seq_len;
  std::vector<int64_t> output_layers = {1};  // one number: how many of the last; several: these
  bool output_layers_is_list = false;
  // bert4keras
  std::string model = "bert";  // also model-garden's: encoder, pretrainer
  bool with_pool = false, with_nsp = false, with_mlm = false, ignore_invalid_weights = false;
  // google-bert
  bool as_model_dir = false, pretraining_head = false;
  // hf-convert, hf-native
  std::string class_name;
  bool from_tf = false;
  int transformers = 5;
  // model-garden
  bool restore = false;
};

struct ConsumerSpec {
  Consumer id;
  Modes modes;
  Json mode_json;  // as the report prints it: the default mode and what was asked for
};

// All seven in their default modes.
std::vector<ConsumerSpec> defaultConsumers();
// [{"id", "mode"}]; on a name or value that is not known returns nothing and sets `fault` to a sentence.
std::optional<std::vector<ConsumerSpec>> readConsumers(const Json& list, std::string& fault);

VocabReader vocabReaderOf(const ConsumerSpec& consumer);

// What a loader asks a checkpoint with Google's names for. `layers`: of the config, or as many as it builds.
struct Demand {
  std::vector<PartGroup> groups;  // always embeddings and layers; pooler and heads as the mode says
  int64_t layers = 0;
  int64_t others = 0;             // what another model than BERT asks for beyond that, or less
  int64_t count() const;          // 5 + 16 layers + 2 + 5 + 2 by group
  bool has(PartGroup group) const;
};
Demand demandOf(const ConsumerSpec& consumer, int64_t config_layers);
bool missingStops(const ConsumerSpec& consumer);  // a name missing stops it; else it goes on with random weights
bool wantsIndexName(const ConsumerSpec& consumer);  // is given the index, where the others are given the prefix
bool readsEveryTensor(const ConsumerSpec& consumer);

struct CallFacts {
  std::string folder;  // DIR
  std::string prefix;  // DIR/S
  std::string config;  // path
  std::string vocab;   // path; empty: none
  bool lower = true;   // best casing
  std::vector<std::string> safetensors;  // paths of a set in that form
};
std::string callToPaste(const ConsumerSpec& consumer, const CallFacts& facts);
// The conversion to do first, for a consumer that does not read this kind of set.
std::string conversionCall(const CallFacts& facts);  // TF to PyTorch
std::string conversionToTf(const CallFacts& facts);  // PyTorch to TF, the encoder alone

}  // namespace bp
