#include "bindings/probe_run.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "checks/thresholds.h"

namespace bp {
namespace {

constexpr size_t kMeasured = 4;   // sentences whose layers are looked at
constexpr size_t kPlainIds = 16;  // tokens where no sentence can be read
constexpr size_t kPadding = 8;    // tokens

struct OneSegment {  // without padding
  explicit OneSegment(const std::vector<int32_t>& ids) : ids(ids), types(ids.size(), 0), mask(ids.size(), 1) {}
  EncoderInput input() const { return {ids, types, mask}; }
  const std::vector<int32_t>& ids;
  std::vector<int32_t> types, mask;
};

size_t indexOf(Casing casing) { return static_cast<size_t>(std::find(kCasings.begin(), kCasings.end(), casing) - kCasings.begin()); }

bool allFinite(std::span<const float> values) {
  return std::all_of(values.begin(), values.end(), [](float x) { return std::isfinite(x); });
}

double logSumExp(std::span<const float> logits) {
  const float largest = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (const float one : logits) sum += std::exp(static_cast<double>(one) - largest);
  return largest + std::log(sum);
}

double norm(std::span<const float> x) {
  double sum = 0;
  for (const float one : x) sum += static_cast<double>(one) * one;
  return std::sqrt(sum);
}

double dot(std::span<const float> x, std::span<const float> y) {
  double sum = 0;
  for (size_t i = 0; i < x.size(); ++i) sum += static_cast<double>(x[i]) * y[i];
  return sum;
}

// As a share of that of an even spread.
double entropy(std::span<const float> p) {
  double sum = 0;
  for (const float one : p) sum -= one > 0 ? one * std::log(static_cast<double>(one)) : 0;
  return p.size() < 2 ? 0 : sum / std::log(static_cast<double>(p.size()));
}

bool isGelu(kernels::Activation activation) {
  using enum kernels::Activation;
  return activation == kGeluErf || activation == kGeluTanh || activation == kGelu10;
}

double unknownShare(const std::vector<std::optional<MaskedWord>>& words) {
  double unknown = 0, all = 0;
  for (const std::optional<MaskedWord>& word : words) {
    if (!word) continue;
    unknown += word->unknown;
    all += static_cast<double>(word->ids.size());
  }
  return all == 0 ? 0 : unknown / all;
}

}  // namespace

ProbeRun::ProbeRun(EncoderWeights& weights, const Runnable& run, const ProbeInput& input) : weights_(weights) {
  result_.ln_vocab = std::log(static_cast<double>(run.sizes.vocab));
  result_.works = kProbeNllShare * result_.ln_vocab;
  base_ = {"", run.options, nullptr, Turned::kNone, true};
  ProbeWords words;
  const bool readable = planWords(run, input, words);
  std::vector<int32_t> ids;
  if (readable && !words_[0].empty()) {
    ids = (*base_.words)[0]->ids;
    for (size_t i = 0; i < base_.words->size(); ++i) jobs_.push_back({1, [this, i] { runDeclared(i); }});
  } else {
    const size_t count = std::min<size_t>(kPlainIds, static_cast<size_t>(run.sizes.positions));
    for (size_t i = 0; i < count; ++i) ids.push_back(static_cast<int32_t>(static_cast<int64_t>(i) * run.sizes.vocab / static_cast<int64_t>(count)));
  }
  planHidden(std::move(ids), input.vocab ? input.vocab->id("[PAD]").value_or(0) : 0);
  if (run.nsp_why.empty() && input.nsp_trained && readable) planPairs(std::move(words.pairs));
  if (result_.mlm_why_not.empty()) planRaces(run.activation, input.best);
}

// False: no sentence can be read. Fills words_, or says why no word is tried.
bool ProbeRun::planWords(const Runnable& run, const ProbeInput& input, ProbeWords& words) {
  const auto refuse = [this](const char* variant, const std::string& why) {
    result_.mlm_variant = variant;
    result_.mlm_why_not = why;
  };
  if (!run.mlm_why.empty()) {
    refuse("head", run.mlm_why);
  } else if (!input.mlm_trained) {
    refuse("untrained", "the masked-word head was never trained");
  }
  if (input.vocab == nullptr) {
    if (result_.mlm_why_not.empty()) refuse("vocab", "there is no readable vocabulary");
    return false;
  }
  for (const char* special : {"[CLS]", "[SEP]", "[MASK]"}) {
    const std::optional<int32_t> id = input.vocab->id(special);
    if (id && *id < run.sizes.vocab) continue;
    if (result_.mlm_why_not.empty()) refuse("special", std::string(special) + " is not in the vocabulary");
    return false;
  }
  words = probeWords(*input.vocab, input.best, run.sizes.vocab, kWholeWords);
  const auto fits = [&](const std::optional<MaskedWord>& word) { return word && word->ids.size() <= static_cast<size_t>(run.sizes.positions); };
  const Words& read = words.words[indexOf(input.best)];
  result_.sentences = static_cast<int>(std::count_if(read.begin(), read.end(), fits));
  if (result_.mlm_why_not.empty() && (result_.sentences < kProbeSentences || static_cast<size_t>(result_.sentences) < read.size())) {
    refuse("sentences", "only " + std::to_string(result_.sentences) + " of the test sentences fit the vocabulary and the positions");
  }
  if (result_.mlm_why_not.empty()) words_ = std::move(words.words);
  base_.words = &words_[indexOf(input.best)];
  return true;
}

// One sentence again, and again with padding. Where no word is masked it is also the one whose layers are looked at.
void ProbeRun::planHidden(std::vector<int32_t> ids, int32_t padding) {
  if (jobs_.empty()) {
    jobs_.push_back({1, [this, ids] {
                       Encoder encoder(weights_, base_.options);
                       encoder.keep_attention = true;
                       encoder.run(OneSegment(ids).input(), [&](size_t layer, std::span<const float>) { measureLayer(layer, encoder); });
                       first_hidden_.assign(encoder.hidden().begin(), encoder.hidden().end());
                       ++measured_;
                       closeDeclared();
                     }});
  }
  jobs_.push_back({1, [this, ids] { result_.repeatable = hiddenOf(ids) == first_hidden_; }});
  std::vector<int32_t> padded = ids;
  padded.insert(padded.end(), kPadding, padding);
  if (!inputFault(OneSegment(padded).input(), weights_, base_.options).empty()) return;
  jobs_.push_back({1, [this, padded] {
                     const std::vector<float> hidden = hiddenOf(padded);
                     double change = 0;
                     for (size_t i = 0; i < first_hidden_.size(); ++i) change = std::max(change, std::abs(static_cast<double>(hidden[i]) - first_hidden_[i]));
                     result_.padding_change = change;
                   }});
}

void ProbeRun::planPairs(std::vector<std::pair<Encoding, Encoding>> pairs) {
  if (static_cast<int>(pairs.size()) < kProbePairs) return;
  for (std::pair<Encoding, Encoding>& pair : pairs) {
    jobs_.push_back({1, [this, encoding = std::move(pair.first)] { result_.nsp_coherent.push_back(nextSentence(encoding)); }});
    jobs_.push_back({1, [this, encoding = std::move(pair.second)] { result_.nsp_random.push_back(nextSentence(encoding)); }});
  }
}

void ProbeRun::planRaces(const std::string& activation, Casing read) {
  const int words = static_cast<int>(base_.words->size());
  const auto with = [this](std::string name, auto change) {
    Setting setting = base_;
    setting.name = std::move(name);
    setting.same_model = false;
    change(setting);
    return setting;
  };
  const auto as_base = [with](std::string name) { return with(std::move(name), [](Setting& setting) { setting.same_model = true; }); };

  waiting_.push_back({2 * kProbeRound, [=, this] {
                        return raceOf(result_.kernels, {as_base("as-stored"), with("encoder-turned", [](Setting& s) { s.turned = Turned::kEncoder; }),
                                                        with("all-turned", [](Setting& s) { s.turned = Turned::kAll; })});
                      }});

  const int64_t width = weights_.sizes().hidden;
  std::vector<int64_t> divisors;
  for (int64_t heads = 1; heads <= width; ++heads) {
    if (width % heads == 0 && heads != base_.options.heads) divisors.push_back(heads);
  }
  waiting_.push_back({static_cast<int>(divisors.size()) * kProbeRound, [=, this] {
                        std::vector<Setting> settings = {as_base(std::to_string(base_.options.heads))};
                        for (const int64_t heads : divisors) settings.push_back(with(std::to_string(heads), [heads](Setting& s) { s.options.heads = heads; }));
                        if (width % kUsualHeadSize == 0) result_.heads.usual = std::to_string(width / kUsualHeadSize);
                        return raceOf(result_.heads, std::move(settings));
                      }});

  waiting_.push_back({words, [=, this] {
                        using enum kernels::Activation;
                        std::vector<Setting> settings = {as_base(activation)};
                        // Which of its forms gelu is, no loss tells.
                        if (!isGelu(base_.options.activation)) settings.push_back(with("gelu", [](Setting& s) { s.options.activation = kGeluTanh; }));
                        if (base_.options.activation != kRelu) settings.push_back(with("relu", [](Setting& s) { s.options.activation = kRelu; }));
                        result_.activations.usual = "gelu";
                        return raceOf(result_.activations, std::move(settings));
                      }});

  waiting_.push_back({words, [=, this] {
                        std::vector<Casing> casings = {read};
                        for (const Casing casing : kCasings) {
                          const auto same = [&](Casing other) { return words_[indexOf(other)] == words_[indexOf(casing)]; };
                          if (std::none_of(casings.begin(), casings.end(), same)) casings.push_back(casing);
                        }
                        std::vector<Setting> settings;
                        for (const Casing casing : casings) {
                          settings.push_back(as_base(std::string(casingName(casing))));
                          settings.back().words = &words_[indexOf(casing)];
                        }
                        return raceOf(result_.casings, std::move(settings));
                      }});

  waiting_.push_back({words, [=, this] {
                        return raceOf(result_.offsets, {as_base("0"), with("2", [](Setting& s) { s.options.position_offset = 2; })});
                      }});
}

void ProbeRun::step() {
  if (finished()) return;
  const Job job = std::move(jobs_.front());
  jobs_.pop_front();
  result_.forwards += job.forwards;
  job.run();
  refill();
}

int ProbeRun::total() const {
  int total = result_.forwards;
  for (const Job& job : jobs_) total += job.forwards;
  for (const Waiting& waiting : waiting_) total += waiting.forwards;
  return total;
}

// --- as declared ------------------------------------------------------------------

void ProbeRun::runDeclared(size_t word) {
  const MaskedWord& masked = *(*base_.words)[word];
  Encoder encoder(weights_, base_.options);
  encoder.keep_attention = word < kMeasured;
  encoder.run(OneSegment(masked.ids).input(), [&](size_t layer, std::span<const float>) {
    if (word < kMeasured) measureLayer(layer, encoder);
  });
  if (word < kMeasured) ++measured_;
  if (word == 0) first_hidden_.assign(encoder.hidden().begin(), encoder.hidden().end());

  const std::vector<float> logits = encoder.mlmLogits(std::span(&masked.position, 1));
  result_.finite = result_.finite && allFinite(encoder.hidden()) && allFinite(logits);
  const float answer = logits[static_cast<size_t>(masked.answer)];
  const auto above = std::count_if(logits.begin(), logits.end(), [answer](float one) { return one > answer; });
  base_losses_.push_back(logSumExp(logits) - answer);
  result_.top1 += above < 1;
  result_.top5 += above < 5;
  if (word + 1 == base_.words->size()) closeDeclared();
}

void ProbeRun::measureLayer(size_t layer, const Encoder& encoder) {
  if (result_.layers.size() <= layer) {
    result_.layers.resize(layer + 1);
    entropies_.resize(layer + 1);
  }
  ProbeLayer& sums = result_.layers[layer];
  const size_t tokens = encoder.tokens(), width = static_cast<size_t>(weights_.sizes().hidden);
  const auto row = [&](size_t i) { return encoder.hidden().subspan(i * width, width); };
  result_.finite = result_.finite && allFinite(encoder.hidden());
  double norms = 0, cosines = 0;
  for (size_t i = 0; i < tokens; ++i) {
    norms += norm(row(i));
    for (size_t j = 0; j < i; ++j) cosines += dot(row(i), row(j)) / std::max(norm(row(i)) * norm(row(j)), std::numeric_limits<double>::min());
  }
  sums.norm += norms / static_cast<double>(tokens);
  if (tokens > 1) sums.cosine += cosines / (static_cast<double>(tokens) * static_cast<double>(tokens - 1) / 2);

  const std::span<const float> attention = encoder.attention();
  const size_t heads = layer == 0 ? 0 : attention.size() / (tokens * tokens);
  entropies_[layer].resize(heads);
  for (size_t head = 0; head < heads; ++head) {
    double sum = 0;
    for (size_t i = 0; i < tokens; ++i) sum += entropy(attention.subspan((head * tokens + i) * tokens, tokens));
    entropies_[layer][head] += sum / static_cast<double>(tokens);
  }
}

void ProbeRun::closeLayers() {
  for (size_t layer = 0; layer < result_.layers.size(); ++layer) {
    ProbeLayer& mean = result_.layers[layer];
    mean.norm /= measured_;
    mean.cosine /= measured_;
    const std::vector<double>& heads = entropies_[layer];
    mean.entropy = heads.empty() ? 0 : *std::min_element(heads.begin(), heads.end()) / measured_;
  }
}

void ProbeRun::closeDeclared() {
  closeLayers();
  if (!result_.finite) {  // nothing else can be told of it
    jobs_.clear();
    waiting_.clear();
    return;
  }
  if (base_losses_.empty()) return;
  const auto words = static_cast<double>(base_losses_.size());
  result_.nll = ProbeScore{"", base_losses_}.mean();
  result_.top1 /= words;
  result_.top5 /= words;
}

std::vector<float> ProbeRun::hiddenOf(const std::vector<int32_t>& ids) {
  Encoder encoder(weights_, base_.options);
  encoder.run(OneSegment(ids).input(), [](size_t, std::span<const float>) {});
  return {encoder.hidden().begin(), encoder.hidden().end()};
}

double ProbeRun::nextSentence(const Encoding& pair) {
  const EncoderInput input{pair.input_ids, pair.token_type_ids, pair.attention_mask};
  if (!inputFault(input, weights_, base_.options).empty()) return std::numeric_limits<double>::quiet_NaN();
  Encoder encoder(weights_, base_.options);
  encoder.run(input, [](size_t, std::span<const float>) {});
  const std::vector<float> logits = encoder.nspLogits(encoder.pooled());
  return static_cast<double>(logits[0]) - logits[1];
}

// --- races ------------------------------------------------------------------------

double ProbeRun::loss(const Setting& setting, const MaskedWord& word) const {
  const OneSegment segment(word.ids);
  if (!inputFault(segment.input(), weights_, setting.options).empty()) return std::numeric_limits<double>::quiet_NaN();
  Encoder encoder(weights_, setting.options);
  encoder.run(segment.input(), [](size_t, std::span<const float>) {});
  const std::vector<float> logits = encoder.mlmLogits(std::span(&word.position, 1));
  return allFinite(logits) ? logSumExp(logits) - logits[static_cast<size_t>(word.answer)] : std::numeric_limits<double>::quiet_NaN();
}

ProbeRun::Race ProbeRun::raceOf(ProbeSweep& sweep, std::vector<Setting> settings) {
  sweep.scores.clear();
  for (const Setting& setting : settings) sweep.scores.push_back({setting.name, {}, unknownShare(*setting.words)});
  std::vector<bool> running(settings.size(), true);
  return {&sweep, std::move(settings), std::move(running), 0};
}

// Until there is a job, or nothing left to ask.
void ProbeRun::refill() {
  while (jobs_.empty() && (race_ || !waiting_.empty())) {
    if (!race_) {
      race_ = waiting_.front().start();
      waiting_.pop_front();
    } else if (race_->tried < base_.words->size()) {
      dropSettings();
    } else {
      closeRace();
      continue;
    }
    pushRound();
  }
}

void ProbeRun::pushRound() {
  const size_t begin = race_->tried, end = std::min(begin + kProbeRound, base_.words->size());
  race_->tried = end;
  for (size_t s = 0; s < race_->settings.size(); ++s) {
    if (!race_->running[s]) continue;
    const Setting& setting = race_->settings[s];
    std::vector<double>& losses = race_->sweep->scores[s].nll;
    losses.resize(end, std::numeric_limits<double>::quiet_NaN());
    std::vector<size_t> left;
    for (size_t i = begin; i < end; ++i) {
      const std::optional<MaskedWord>& word = (*setting.words)[i];
      if (setting.same_model && word == (*base_.words)[i]) {
        losses[i] = base_losses_[i];
      } else if (word) {
        left.push_back(i);
      }
    }
    const auto run = [this, &setting, &losses](size_t i) { losses[i] = loss(setting, *(*setting.words)[i]); };
    if (setting.turned == Turned::kNone) {
      for (const size_t i : left) jobs_.push_back({1, [run, i] { run(i); }});
    } else {
      jobs_.push_back({static_cast<int>(left.size()), [this, &setting, run, left] {
                         weights_.transposeSquareKernels(setting.turned == Turned::kAll);
                         for (const size_t i : left) run(i);
                         weights_.transposeSquareKernels(setting.turned == Turned::kAll);
                       }});
    }
  }
}

// The declared setting stays: what is named in its place must be better on all words.
void ProbeRun::dropSettings() {
  const ProbeScore& best = race_->sweep->best();
  for (size_t s = 1; s < race_->settings.size(); ++s) {
    const ProbeScore& score = race_->sweep->scores[s];
    const PairedGain behind = pairedGain(best, score);
    if (isAbove(score, result_.works) || (&score != &best && (isClear(behind) || isTie(behind)))) race_->running[s] = false;
  }
}

void ProbeRun::closeRace() {
  const ProbeScore* better = race_->sweep->better(result_.works);
  if (better != nullptr && better->nll.size() == base_losses_.size()) {
    base_ = race_->settings[static_cast<size_t>(better - race_->sweep->scores.data())];
    base_losses_ = better->nll;
    if (base_.turned != Turned::kNone) waiting_.clear();  // the rest is asked of weights that stand as they should
  }
  race_.reset();
}

}  // namespace bp
