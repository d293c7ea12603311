#include "bert/model_spec.h"

#include <set>

#include "doctest/doctest.h"

using namespace bp;

namespace {

int64_t elements(const std::vector<ExpectedTensor>& tensors) {
  int64_t total = 0;
  for (const ExpectedTensor& tensor : tensors) total += *elementCount(tensor.shape);
  return total;
}

}  // namespace

// Published counts: encoder with pooler, and with both heads (README of google-research/bert; facts of the released files).
TEST_CASE("the expected tensors of published sizes hold the published number of values") {
  struct Release {
    Sizes sizes;
    int64_t with_pooler, with_heads;
  };
  const Release releases[] = {
      {{30522, 128, 2, 2, 512, 512, 2}, 4385920, 4433468},
      {{30522, 768, 12, 12, 3072, 512, 2}, 109482240, 110106428},
      {{30522, 1024, 24, 16, 4096, 512, 2}, 335141888, 336226108},
      {{28996, 768, 12, 12, 3072, 512, 2}, 108310272, 108932934},
      {{119547, 768, 12, 12, 3072, 512, 2}, 177853440, 178566653},
      {{21128, 768, 12, 12, 3072, 512, 2}, 102267648, 102882442},
  };
  for (const Release& release : releases) {
    const int64_t pooled = elements(encoderTensors(release.sizes)) + elements(poolerTensors(release.sizes));
    CHECK(pooled == release.with_pooler);
    CHECK(pooled + elements(mlmTensors(release.sizes)) + elements(nspTensors(release.sizes)) == release.with_heads);
  }
}

TEST_CASE("there are 5 + 16 L encoder tensors, 2 of the pooler, 5 and 2 of the heads, each role once") {
  Sizes sizes{100, 8, 3, 2, 32, 16, 2};
  std::set<Role> roles;
  for (const auto& list : {encoderTensors(sizes), poolerTensors(sizes), mlmTensors(sizes), nspTensors(sizes)}) {
    for (const ExpectedTensor& tensor : list) CHECK(roles.insert(tensor.role).second);
  }
  CHECK(encoderTensors(sizes).size() == 5 + 16 * 3);
  CHECK(roles.size() == 5 + 16 * 3 + 9);
}

TEST_CASE("every part is exactly one of kernel, table, gamma, bias, the next-sentence weights and the decoder") {
  for (int i = 0; i <= static_cast<int>(Part::kNspBias); ++i) {
    const Part part = static_cast<Part>(i);
    CHECK(isKernel(part) + isTable(part) + isGamma(part) + isBias(part) + (part == Part::kNspKernel) + (part == Part::kMlmDecoder) == 1);
  }
}

TEST_CASE("kernels are [in, out] and the next-sentence weights [2, H]") {
  const Sizes sizes{100, 8, 3, 2, 32, 16, 2};
  CHECK(shapeOf({Part::kIntermediateKernel, 0}, sizes) == Shape{8, 32});
  CHECK(shapeOf({Part::kOutputKernel, 0}, sizes) == Shape{32, 8});
  CHECK(shapeOf({Part::kNspKernel, -1}, sizes) == Shape{2, 8});
  CHECK(shapeOf({Part::kMlmOutputBias, -1}, sizes) == Shape{100});
}
