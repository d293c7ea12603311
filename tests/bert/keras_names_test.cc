#include "bert/keras_names.h"

#include "doctest/doctest.h"

using namespace bp;

namespace {

uint32_t at(const KerasNames& names, Part part, int32_t layer = -1) {
  const auto found = names.roles.find(Role{part, layer});
  return found == names.roles.end() ? UINT32_MAX : found->second;
}

}  // namespace

TEST_CASE("keras-bert counts layers from 1, its parts have letters") {
  const std::string attention = "Encoder-1-MultiHeadSelfAttention/Encoder-1-MultiHeadSelfAttention/Encoder-1-MultiHeadSelfAttention_";
  std::vector<std::string> list = {"Embedding-Token/Embedding-Token/embeddings:0", "Embedding-Norm/Embedding-Norm/gamma:0",
                                   "Embedding-Norm/Embedding-Norm/beta:0"};
  for (const char* part : {"Wq:0", "bq:0", "Wk:0", "bk:0", "Wv:0", "bv:0", "Wo:0", "bo:0"}) list.push_back(attention + part);
  list.push_back("NSP-Dense/NSP-Dense/kernel:0");
  list.push_back("NSP-Dense/NSP-Dense/bias:0");
  const KerasNames names = readKerasNames(list);
  CHECK(names.library == KerasLibrary::kKerasBert);
  CHECK(names.layers == 4);
  CHECK(at(names, Part::kWordTable) == 0);
  CHECK(at(names, Part::kEmbeddingGamma) == 1);
  CHECK(at(names, Part::kEmbeddingBeta) == 2);
  CHECK(at(names, Part::kQueryKernel, 0) == 3);
  CHECK(at(names, Part::kValueBias, 0) == 8);
  CHECK(at(names, Part::kAttentionKernel, 0) == 9);
  CHECK(at(names, Part::kPoolerBias) == 12);
  CHECK(names.roles.size() == list.size());
}

TEST_CASE("bert4keras counts from 0, its dense layers go by order and its norms by name") {
  const KerasNames names = readKerasNames({"Transformer-0-FeedForward/dense_9/kernel", "Transformer-0-FeedForward/dense_9/bias",
                                           "Transformer-0-FeedForward/dense_10/kernel", "Transformer-0-FeedForward/dense_10/bias",
                                           "Transformer-0-FeedForward-Norm/beta", "Transformer-0-FeedForward-Norm/gamma", "MLM-Bias/bias",
                                           "NSP-Proba/kernel", "NSP-Proba/bias"});
  CHECK(names.library == KerasLibrary::kBert4keras);
  CHECK(at(names, Part::kIntermediateKernel, 0) == 0);
  CHECK(at(names, Part::kOutputKernel, 0) == 2);
  CHECK(at(names, Part::kOutputBeta, 0) == 4);
  CHECK(at(names, Part::kOutputGamma, 0) == 5);
  CHECK(at(names, Part::kMlmOutputBias) == 6);
  CHECK(at(names, Part::kNspKernel) == 7);
}

TEST_CASE("layers of another form give no roles") {
  CHECK(readKerasNames({"Encoder-0-FeedForward/a", "Encoder-x-FeedForward/a", "Encoder-01-FeedForward/a", "dense/kernel"}).library == KerasLibrary::kNone);
  CHECK(readKerasNames({"Embedding-Token/embeddings:0"}).roles.empty());  // either's, or neither's
  CHECK(readKerasNames({}).layers == 0);
  // A layer with another number of weights than such a layer has.
  CHECK(readKerasNames({"Transformer-0-FeedForward/a", "Transformer-0-FeedForward/b", "Transformer-0-FeedForward/c"}).roles.empty());
  // A layer of the other library among them.
  const KerasNames mixed = readKerasNames({"Encoder-1-FeedForward-Norm/gamma:0", "Transformer-1-FeedForward-Norm/gamma:0"});
  CHECK(mixed.library == KerasLibrary::kKerasBert);
  CHECK(mixed.roles.size() == 1);
}

TEST_CASE("the number of layers with weights a model has") {
  CHECK(kerasLayerCount(12, false, false, false) == 52);
  CHECK(kerasLayerCount(2, true, true, true) == 17);
}
