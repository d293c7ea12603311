#include "containers/proto_wire.h"

namespace bp {

bool ProtoReader::next(ProtoField& field) {
  if (reader_.failed() || reader_.atEnd()) return false;
  field_offset_ = reader_.offset();
  const uint64_t tag = reader_.varint64("field tag");
  field = {};
  field.wire = static_cast<uint32_t>(tag & 7);
  if (reader_.failed()) return false;
  if ((tag >> 3) == 0 || (tag >> 3) > 0x1fffffff) {
    reader_.fail("field number");
    return false;
  }
  field.number = static_cast<uint32_t>(tag >> 3);
  switch (field.wire) {
    case 0: field.value = reader_.varint64("varint field"); break;
    case 1: field.value = reader_.u64le("fixed64 field"); break;
    case 2: field.bytes = reader_.bytes(reader_.varint64("field length"), "bytes field"); break;
    case 5: field.value = reader_.u32le("fixed32 field"); break;
    default: reader_.fail("wire type");
  }
  return !reader_.failed();
}

}  // namespace bp
