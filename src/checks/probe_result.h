// What the forward-pass probes measured on a set, as plain data, and how two settings compare; check_run.cc says what it means.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bp {

struct ProbeScore {  // of one setting
  std::string setting;      // "12", "relu", "lower-strip", "2"
  // Negative log-likelihood (natural logarithm) of each masked word, in one order for all settings; NaN, or past the end:
  // not tried with it.
  std::vector<double> nll = {};
  double unknown_share = 0; // of [UNK] among the tokens; only casings differ in it

  double mean() const;      // of those tried; infinite if none was
};

// By how much one setting is better than another, word by word on the words tried with both.
struct PairedGain {
  int words = 0;
  double mean = 0;   // nats a word; above 0: the first is better
  double error = 0;  // standard error of the mean
};
PairedGain pairedGain(const ProbeScore& first, const ProbeScore& second);
bool isClear(const PairedGain& gain);  // the first is better, by enough to matter and beyond chance
bool isTie(const PairedGain& gain);    // neither is better by enough to matter
bool isAbove(const ProbeScore& score, double loss);  // its mean, beyond chance

// All scores of one question. The declared setting stands first.
struct ProbeSweep {
  std::vector<ProbeScore> scores = {};  // empty: not tried
  std::string usual = {};   // the setting of nearly every BERT

  const ProbeScore& best() const;  // by pairs
  // What to name in the place of the declared setting, if anything is clearly better and a model that works (mean at
  // most `works`): the best one, or the usual one if that is not clearly worse. Else null.
  const ProbeScore* better(double works) const;
  bool settled(double works) const;  // one is clearly better than each other
};

struct ProbeLayer {
  double norm = 0;      // mean L2 norm of the token vectors
  double cosine = 0;    // mean over pairs of different tokens
  double entropy = 0;   // smallest over heads of attention entropy, as a share of ln n; 1: every head is flat
};

struct ProbeResult {
  std::string why_not;      // why nothing was run at all; empty: it was
  std::string mlm_why_not;  // why no masked word was tried; empty: they were
  std::string mlm_variant;  // the words for it in the catalogue
  int sentences = 0;        // with a masked word; without one, those that would have done
  double nll = 0, ln_vocab = 0, top1 = 0, top5 = 0;  // as declared; shares from 0 to 1
  double works = 0;         // the largest mean loss of a model that works

  ProbeSweep kernels;  // square ones "as-stored", "encoder-turned", "all-turned"
  ProbeSweep heads, activations, casings, offsets;

  std::vector<ProbeLayer> layers;  // 0: embeddings
  bool finite = true;
  bool repeatable = true;          // two runs gave the same
  std::optional<double> padding_change;  // of an unpadded output once padding follows it, unmasked
  // Log-odds of "is next", pair by pair: of sentences that belong together, and of the same first ones with another second.
  std::vector<double> nsp_coherent, nsp_random;
  int forwards = 0;
};

// Of paired differences first - second.
PairedGain pairedGain(std::span<const double> first, std::span<const double> second);

}  // namespace bp
