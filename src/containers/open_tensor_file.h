// The reader for a file of weights, by what the file is.
#pragma once

#include "bytes/byte_source.h"
#include "containers/sniff.h"
#include "containers/tensor_file.h"

namespace bp {

// Of a kind that is only recognised: kNotRead, and `rule` is the kind's name. `file`: as the extents are to name it.
TensorFileStatus openTensorFile(FileKind kind, ByteSource& source, uint32_t file, TensorFile& out, TensorFileFault& fault);

}  // namespace bp
