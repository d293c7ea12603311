// Which part of each weight an instance keeps, where several share the layers.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "bert/model_spec.h"

namespace bp {

// Which slice of every layer an instance keeps. One instance keeps all heads and columns; several share them out, and
// their half-layer outputs add up. Embeddings, pooler and heads are kept by instance 0 alone, the vectors that follow a
// sum (bias, gamma, beta) by all.
struct LayerShare {
  uint32_t index = 0;
  uint32_t count = 1;
};

struct Slice {
  int64_t begin = 0, end = 0;
  int64_t size() const { return end - begin; }
};
Slice sliceOf(int64_t whole, LayerShare share);  // of heads or columns; sizes differ by one at most
// Columns of the query, key and value kernels: those of whole heads.
Slice attentionColumns(const Sizes& sizes, LayerShare share);

struct KeptMatrix {  // of a role; a vector is one row
  int64_t rows = 0, cols = 0;  // of the whole role
  Slice kept_rows, kept_cols;
};
KeptMatrix keptMatrix(Role role, const Sizes& sizes, LayerShare share);

// Of a run of elements, from `index` on of the matrix as it is stored ([cols, rows] if `transposed`), what is kept: calls
// each(line, place, values) for the pieces of stored lines.
template <typename F>
void eachKept(const KeptMatrix& matrix, bool transposed, uint64_t index, std::span<const float> run, F each) {
  const int64_t width = transposed ? matrix.rows : matrix.cols;
  const auto elements = static_cast<uint64_t>(matrix.rows * matrix.cols);
  if (index >= elements) return;
  if (run.size() > elements - index) run = run.first(static_cast<std::size_t>(elements - index));
  const Slice& along = transposed ? matrix.kept_rows : matrix.kept_cols;
  const Slice& across = transposed ? matrix.kept_cols : matrix.kept_rows;
  auto line = static_cast<int64_t>(index) / width, place = static_cast<int64_t>(index) % width;
  while (!run.empty()) {
    const int64_t count = std::min<int64_t>(width - place, static_cast<int64_t>(run.size()));
    const int64_t begin = std::max(place, along.begin), end = std::min(place + count, along.end);
    if (begin < end && line >= across.begin && line < across.end) {
      each(line, begin, run.subspan(static_cast<std::size_t>(begin - place), static_cast<std::size_t>(end - begin)));
    }
    run = run.subspan(static_cast<std::size_t>(count));
    place = 0;
    ++line;
  }
}

}  // namespace bp
