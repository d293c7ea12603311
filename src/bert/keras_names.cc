#include "bert/keras_names.h"

#include <algorithm>
#include <charconv>
#include <span>
#include <utility>

namespace bp {
namespace {

constexpr Part kAttention[] = {Part::kQueryKernel, Part::kQueryBias, Part::kKeyKernel,       Part::kKeyBias,
                               Part::kValueKernel, Part::kValueBias, Part::kAttentionKernel, Part::kAttentionBias};
constexpr Part kFeedForward[] = {Part::kIntermediateKernel, Part::kIntermediateBias, Part::kOutputKernel, Part::kOutputBias};
constexpr Part kPooler[] = {Part::kPoolerKernel, Part::kPoolerBias};
constexpr Part kMlmDense[] = {Part::kMlmKernel, Part::kMlmBias};
constexpr Part kNsp[] = {Part::kNspKernel, Part::kNspBias};
constexpr Part kWords[] = {Part::kWordTable}, kSegments[] = {Part::kSegmentTable}, kPositions[] = {Part::kPositionTable};
constexpr Part kOutputBias[] = {Part::kMlmOutputBias};

struct KerasLayer {
  std::string_view name;
  std::span<const Part> parts;  // in the order of the layer's weights
};
// Outside the encoder; each library has some of them.
constexpr KerasLayer kOutside[] = {
    {"Embedding-Token", kWords},   {"Embedding-Segment", kSegments}, {"Embedding-Position", kPositions},
    {"MLM-Dense", kMlmDense},      {"MLM-Sim", kOutputBias},         {"MLM-Bias", kOutputBias},
    {"NSP-Dense", kPooler},        {"Pooler-Dense", kPooler},        {"NSP", kNsp},
    {"NSP-Proba", kNsp},
};

struct Norm {
  std::string_view name;
  Part gamma, beta;
};
constexpr Norm kNorms[] = {{"Embedding-Norm", Part::kEmbeddingGamma, Part::kEmbeddingBeta}, {"MLM-Norm", Part::kMlmGamma, Part::kMlmBeta}};

// "Encoder-1-FeedForward" → the layer from 0 and what follows it.
struct Numbered {
  KerasLibrary library = KerasLibrary::kNone;
  int32_t layer = -1;
  std::string_view what;
};
Numbered readNumbered(std::string_view name) {
  struct Scheme {
    std::string_view word;
    KerasLibrary library;
    int32_t first;
  };
  for (const Scheme& scheme : {Scheme{"Encoder-", KerasLibrary::kKerasBert, 1}, Scheme{"Transformer-", KerasLibrary::kBert4keras, 0}}) {
    if (name.substr(0, scheme.word.size()) != scheme.word) continue;
    const std::string_view rest = name.substr(scheme.word.size());
    int32_t number = -1;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    const auto length = static_cast<size_t>(end - rest.data());
    const bool plain = length == 1 || (length > 1 && rest[0] != '0');
    if (error != std::errc() || !plain || number < scheme.first || number > 99999 || rest.substr(length, 1) != "-") continue;
    return {scheme.library, number - scheme.first, rest.substr(length + 1)};
  }
  return {};
}

// The last part of a weight's name, without ":0".
std::string_view leafOf(std::string_view name) {
  name = name.substr(name.rfind('/') + 1);  // npos + 1 is 0
  return name.substr(0, name.find(':'));
}

}  // namespace

std::string_view kerasLibraryName(KerasLibrary library) {
  switch (library) {
    case KerasLibrary::kNone: return "";
    case KerasLibrary::kKerasBert: return "keras-bert";
    case KerasLibrary::kBert4keras: return "bert4keras";
  }
  return "";
}

KerasNames readKerasNames(const std::vector<std::string>& names) {
  KerasNames read;
  std::vector<std::pair<std::string_view, std::vector<uint32_t>>> layers;  // in the order met
  std::map<std::string_view, size_t> by_name;
  for (uint32_t i = 0; i < names.size(); ++i) {
    const std::string_view layer = std::string_view(names[i]).substr(0, names[i].find('/'));
    if (layer.size() == names[i].size()) continue;
    const auto [known, fresh] = by_name.emplace(layer, layers.size());
    if (fresh) layers.emplace_back(layer, std::vector<uint32_t>());
    layers[known->second].second.push_back(i);
  }
  read.layers = static_cast<uint32_t>(layers.size());
  for (const auto& layer : layers) {
    const std::string_view name = layer.first;
    const std::vector<uint32_t>& weights = layer.second;
    const auto inOrder = [&](std::span<const Part> parts, int32_t number) {
      if (parts.size() != weights.size()) return;
      for (size_t i = 0; i < parts.size(); ++i) read.roles.emplace(Role{parts[i], number}, weights[i]);
    };
    // The two libraries keep gamma and beta in different orders, under their names.
    const auto norm = [&](Part gamma, Part beta, int32_t number) {
      for (const uint32_t weight : weights) {
        if (leafOf(names[weight]) == "gamma") read.roles.emplace(Role{gamma, number}, weight);
        if (leafOf(names[weight]) == "beta") read.roles.emplace(Role{beta, number}, weight);
      }
    };
    for (const KerasLayer& one : kOutside) {
      if (one.name == name) inOrder(one.parts, -1);
    }
    for (const Norm& one : kNorms) {
      if (one.name == name) norm(one.gamma, one.beta, -1);
    }
    const Numbered numbered = readNumbered(name);
    if (numbered.library == KerasLibrary::kNone) continue;
    if (read.library == KerasLibrary::kNone) read.library = numbered.library;
    if (numbered.library != read.library) continue;
    if (numbered.what == "MultiHeadSelfAttention") inOrder(kAttention, numbered.layer);
    if (numbered.what == "FeedForward") inOrder(kFeedForward, numbered.layer);
    if (numbered.what == "MultiHeadSelfAttention-Norm") norm(Part::kAttentionGamma, Part::kAttentionBeta, numbered.layer);
    if (numbered.what == "FeedForward-Norm") norm(Part::kOutputGamma, Part::kOutputBeta, numbered.layer);
  }
  if (read.library == KerasLibrary::kNone) read.roles.clear();
  return read;
}

uint32_t kerasLayerCount(int64_t layers, bool pooler, bool mlm, bool nsp) {
  return static_cast<uint32_t>(4 + 4 * layers + (pooler ? 1 : 0) + (mlm ? 3 : 0) + (nsp ? 1 : 0));
}

}  // namespace bp
