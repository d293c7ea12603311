// Just enough of a `.meta` file (MetaGraphDef): who saved it and which variables the graph had.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "containers/table.h"
#include "tensors/tensor_table.h"

namespace bp {

struct MetaVariable {
  std::string name;
  Shape shape;          // with -1 for a dim left open
  bool known_shape = false;
  uint32_t dtype_number = 0;
};

struct MetaGraph {
  std::string tensorflow_version;  // of the writer; empty: not said
  int32_t saver_version = -1;      // 0 legacy, 1 V1, 2 V2; -1: not said
  bool sharded = false;
  std::vector<std::string> saved_names;  // the keys SaveV2 writes, slices under their full name
  std::vector<MetaVariable> variables;
};

// kFailed: not a MetaGraphDef, or over 64 MiB.
ParseStatus readMetaGraph(ByteSource& source, MetaGraph& graph);

}  // namespace bp
