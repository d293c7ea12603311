// Every threshold of the checks, in one place, each with what it rests on.
#pragma once

#include <cstdint>

namespace bp {

// --- names -----------------------------------------------------------------------
// A scope is taken off if at least this share of a loader's names is there afterwards, and less than that before. No measured
// set lies between: names are all under a scope or none is.
inline constexpr double kScopeAfter = 0.9;
inline constexpr double kScopeBefore = 0.1;
// Letters two spellings of one path part may differ by; three would let "query" stand for "key".
inline constexpr int kNearDistance = 2;
inline constexpr std::size_t kMaxNameParts = 32;  // Google's longest name has 7
inline constexpr std::size_t kMaxNameLength = 1000;  // of a name that is looked at for what it might mean
inline constexpr int64_t kMaxLayersListed = 64;       // of layers wholly absent above a gap in their numbers

// --- data files ------------------------------------------------------------------
// Tensors that must fail before a pair is called mixed: one damaged block of a small file fails a few, never eight of eight.
inline constexpr uint64_t kMixedPairMinimum = 8;

// --- config ----------------------------------------------------------------------
inline constexpr int64_t kUsualHeadSize = 64;     // in every published size of BERT
inline constexpr double kNoticedEpsilon = 1e-6;   // 1e-12 and 1e-14 cannot be told apart in float32; 1e-5 can
inline constexpr int64_t kMaxLayers = 1'000'000;  // a config may ask for any number; counting stays in range

// --- vocab (calibrate) -----------------------------------------------------------
// Rows of the word table in Google's releases: English uncased and cased, Chinese, multilingual uncased and cased.
inline constexpr int64_t kReleasedRows[] = {30522, 28996, 21128, 105879, 119547};
inline constexpr int32_t kSimplifiedClassify = 4;  // [CLS] stands at 101 in all of them; bert4keras' simplified lists begin with the specials
inline constexpr int64_t kChineseRows = 21128, kChineseSeparatorLine = 344;  // that line holds U+2028
// Of [unused*] rows, so many must be there to say something: a few may lie anywhere by chance. Releases have 99 and 994.
inline constexpr std::size_t kUnusedMinimum = 50;
inline constexpr double kUnusedBiasQuarter = 0.25;  // their median MLM bias lies below this quantile of all
// They were hardly trained, so their norms lie close: in a published MiniLM (30522 rows of 384) the middle half spans 5 % of
// what it spans for other rows. In a table that is fresh all norms lie close; there the rule says nothing.
inline constexpr double kUnusedNormSpread = 0.5;
inline constexpr double kTrainedNormSpread = 2.0;  // times that of a fresh table; the MiniLM has 4.5

// --- weights (calibrate) ---------------------------------------------------------
// Standard deviation of a normal distribution cut at two standard deviations, as TensorFlow's truncated_normal draws it.
inline constexpr double kTruncatedDeviation = 0.880;
// A fresh kernel's spread lies this near; a small one may lie further by chance: kFreshSigmas standard errors, 1/sqrt(2 n) each.
inline constexpr double kFreshTolerance = 0.03;
inline constexpr double kFreshSigmas = 4.0;
inline constexpr float kLargestHalf = 65504.0f;

// --- probes (calibrate) ----------------------------------------------------------
// By tests/fixtures/trained (and its measured.json) as it is and with one thing changed, the fresh and random sets, and a MiniLM.
// A masked word of the trained set costs 5.1 nats in the mean of 38, 0.62 of ln V, and 21 % are right; shuffled words, noise
// and fresh weights cost 0.95 ln V and more, and none is right.
inline constexpr double kProbeNllShare = 0.8;   // of ln V: a model that works
inline constexpr double kProbeTop1 = 0.05;
// Another setting is better by at least so many nats a word and so many standard errors of the paired differences. Trained set:
// one head for two 1.61 +- 0.32, tanh for gelu 1.00 +- 0.29; but four heads 0.03, relu 0.01, offset 2 and capitals less than 0.2.
inline constexpr double kProbeLeast = 0.2;
inline constexpr double kProbeErrors = 3.0;
inline constexpr int kProbeRound = 8;           // masked words before two settings are compared, and between two looks
// Of 40 sentences 38 can be used with the trained set's 4000 tokens, all with Google's vocabularies, none with syllables.
inline constexpr int kProbeSentences = 20;
inline constexpr double kWholeWords = 0.5;      // share of the words of a sentence that must be tokens of their own
// The trained set tells 86 % of its own kind of pairs, and the twelve here by 0.69 +- 0.30 of log-odds.
inline constexpr int kProbePairs = 8;
inline constexpr double kPairErrors = 2.0;
inline constexpr double kPaddingMoves = 1e-4;   // a hundred times what float32 does to a sum in another order
// Largest of a layer: MiniLM 0.48, trained set 0.37, a fresh BERT 0.39, twelve random layers 0.89.
inline constexpr double kCollapsedCosine = 0.99;
// Of ln n, in every head. Least even head of the most even layer: MiniLM 0.56, trained set 0.78; random kernels have 0.994 at
// width 256 and 0.9987 at 64. What is above has queries or keys as good as zero; fresh ones are known by their values.
inline constexpr double kFlatEntropy = 0.9995;

}  // namespace bp
