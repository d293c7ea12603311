#include "encoder/weights.h"

#include <doctest/doctest.h>

#include <cmath>

#include "encoder/model_set.h"

using namespace bp;
using namespace bp::test;

namespace {

constexpr Sizes kSizes = {50, 24, 2, 3, 40, 20, 2};

std::vector<float> transposed(const std::vector<float>& values, size_t rows, size_t cols) {
  std::vector<float> other(values.size());
  for (size_t r = 0; r < rows; ++r) {
    for (size_t c = 0; c < cols; ++c) other[c * rows + r] = values[r * cols + c];
  }
  return other;
}

std::vector<float> run(const Model& model, const EncoderWeights& weights) {
  const std::vector<int32_t> ids = {1, 7, 3, 40, 2}, types = {0, 0, 0, 1, 1}, mask = {1, 1, 1, 1, 0};
  Encoder encoder(weights, model.options);
  encoder.run({ids, types, mask}, [](size_t, std::span<const float>) {});
  std::vector<float> all(encoder.hidden().begin(), encoder.hidden().end());
  const uint32_t positions[] = {3, 0};
  for (const auto& more : {encoder.pooled(), encoder.mlmLogits(positions), encoder.nspLogits(encoder.pooled())}) {
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

// The model of makeModel(kSizes) with every matrix stored as `store` says.
template <typename F>
Model storedAs(F store) {
  Model model;
  model.sizes = kSizes;
  model.options.heads = kSizes.heads;
  for (const ExpectedTensor& tensor : allTensors(kSizes)) {
    store(model, tensor, madeUpValues(tensor, static_cast<uint32_t>(model.table.size())));
  }
  return model;
}

}  // namespace

TEST_CASE("a slice of a whole shared out leaves nothing over") {
  for (int64_t whole : {0, 1, 7, 12, 3072}) {
    for (uint32_t count = 1; count < 9; ++count) {
      int64_t end = 0;
      for (uint32_t index = 0; index < count; ++index) {
        const Slice slice = sliceOf(whole, {index, count});
        CHECK(slice.begin == end);
        CHECK(slice.size() - whole / count <= 1);
        CHECK(slice.size() >= whole / count);
        end = slice.end;
      }
      CHECK(end == whole);
    }
  }
}

TEST_CASE("kernels stored transposed, in three dimensions or in slices give the same model") {
  const Model plain = makeModel(kSizes);
  const std::vector<float> expected = run(plain, *plain.weights());

  const Model other_way = storedAs([](Model& model, const ExpectedTensor& tensor, const std::vector<float>& values) {
    if (tensor.shape.size() == 2) {
      model.append("", {tensor.shape[1], tensor.shape[0]}, transposed(values, static_cast<size_t>(tensor.shape[0]), static_cast<size_t>(tensor.shape[1])));
      model.bind(tensor.role, true);
    } else {
      model.append("", tensor.shape, values);
      model.bind(tensor.role);
    }
  });
  const Model by_head = storedAs([](Model& model, const ExpectedTensor& tensor, const std::vector<float>& values) {
    const bool projects = tensor.role.part == Part::kQueryKernel || tensor.role.part == Part::kKeyKernel || tensor.role.part == Part::kValueKernel;
    model.append("", projects ? Shape{24, 3, 8} : tensor.shape, values);
    model.bind(tensor.role);
  });
  // Matrices in four boxes, cut at neither a panel nor the middle.
  const Model in_slices = storedAs([](Model& model, const ExpectedTensor& tensor, const std::vector<float>& values) {
    if (tensor.shape.size() != 2) {
      model.append("", tensor.shape, values);
      return model.bind(tensor.role);
    }
    const int64_t rows = tensor.shape[0], cols = tensor.shape[1], row_cut = (rows + 2) / 3, col_cut = 11;
    TensorInfo info;
    info.shape = tensor.shape;
    for (const auto& [row, row_end] : {std::pair{row_cut, rows}, std::pair{int64_t{0}, row_cut}}) {
      for (const auto& [col, col_end] : {std::pair{int64_t{0}, col_cut}, std::pair{col_cut, cols}}) {
        std::vector<float> box;
        for (int64_t r = row; r < row_end; ++r) {
          for (int64_t c = col; c < col_end; ++c) box.push_back(values[static_cast<size_t>(r * cols + c)]);
        }
        TensorPart part = model.appendPart(box);
        part.start = {row, col};
        part.length = {row_end - row, col_end - col};
        info.parts.push_back(part);
      }
    }
    model.table.add(std::move(info));
    model.bind(tensor.role);
  });

  for (const Model* model : {&other_way, &by_head, &in_slices}) {
    for (size_t chunk : {1, 7, 1000, 1 << 20}) {
      CAPTURE(chunk);
      CHECK(run(*model, *model->weights({}, chunk)) == expected);
    }
  }
}

TEST_CASE("shares of transposed kernels are those of plain ones") {
  const Model plain = makeModel(kSizes);
  const Model other_way = storedAs([](Model& model, const ExpectedTensor& tensor, const std::vector<float>& values) {
    const bool matrix = tensor.shape.size() == 2;
    model.append("", matrix ? Shape{tensor.shape[1], tensor.shape[0]} : tensor.shape,
                 matrix ? transposed(values, static_cast<size_t>(tensor.shape[0]), static_cast<size_t>(tensor.shape[1])) : values);
    model.bind(tensor.role, matrix);
  });
  for (uint32_t index = 0; index < 2; ++index) {
    const auto a = plain.weights({index, 2}), b = other_way.weights({index, 2});
    REQUIRE(a->bytes() == b->bytes());
    const float* first = index == 0 ? a->word_table : a->layers[0].query_kernel;
    const float* other = index == 0 ? b->word_table : b->layers[0].query_kernel;
    CHECK(std::equal(first, first + a->bytes() / sizeof(float), other));
  }
}

TEST_CASE("the weights take little more than their values") {
  const Model model = makeModel({1000, 64, 4, 4, 256, 64, 2});
  uint64_t values = 0;
  for (const TensorInfo& tensor : model.table.all()) values += tensor.bytes();
  const auto weights = model.weights();
  CHECK(weights->bytes() >= values);
  CHECK(weights->bytes() <= values + values / 50);
}

TEST_CASE("what is not bound is null and its group not there") {
  Model model = makeModel(kSizes);
  std::erase_if(model.bindings, [](const Binding& b) { return groupOf(b.role.part) == PartGroup::kPooler || b.role.part == Part::kMlmGamma; });
  const auto weights = model.weights();
  CHECK(weights->has(PartGroup::kEmbeddings));
  CHECK(weights->has(PartGroup::kLayer));
  CHECK(weights->has(PartGroup::kNsp));
  CHECK_FALSE(weights->has(PartGroup::kPooler));
  CHECK_FALSE(weights->has(PartGroup::kMlm));
  CHECK(weights->pooler_kernel == nullptr);
}

TEST_CASE("nothing is taken for bindings that do not fit, however large they say they are") {
  const Model model = makeModel(kSizes);
  const auto ok = [&](Sizes sizes, std::vector<Binding> bindings) { return EncoderWeights(sizes, {}, bindings, model.table).ok(); };
  CHECK(ok(kSizes, model.bindings));
  Sizes sizes = kSizes;
  sizes.intermediate = 41;
  CHECK_FALSE(ok(sizes, model.bindings));
  sizes = kSizes;
  sizes.layers = INT64_MAX;
  CHECK_FALSE(ok(sizes, model.bindings));
  sizes = kSizes;
  sizes.hidden = INT64_MAX;
  CHECK_FALSE(ok(sizes, model.bindings));
  sizes = kSizes;
  sizes.layers = 1;  // bindings name a second
  CHECK_FALSE(ok(sizes, model.bindings));
  sizes = kSizes;
  sizes.heads = 0;
  CHECK_FALSE(ok(sizes, model.bindings));

  TensorTable table;
  TensorInfo huge;
  huge.shape = {INT64_MAX / 24, 24};
  table.add(huge);
  sizes = kSizes;
  sizes.layers = 0;
  sizes.vocab = INT64_MAX / 24;
  const Binding binding{0, {Part::kWordTable, -1}, false};
  CHECK_FALSE(EncoderWeights(sizes, {}, {&binding, 1}, table).ok());
}

TEST_CASE("square kernels transposed in place are those of a model stored the other way, and twice is as before") {
  const auto turned = [](bool with_mlm) {
    return storedAs([with_mlm](Model& model, const ExpectedTensor& tensor, const std::vector<float>& values) {
      const bool ours = groupOf(tensor.role.part) == PartGroup::kLayer || (with_mlm && tensor.role.part == Part::kMlmKernel);
      const bool square = ours && isKernel(tensor.role.part) && tensor.shape[0] == tensor.shape[1];
      model.append("", tensor.shape, square ? transposed(values, 24, 24) : values);
      model.bind(tensor.role);
    });
  };
  const Model plain = makeModel(kSizes);
  for (const bool with_mlm : {false, true}) {
    const Model other = turned(with_mlm);
    const auto weights = plain.weights();
    weights->transposeSquareKernels(with_mlm);
    CHECK(run(plain, *weights) == run(other, *other.weights()));
    CHECK(run(plain, *weights) != run(plain, *plain.weights()));
    weights->transposeSquareKernels(with_mlm);
    CHECK(run(plain, *weights) == run(plain, *plain.weights()));
  }
}
