#include "checks/probe_result.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "checks/thresholds.h"

namespace bp {

double ProbeScore::mean() const {
  double sum = 0;
  size_t tried = 0;
  for (const double one : nll) {
    if (std::isnan(one)) continue;
    sum += one;
    ++tried;
  }
  return tried == 0 ? std::numeric_limits<double>::infinity() : sum / static_cast<double>(tried);
}

PairedGain pairedGain(std::span<const double> first, std::span<const double> second) {
  PairedGain gain;
  double squares = 0;  // of distances from the mean so far (Welford)
  for (size_t i = 0; i < std::min(first.size(), second.size()); ++i) {
    const double difference = first[i] - second[i];
    if (std::isnan(difference)) continue;
    const double from_mean = difference - gain.mean;
    gain.mean += from_mean / ++gain.words;
    squares += from_mean * (difference - gain.mean);
  }
  if (gain.words > 1) gain.error = std::sqrt(squares / (gain.words - 1) / gain.words);
  return gain;
}

PairedGain pairedGain(const ProbeScore& first, const ProbeScore& second) {
  return pairedGain(std::span(second.nll), std::span(first.nll));  // the smaller loss is the better one
}

bool isClear(const PairedGain& gain) {
  return gain.words >= kProbeRound && gain.mean >= kProbeLeast && gain.mean >= kProbeErrors * gain.error;
}

bool isTie(const PairedGain& gain) {
  return gain.words >= kProbeRound && std::abs(gain.mean) + kProbeErrors * gain.error < kProbeLeast;
}

bool isAbove(const ProbeScore& score, double loss) {
  const PairedGain over = pairedGain(score.nll, std::vector<double>(score.nll.size(), loss));
  return over.words >= kProbeRound && over.mean > kProbeErrors * over.error;
}

const ProbeScore& ProbeSweep::best() const {
  const ProbeScore* best = &scores[0];
  for (const ProbeScore& score : scores) {
    if (pairedGain(score, *best).mean > 0) best = &score;
  }
  return *best;
}

const ProbeScore* ProbeSweep::better(double works) const {
  if (scores.size() < 2) return nullptr;
  const ProbeScore& declared = scores[0];
  const ProbeScore& first = best();
  if (!isClear(pairedGain(first, declared)) || first.mean() > works) return nullptr;
  for (const ProbeScore& score : scores) {
    if (score.setting == usual && isClear(pairedGain(score, declared)) && !isClear(pairedGain(first, score))) return &score;
  }
  return &first;
}

bool ProbeSweep::settled(double works) const {
  if (scores.size() < 2) return false;
  const ProbeScore& first = best();
  return first.mean() <= works && std::all_of(scores.begin(), scores.end(), [&first](const ProbeScore& score) {
           return &score == &first || isClear(pairedGain(first, score));
         });
}

}  // namespace bp
