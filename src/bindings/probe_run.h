// The forward-pass probes of a set, a forward at a time, so that a caller can show progress and stop.
//
// Every sentence is run once as declared. Then each question (are the kernels the right way round? how many heads? which
// activation, casing, first position?) is a race of its settings over the same masked words: after each round of words those
// clearly behind the best fall out, those that can no longer be told from it, and those that are no model that works. What wins is where the next race starts.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bindings/runnable.h"
#include "checks/probe_result.h"
#include "encoder/encoder.h"
#include "encoder/weights.h"
#include "text/casing.h"
#include "text/probe_text.h"
#include "text/vocab.h"

namespace bp {

struct ProbeInput {
  const Vocab* vocab = nullptr;  // null: none
  Casing best = {};              // of the vocabulary
  bool mlm_trained = true, nsp_trained = true;
};

class ProbeRun {
 public:
  // `weights` outlive this. They are changed within a step only.
  ProbeRun(EncoderWeights& weights, const Runnable& run, const ProbeInput& input);

  bool finished() const { return jobs_.empty(); }
  void step();        // one forward; a round of them where weights must be changed for it
  int total() const;  // of result().forwards: an estimate until all is run
  const ProbeResult& result() const { return result_; }

 private:
  using Words = std::vector<std::optional<MaskedWord>>;
  enum class Turned : uint8_t { kNone, kEncoder, kAll };  // which square kernels stand transposed

  struct Setting {
    std::string name;
    EncoderOptions options;
    const Words* words;
    Turned turned = Turned::kNone;
    bool same_model = false;  // as the base: on the same ids it gives the same loss
  };
  struct Race {
    ProbeSweep* sweep = nullptr;
    std::vector<Setting> settings;  // beside sweep->scores, the declared one first
    std::vector<bool> running;
    size_t tried = 0;               // words
  };
  struct Job {
    int forwards;
    std::function<void()> run;
  };
  struct Waiting {
    int forwards;  // it will take, more or less
    std::function<Race()> start;
  };

  bool planWords(const Runnable& run, const ProbeInput& input, ProbeWords& words);
  void planHidden(std::vector<int32_t> ids, int32_t padding);
  void planPairs(std::vector<std::pair<Encoding, Encoding>> pairs);
  void planRaces(const std::string& activation, Casing read);

  void runDeclared(size_t word);
  void closeDeclared();
  void measureLayer(size_t layer, const Encoder& encoder);
  void closeLayers();
  std::vector<float> hiddenOf(const std::vector<int32_t>& ids);
  double loss(const Setting& setting, const MaskedWord& word) const;
  double nextSentence(const Encoding& pair);

  Race raceOf(ProbeSweep& sweep, std::vector<Setting> settings);
  void refill();
  void pushRound();
  void dropSettings();
  void closeRace();

  EncoderWeights& weights_;
  Setting base_;  // best known so far
  std::vector<double> base_losses_;
  std::array<Words, kCasings.size()> words_;
  std::deque<Job> jobs_;
  std::deque<Waiting> waiting_;
  std::optional<Race> race_;
  std::vector<float> first_hidden_;             // of the first sentence
  std::vector<std::vector<double>> entropies_;  // [layer][head], summed over sentences
  int measured_ = 0;                            // sentences in the layers
  ProbeResult result_;
};

}  // namespace bp
