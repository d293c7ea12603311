// What the forward-pass probes measured on a set, as plain data; check_run.cc says what it means.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bp {

struct ProbeScore {  // of one setting, over all one-mask sentences
  std::string setting;      // "12", "relu", "lower-strip", "2"
  double nll = 0;           // mean negative log-likelihood of the masked words, natural logarithm
  double unknown_share = 0; // of [UNK] among the tokens; only casings differ in it
};

struct ProbeLayer {
  double norm = 0;      // mean L2 norm of the token vectors
  double cosine = 0;    // mean over pairs of different tokens
  double entropy = 0;   // smallest over heads of attention entropy, as a share of ln n; 1: every head is flat
};

struct ProbeResult {
  std::string mlm_why_not;  // why no masked word was tried; empty: they were
  std::string why_not;      // why nothing was run at all; empty: it was
  int sentences = 0;
  double nll = 0, ln_vocab = 0, top1 = 0, top5 = 0;  // as declared; shares from 0 to 1

  // Each with the declared setting first; empty: not tried.
  std::vector<ProbeScore> heads, activations, casings, offsets;
  std::optional<double> transposed_nll;  // every square kernel transposed

  std::vector<ProbeLayer> layers;  // 0: embeddings
  bool finite = true;
  bool repeatable = true;          // two runs gave the same
  std::optional<double> padding_change;               // of an unpadded output once padding follows it, unmasked
  std::optional<std::pair<double, double>> nsp;       // probability of "is next": coherent pair, random pair
};

}  // namespace bp
