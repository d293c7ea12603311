// What a Session holds. Its methods stand in session.cc (files and report), session_data.cc, session_run.cc,
// session_forward.cc, session_probe.cc and session_convert.cc.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bindings/probe_run.h"
#include "bindings/runnable.h"
#include "bindings/session.h"
#include "checks/judgement.h"
#include "checks/probe_result.h"
#include "checks/tied_difference.h"
#include "checks/vocab_rows.h"
#include "convert/data_writer.h"
#include "convert/plan.h"
#include "encoder/encoder.h"
#include "encoder/slices.h"
#include "encoder/weights.h"
#include "intake/intake.h"
#include "report/json.h"
#include "tensors/data_pass.h"
#include "tensors/histogram.h"
#include "text/tokenizer.h"
#include "text/vocab_readings.h"

namespace bp {

// Hands the values of the one pass to everyone who wants them.
class Sinks final : public ValueSink {
 public:
  void add(ValueSink* sink) { sinks_.push_back(sink); }
  bool wants(uint32_t tensor) const override {
    return std::any_of(sinks_.begin(), sinks_.end(), [tensor](const ValueSink* sink) { return sink->wants(tensor); });
  }
  void take(uint32_t tensor, uint32_t part, uint64_t first, std::span<const float> values) override {
    for (ValueSink* sink : sinks_) {
      if (sink->wants(tensor)) sink->take(tensor, part, first, values);
    }
  }

 private:
  std::vector<ValueSink*> sinks_;
};

// An encode under way.
struct Forward {
  Forward(const EncoderWeights& weights, const EncoderOptions& options) : encoder(weights, options) {}

  Encoder encoder;
  std::vector<int32_t> attention_mask;
  bool begun = false;          // the embeddings are there
  std::size_t half = 0;        // the next: two a layer
  std::vector<float> partial, received;  // [N, H]

  // Of session 0 alone.
  Runnable run;
  Encoding encoding;
  Json question, answer;
  std::vector<std::size_t> layers;  // to give
};

struct Session::Impl {
  Intake intake;
  std::vector<uint64_t> file_sizes;
  std::vector<uint8_t> inbox;

  std::vector<ConsumerSpec> consumers = defaultConsumers();
  PasteFacts paste;
  std::optional<std::string> user_text;
  std::optional<bool> gelu_is_tanh;

  // Fed by the passes, so they outlive them.
  std::unique_ptr<EncoderWeights> weights;
  std::string no_weights;  // why not
  std::unique_ptr<VocabRows> vocab_rows;
  std::unique_ptr<TiedDifference> decoder;  // against the word table
  std::unique_ptr<Histograms> histograms;
  Sinks sinks;
  std::unique_ptr<SliceOutbox> outbox;  // null: no other session keeps a slice
  TensorTable share_table;              // of a session that is sent its slices
  std::vector<uint8_t> begun_record;    // of them, its rest to come
  std::unique_ptr<DataPass> pass;
  bool data_final = false;
  std::unique_ptr<ProbeRun> probe_run;  // begun and not at its end
  std::optional<ProbeResult> probe;

  std::shared_ptr<const VocabReadings> vocab_readings;  // null: there is no vocabulary that is text
  std::optional<Forward> forward;
  std::vector<std::vector<float>> outputs;
  Json keep(std::span<const float> values) {  // the number of an output
    outputs.emplace_back(values.begin(), values.end());
    return outputs.size() - 1;
  }
  void keepLayer(std::size_t layer);  // of `forward`, if it is asked for

  struct RunningConversion {
    Target target = Target::kSafetensors;
    ConversionPlan plan;
    std::string header;                                    // of the data's file
    std::vector<std::pair<std::string, std::string>> made;  // name → content, of the small files
    std::optional<DataWriter> writer;
    std::span<const uint8_t> ready;                        // to be written next
  };
  std::unique_ptr<RunningConversion> conversion;  // begun and not at its end

  // Why there are none; empty: `weights` are there to be filled.
  std::string makeWeights(const Sizes& sizes, LayerShare share, std::span<const Binding> bindings, const TensorTable& table, Precision precision);
  const SetFacts& facts() const { return intake.facts(); }
  const TensorTable& table() const { return intake.table(); }
  const Vocab* vocab() const { return vocab_readings ? &vocab_readings->google() : nullptr; }
  const DataPass* data() const { return data_final ? pass.get() : nullptr; }
  CheckInput checkInput() const;
  Runnable runnable() const { return findRunnable(facts(), table(), data(), gelu_is_tanh); }
};

// An object from the engine; null if it is none, and on an absent key.
Json parsed(const std::string& json);
Json member(const Json& object, const char* key);
bool flag(const Json& object, const char* key, bool absent);
bool isCount(const Json& value);  // a whole number from 0

}  // namespace bp
