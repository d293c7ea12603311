// Does the file of a Keras model go to the library that reads it?
#include <algorithm>

#include "checks/fixes.h"

namespace bp {
namespace {

using enum Consumer;
using enum Effect;

std::optional<KerasLibrary> libraryOf(const ConsumerSpec& consumer) {
  if (consumer.id == kKerasBert) return KerasLibrary::kKerasBert;
  if (consumer.id == kBert4keras) return KerasLibrary::kBert4keras;
  return std::nullopt;
}

Finding onKerasFile(Code code, const Judgement& judgement) {
  Finding finding = onFile(code, judgement.path(judgement.facts().index_file));
  put(finding.args, "file", judgement.facts().files[judgement.facts().index_file].name);
  return finding;
}

// The form Keras 3 writes: bert4keras keeps the parts of attention in layers of their own, where keras-bert finds no variable.
void checkKeras3(Judgement& judgement) {
  const KerasFacts& keras = judgement.facts().keras;
  if (!keras.vars_groups) return;
  Finding finding = onKerasFile("container/keras3-weights", judgement);
  finding.consumers = judgement.each([&](const ConsumerSpec& consumer, const Outcome&) -> std::optional<Effect> {
    return keras.dense_below && consumer.id == kKerasBert ? kRefuses : kHarmless;
  });
  if (keras.dense_below) finding.evidence.seen_as = "expected 2 variables, but received 0 variables during loading";
  const TensorTable& table = judgement.table();
  for (size_t i = 0; i < std::min<size_t>(table.size(), 10); ++i) finding.evidence.items.push_back(table[i].name);
  finding.paste = Paste{PasteKind::kCode, "model.save_weights(" + pythonText(judgement.facts().at("bert.h5")) + ")"};
  judgement.add(std::move(finding));
}

// How many layers with weights a loader builds to read a file of Google's BERT.
uint32_t layersBuilt(const Demand& demand) {
  return kerasLayerCount(demand.layers, demand.has(PartGroup::kPooler), demand.has(PartGroup::kMlm), demand.has(PartGroup::kNsp));
}

// Keras takes weights by the order of layers and of their weights, and counts only the layers.
void checkOrder(Judgement& judgement) {
  const KerasNames& names = judgement.names.keras;
  if (names.library == KerasLibrary::kNone) return;
  Finding finding = onKerasFile("container/keras-order", judgement);
  bool miscounted = false;
  int64_t loaded = 0, of = 0, built = 0;
  std::string_view reader;
  finding.consumers = judgement.each([&](const ConsumerSpec& consumer, const Outcome& outcome) -> std::optional<Effect> {
    const bool others = readsByOthersOrder(judgement, consumer);
    const bool rebuilt = !others && judgement.facts().keras.whole_model;  // as the file describes it
    const bool more = !rebuilt && outcome.demand.layers == judgement.names.layers && names.layers > layersBuilt(outcome.demand);
    if (!more && !others) return kHarmless;
    if (reader.empty() || (more && !miscounted)) {
      reader = consumerId(consumer.id);
      loaded = outcome.loaded;
      of = outcome.demand.count();
      built = layersBuilt(outcome.demand);
    }
    miscounted = miscounted || more;
    return more ? kRefuses : kLoadsWrong;
  });
  if (reader.empty()) return;
  finding.variant = miscounted ? "layer-count" : "";
  put(finding.args, "writer", kerasLibraryName(names.library));
  put(finding.args, "reader", reader);
  put(finding.args, "loaded", loaded);
  put(finding.args, "of", of);
  put(finding.args, "found", names.layers);
  put(finding.args, "expected", built);
  set(finding.evidence.found, miscounted ? Json(names.layers) : Json(kerasLibraryName(names.library)));
  set(finding.evidence.expected, miscounted ? Json(built) : Json(reader));
  if (miscounted) {
    finding.evidence.seen_as = "Layer count mismatch when loading weights from file. Model expected " + std::to_string(built) + " layers, found " +
                               std::to_string(names.layers) + " saved layers.";
  }
  std::vector<std::string> layers;
  for (const TensorInfo& tensor : judgement.table().all()) {
    const std::string layer = tensor.name.substr(0, tensor.name.find('/'));
    if (layers.empty() || layers.back() != layer) layers.push_back(layer);
  }
  finding.evidence.items = std::move(layers);
  ConsumerSpec owner{names.library == KerasLibrary::kKerasBert ? kKerasBert : kBert4keras, {}, {}};
  owner.modes.training = judgement.names.repaired.count(Role{Part::kMlmKernel, -1}) > 0;
  owner.modes.with_mlm = owner.modes.training;
  owner.modes.with_pool = judgement.names.repaired.count(Role{Part::kPoolerKernel, -1}) > 0;
  owner.modes.with_nsp = judgement.names.repaired.count(Role{Part::kNspKernel, -1}) > 0;
  CallFacts call = callFacts(judgement);
  if (!judgement.config()) call.config = judgement.facts().at("bert_config.json");
  call.vocab.clear();  // the weights alone
  finding.paste = Paste{PasteKind::kCode, callToPaste(owner, call)};
  judgement.add(std::move(finding));
}

}  // namespace

bool readsByOthersOrder(const Judgement& judgement, const ConsumerSpec& consumer) {
  const auto library = libraryOf(consumer);
  const KerasLibrary writer = judgement.names.keras.library;
  return judgement.facts().weights == WeightsKind::kKerasH5 && library && writer != KerasLibrary::kNone && *library != writer;
}

void checkKeras(Judgement& judgement) {
  if (judgement.facts().weights != WeightsKind::kKerasH5) return;
  checkKeras3(judgement);
  if (judgement.readable()) checkOrder(judgement);
}

}  // namespace bp
