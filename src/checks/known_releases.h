// Published checkpoints by what can be read off their files (README of google-research/bert; ymcui/Chinese-BERT-wwm).
// Several share one row: re-trained and whole-word releases have the same shapes and vocabulary.
#pragma once

#include <cstdint>

namespace bp {

struct KnownRelease {
  const char* name;
  int64_t vocab, hidden, layers, intermediate;
};

// In the vocabularies of all of them.
struct SpecialId {
  const char* token;
  int32_t id;
};
inline constexpr SpecialId kReleaseIds[] = {{"[PAD]", 0}, {"[UNK]", 100}, {"[CLS]", 101}, {"[SEP]", 102}, {"[MASK]", 103}};

inline constexpr KnownRelease kKnownReleases[] = {
    {"uncased_L-12_H-768_A-12", 30522, 768, 12, 3072},
    {"uncased_L-24_H-1024_A-16", 30522, 1024, 24, 4096},
    {"wwm_uncased_L-24_H-1024_A-16", 30522, 1024, 24, 4096},
    {"cased_L-12_H-768_A-12", 28996, 768, 12, 3072},
    {"cased_L-24_H-1024_A-16", 28996, 1024, 24, 4096},
    {"wwm_cased_L-24_H-1024_A-16", 28996, 1024, 24, 4096},
    {"multi_cased_L-12_H-768_A-12", 119547, 768, 12, 3072},
    {"multilingual_L-12_H-768_A-12", 105879, 768, 12, 3072},
    {"chinese_L-12_H-768_A-12", 21128, 768, 12, 3072},
    {"chinese_wwm_L-12_H-768_A-12", 21128, 768, 12, 3072},
    {"chinese_wwm_ext_L-12_H-768_A-12", 21128, 768, 12, 3072},
    {"chinese_roberta_wwm_ext_L-12_H-768_A-12", 21128, 768, 12, 3072},
    {"chinese_macbert_base", 21128, 768, 12, 3072},
    {"chinese_roberta_wwm_large_ext_L-24_H-1024_A-16", 21128, 1024, 24, 4096},
    {"chinese_macbert_large", 21128, 1024, 24, 4096},
    {"chinese_rbt3_L-3_H-768_A-12", 21128, 768, 3, 3072},
    {"chinese_rbtl3_L-3_H-1024_A-16", 21128, 1024, 3, 4096},
};

// Google's 24 smaller models, all uncased: L of these, H of those, A = H/64, I = 4 H.
inline constexpr int64_t kSmallLayers[] = {2, 4, 6, 8, 10, 12};
inline constexpr int64_t kSmallHidden[] = {128, 256, 512, 768};
inline constexpr int64_t kSmallVocab = 30522;

}  // namespace bp
