// TensorFlow's checkpoint V1 (tensorflow/core/util/tensor_slice_writer.cc, saved_tensor_slice.proto): one table whose
// records hold the tensors themselves.
//
//   ""                                    → SavedTensorSlices { 1: meta }: names, shapes, types and stored boxes of all
//   slice key (slice_key.h) of each box   → SavedTensorSlices { 2: data }, its values in one packed field
//
// Floats lie in such a field as they are, so only the structure is read: the first block, and of the others what stands
// between the values. The only checksums are those of the blocks.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bytes/byte_source.h"
#include "containers/table.h"
#include "containers/tensor_file.h"
#include "containers/tensor_protos.h"
#include "tensors/tensor_table.h"

namespace bp {

struct V1Checkpoint {
  CheckpointVersions versions;
  // By name. A tensor saved in one piece has one part, without a box; of others each stored box is a part. Boxes without a
  // record have no file. Not usable: a record whose values are not as many as its box asks for, or that cannot be read.
  std::vector<TensorInfo> tensors;
  std::vector<ChecksumRun> runs;  // the blocks; parts name theirs
};

// kTruncated and kBadHeader: see the table's fault. kNotRead: more values than are taken into memory (half a GiB) lie compressed,
// or as variable-length integers. `file`: what extents name.
TensorFileStatus readTfV1(ByteSource& source, uint32_t file, V1Checkpoint& checkpoint, TableFault& fault);

}  // namespace bp
