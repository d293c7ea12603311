// TensorFlow's checkpoint V2: the `.index` table of a TensorBundle (tensorflow/core/util/tensor_bundle).
// Only the index is read here; which dropped file is which shard is settled by the intake.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "containers/table.h"
#include "containers/tensor_protos.h"
#include "tensors/tensor_table.h"

namespace bp {

struct BundleHeader : CheckpointVersions {
  int32_t num_shards = 0;
  bool big_endian = false;
};

struct BundleSlice {  // one stored box of a partitioned variable
  Shape start;
  Shape length;  // explicit, also where the file says "whole dimension"
  bool found = false;  // false: the full entry names it, no entry holds it
  int32_t shard_id = 0;
  int64_t offset = 0;
  int64_t size = 0;
  uint32_t crc32c = 0;  // unmasked
  DType dtype = DType::kOther;
  Shape stored_shape;
};

struct BundleEntry {
  std::string name;
  uint32_t dtype_number = 0;
  std::optional<DType> dtype;  // nothing: a number that is never stored
  Shape shape;
  bool unknown_rank = false;
  int32_t shard_id = 0;
  int64_t offset = 0;
  int64_t size = 0;
  uint32_t crc32c = 0;  // unmasked
  std::vector<BundleSlice> slices;  // empty: stored in one piece
  uint64_t record_offset = 0;  // where the index holds the entry, for messages
};

struct TensorBundle {
  BundleHeader header;
  std::vector<BundleEntry> entries;  // full entries only, by name; slice records are inside their entry
};

enum class BundleStatus : uint8_t {
  kOk, kPending,
  kTooShort,     // under 48 bytes
  kDamaged,      // see the fault
  kV1,           // table of a V1 checkpoint: tensors are inside
};

// Reads the whole index, which is small beside the data; one over 64 MiB, or with more than a million entries, is damaged.
// A V1 checkpoint is told by its first block, whatever its size.
BundleStatus readTensorBundle(ByteSource& source, TensorBundle& bundle, TableFault& fault);

// Entry arithmetic (findings.md bundle/entry-size, bundle/partitioned).
std::optional<uint64_t> expectedBytes(const BundleEntry& entry);  // nothing: not fixed width, or overflow
// What a partitioned entry lacks: empty if its slices cover it exactly once, else one line a fault, at most ten.
std::vector<std::string> sliceFaults(const BundleEntry& entry);

}  // namespace bp
