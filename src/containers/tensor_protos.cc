#include "containers/tensor_protos.h"

#include <algorithm>

#include "containers/proto_wire.h"

namespace bp {
namespace {

constexpr int32_t kVersion = 1;  // TF_CHECKPOINT_VERSION, kTensorBundleVersion

}  // namespace

bool readVersionsProto(std::span<const uint8_t> message, CheckpointVersions& versions) {
  ProtoReader reader(message);
  ProtoField field;
  while (reader.next(field)) {
    if (field.number == 1 && field.wire == 0) versions.producer = static_cast<int32_t>(field.value);
    if (field.number == 2 && field.wire == 0) versions.min_consumer = static_cast<int32_t>(field.value);
    if (field.number == 3 && field.wire == 0) versions.bad_consumers.push_back(static_cast<int32_t>(field.value));
    if (field.number == 3 && field.wire == 2) {  // packed
      ByteReader packed(field.bytes);
      while (!packed.atEnd() && !packed.failed()) versions.bad_consumers.push_back(static_cast<int32_t>(packed.varint64("bad consumer")));
      if (packed.failed()) return false;
    }
  }
  return !reader.failed();
}

bool readShapeProto(std::span<const uint8_t> message, Shape& shape, bool& unknown_rank) {
  ProtoReader reader(message);
  ProtoField field;
  while (reader.next(field)) {
    if (field.number == 3 && field.wire == 0) unknown_rank = field.value != 0;
    if (field.number != 2 || field.wire != 2) continue;
    if (shape.size() == kMostTensorDims) return false;
    int64_t size = 0;
    ProtoReader dim(field.bytes);
    ProtoField part;
    while (dim.next(part)) {
      if (part.number == 1 && part.wire == 0) size = part.asInt64();
    }
    if (dim.failed()) return false;
    shape.push_back(size);
  }
  return !reader.failed();
}

bool readSliceProto(std::span<const uint8_t> message, Shape& start, Shape& length) {
  ProtoReader reader(message);
  ProtoField field;
  while (reader.next(field)) {
    if (field.number != 1 || field.wire != 2) continue;
    if (start.size() == kMostTensorDims) return false;
    int64_t from = 0, count = -1;
    ProtoReader extent(field.bytes);
    ProtoField part;
    while (extent.next(part)) {
      if (part.number == 1 && part.wire == 0) from = part.asInt64();
      if (part.number == 2 && part.wire == 0) count = part.asInt64();
    }
    if (extent.failed()) return false;
    start.push_back(from);
    length.push_back(count);
  }
  return !reader.failed();
}

std::string versionFault(const CheckpointVersions& versions) {
  if (versions.producer < 0) {
    return "Checkpoint producer version " + std::to_string(versions.producer) + " below min producer 0 supported by TensorFlow";
  }
  if (versions.min_consumer > kVersion) {
    return "Checkpoint min consumer version " + std::to_string(versions.min_consumer) + " above current version 1 for TensorFlow";
  }
  if (std::find(versions.bad_consumers.begin(), versions.bad_consumers.end(), kVersion) != versions.bad_consumers.end()) {
    return "Checkpoint disallows consumer version 1.  Please upgrade TensorFlow: this version is likely buggy.";
  }
  return {};
}

}  // namespace bp
