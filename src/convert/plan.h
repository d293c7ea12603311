// What a conversion writes and what it mends on the way: every tensor of the model under the target's own name and way round, with
// the tensor its values come from. Nothing is read here; names and shapes decide, and what is known of the data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "checks/judgement.h"
#include "report/code.h"
#include "tensors/tensor_table.h"

namespace bp {

enum class Target : uint8_t { kSafetensors, kTfBundle };

struct ConversionRequest {
  Target target = Target::kSafetensors;
  bool cut_rows = false;  // rows of the word table that no word of the vocabulary reaches are left out
};

struct ConvertedTensor {
  std::string name;
  DType dtype = DType::kFloat32;
  Shape shape;
  uint32_t source = 0;      // in the table
  bool transposed = false;  // the source is [shape[1], shape[0]]; else its elements stand in this order, those past the last left out

  uint64_t elements() const { return static_cast<uint64_t>(elementCount(shape).value_or(0)); }
  uint64_t bytes() const { return elements() * itemSize(dtype); }
};

struct Repair {
  Code code;           // of the finding that names it
  uint64_t count = 0;  // tensors; of shapes/vocab-rows and vocab/fewer-lines the rows left
  std::string before;  // of one of them
  std::string after;   // empty: it was left out
};

struct ConversionPlan {
  std::vector<ConvertedTensor> tensors;  // in the order they are written: wide elements first, so that all are aligned, then as their bytes lie
  std::vector<Repair> repairs;
  std::vector<std::string> left_out;     // tensors that are no part of the model, those last that a repair accounts for
  std::optional<int64_t> vocab_rows;     // what the word table was cut to
  int64_t classes = 0;                   // of a classifier; 0: there is none
  bool mlm = false, nsp = false, pooler = false, spans = false;

  std::string why;                 // one sentence on why there is no conversion; empty: there is
  std::vector<std::string> codes;  // of findings that say it better; "bundle/": any of the area
};

// `judgement`: of data read to its end; findings are added to it.
ConversionPlan planConversion(Judgement& judgement, const ConversionRequest& request);

}  // namespace bp
