// Everything the checks look at and what they say. Made anew for each report: facts in, findings and verdicts out.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "checks/consumers.h"
#include "checks/hf_walk.h"
#include "checks/names_view.h"
#include "checks/set_facts.h"
#include "report/finding.h"
#include "tensors/data_pass.h"
#include "text/tokenizer.h"
#include "text/vocab_readings.h"

namespace bp {

struct PasteFacts {  // what the user's own text says of the call (web/engine/paste)
  std::vector<std::string> paths;   // of the checkpoint
  std::optional<Consumer> consumer;
  std::optional<bool> lower;        // the casing it asks for: do_lower_case, or not cased
  std::set<std::string> uses;       // "get_checkpoint_paths", "latest_checkpoint"; the slug of an env/* code its text points to
};

struct ProbeResult;
class VocabRows;
class TiedDifference;

struct CheckInput {
  const SetFacts* facts = nullptr;
  const TensorTable* table = nullptr;
  const DataPass* data = nullptr;      // null: tensor data not read yet
  const ProbeResult* probe = nullptr;  // null: nothing run
  std::shared_ptr<const VocabReadings> vocab;  // null: read anew if there is one
  const VocabRows* vocab_rows = nullptr;  // null: tensor data not read yet
  const TiedDifference* decoder = nullptr;  // the same
  std::vector<ConsumerSpec> consumers;
  PasteFacts paste;
  std::optional<std::string> text;     // a text the user is about to run
};

struct Outcome {  // of one consumer on names, shapes and what is known of the data
  bool applies = true;
  Demand demand;
  int64_t loaded = 0;           // of demand.count()
  std::set<Role> missing;       // demanded, and no tensor under the name it looks for; of layers that are wholly absent only the first
  std::set<Role> mismatched;    // demanded, and on the repaired view in another shape than it builds
  std::set<uint32_t> reads;     // tensors whose bytes it reads
  Walk walk;                    // hf-convert's
  std::string builds = "bert";  // the model_type hf-native builds
  bool by_config = true;        // builds from the judged config; hf-native's Bert classes take their defaults where it has none of its own
  bool buildsBert() const { return builds == "bert"; }
};

class Judgement {
 public:
  explicit Judgement(const CheckInput& input);

  const SetFacts& facts() const { return *input_.facts; }
  const TensorTable& table() const { return *input_.table; }
  const CheckInput& input() const { return input_; }
  const std::vector<ConsumerSpec>& consumers() const { return input_.consumers; }
  const VocabReadings* vocabReadings() const { return input_.vocab.get(); }  // null: no text
  const BertConfig* config() const { return facts().judgedConfig(); }  // null: none
  bool configGood() const { return config() != nullptr && config()->good(); }
  bool isTfSet() const;
  bool readable() const;  // the index, or every file of weights, gave a table
  // config.json beside the weights, where transformers looks for it; null: none.
  const BertConfig* ownConfig() const;

  // --- derived once --------------------------------------------------------------
  Sizes config_sizes;   // as the config says; 0: absent or no number
  Sizes shape_sizes;    // as the tensors say, on the repaired view; heads only from 3-D kernels
  NamesView names;
  bool kernels_turned = false;    // Google's names, PyTorch's [out, in]
  std::vector<Outcome> outcomes;  // beside consumers()
  std::string folder_name;        // last part of the folder, for names like uncased_L-12_H-768_A-12
  const Vocab* vocab = nullptr;   // Google's reading; null without a vocabulary, or under a file that is something else

  // The config as a consumer takes it: its own defaults for what is absent.
  Sizes sizesFor(const ConsumerSpec& consumer) const;
  int64_t layersWanted() const;  // the config's, or those present when it says none
  bool dataGood(uint32_t tensor) const;   // read and right, or not read yet and wholly inside its file
  const std::string& path(uint32_t file) const { return facts().files[file].path; }
  std::string indexPath() const;  // of the index, or of the file of weights or the map in its place; empty: none
  std::string nameOf(Role role) const { return names.nameOf(role); }
  Shape storedShapeOf(Role role, const Sizes& sizes) const { return shapeUnder(names, role, sizes); }
  std::string folder() const;                           // as a call names it
  std::string notFound(const std::string& name) const;  // what a loader of this kind of set says of a tensor it misses

  // --- effects -------------------------------------------------------------------
  // Effect consumer by consumer; nothing: not concerned.
  template <typename F>
  std::vector<Affected> each(const F& effect_of) const {
    return affected(false, &effect_of, call<F>);
  }
  using Ids = std::initializer_list<Consumer>;
  std::vector<Affected> all(Effect effect) const;  // every consumer of this kind of set
  // The same of those that build a BERT from the judged config.
  template <typename F>
  std::vector<Affected> eachByConfig(const F& effect_of) const {
    return affected(true, &effect_of, call<F>);
  }
  std::vector<Affected> byConfig(Effect effect) const;
  std::vector<Affected> these(Ids ids, Effect effect) const;
  std::vector<Affected> except(Ids ids, Effect effect) const;
  // Readers of any of the tensors; the others are not named.
  std::vector<Affected> readersOf(const std::vector<uint32_t>& tensors, Effect effect) const;

  // What it does to a loader that these roles have no tensor under the names it looks for. Nothing: it does not look for them.
  std::optional<Effect> whenMissing(const ConsumerSpec& consumer, const Outcome& outcome, const std::vector<Role>& roles) const;
  // The same where the tensors are there under other names, which hf-convert's walk may stumble over.
  std::optional<Effect> whenRenamed(const ConsumerSpec& consumer, const Outcome& outcome, const std::vector<Renaming>& renamings) const;
  // What it does to a loader that these roles are in another shape than it builds.
  std::optional<Effect> whenMismatched(const ConsumerSpec& consumer, const Outcome& outcome, const std::vector<Role>& roles) const;

  void add(Finding&& finding);
  bool has(Code code) const;

  std::vector<Finding> findings;

 private:
  // `effect_of` as a pointer and how to call it, so that the loop over it is compiled once.
  using EffectOf = std::optional<Effect> (*)(const void* effect_of, const ConsumerSpec&, const Outcome&);
  template <typename F>
  static std::optional<Effect> call(const void* effect_of, const ConsumerSpec& consumer, const Outcome& outcome) {
    return (*static_cast<const F*>(effect_of))(consumer, outcome);
  }
  std::vector<Affected> affected(bool by_config, const void* effect_of, EffectOf call) const;

  CheckInput input_;
};

// Joined lists; of two effects on one consumer the worse.
std::vector<Affected> operator+(std::vector<Affected> a, const std::vector<Affected>& b);
Finding onFile(Code code, const std::string& path);  // an empty path: on the set
std::vector<std::string> namesOf(const TensorTable& table, const std::vector<uint32_t>& tensors);
// In Google's order.
std::vector<Role> rolesOf(PartGroup group, int64_t layers);

// What each loader makes of the names and shapes (findings.md §4.1); fills outcomes.
void simulateLoaders(Judgement& judgement);
std::string builtType(const Judgement& judgement, const ConsumerSpec& consumer);  // Outcome::builds
void simulateNative(const Judgement& judgement, const ConsumerSpec& consumer, Outcome& outcome);

// --- the checks, in the order they run; one question each ---------------------------
void checkFiles(Judgement& judgement);       // are the weights' files there, under names the loaders look for?
void checkFileFaults(Judgement& judgement);  // could all of them be read?
void checkCompanions(Judgement& judgement);  // and what lies beside them?
void checkBundle(Judgement& judgement);      // can the index be read, and does it make sense?
void checkData(Judgement& judgement);        // do the data files hold what the index says?
void checkContainers(Judgement& judgement);  // can the other files of weights be read, under the names transformers looks for?
void checkKeras(Judgement& judgement);       // does a Keras file go to the library that reads it?
void checkFamily(Judgement& judgement);      // is this a BERT at all?
void checkNames(Judgement& judgement);       // are the encoder's names there?
void checkHeads(Judgement& judgement);       // the pooler's and the heads'?
void checkConverter(Judgement& judgement);   // does hf-convert's walk reach its end?
void checkNative(Judgement& judgement);      // does transformers build the right class, and what does it leave aside?
void checkShapes(Judgement& judgement);      // do config and shapes agree?
void checkConfig(Judgement& judgement);      // can each loader build a model from the config?
void checkArchitecture(Judgement& judgement);  // is what it builds the model the weights are of?
void checkVocab(Judgement& judgement);
void checkWeights(Judgement& judgement);     // are the values those of a trained model?
void checkRun(Judgement& judgement);         // what did the test run show?
void checkSet(Judgement& judgement);         // what else is there to know?
void checkPaste(Judgement& judgement);       // does the user's call fit the files?

// The casing the user's call or tokenizer_config.json asks for; nothing if neither says.
std::optional<Casing> givenCasing(const Judgement& judgement);
// Does the user's call give the folder instead of a prefix?
bool givesFolder(const Judgement& judgement);
// Does it give the name of an index?
bool givesIndex(const Judgement& judgement);
// Is it a Keras file of the other library, whose weights it takes by their order?
bool readsByOthersOrder(const Judgement& judgement, const ConsumerSpec& consumer);
// Does the file `checkpoint` name a stem that is here?
bool namesThisSet(const SetFacts& facts);

// Causes hide their consequences and take over their effects (findings.md §6).
void foldConsequences(const Judgement& judgement, std::vector<Finding>& findings);

// Runs everything and writes the report of findings.md §1.2.
Json makeReport(const CheckInput& input);

}  // namespace bp
