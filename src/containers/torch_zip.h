// PyTorch's archive (caffe2/serialize/inline_container.cc), `.bin`, `.pt` or `.pth` since PyTorch 1.6: a zip with everything in
// one folder, the object in `data.pkl`, each storage as it stands in `data/<key>`, and `byteorder` where a newer version wrote it.
#pragma once

#include "bytes/byte_source.h"
#include "containers/tensor_file.h"

namespace bp {

// What zip.h, pickle.h and torch_state.h say, and kBadHeader: "no-pickle", "no-storage" (`name`), "storage-size" (`name`, found and
// expected bytes), "storage-unused" (`name`), "byteorder", "not-in-folder". kNotRead: "compressed" (`name`), "large-pickle".
// TorchScript is told by `torchscript`, kOk, and has no tensors here.
TensorFileStatus readTorchZip(ByteSource& source, uint32_t file, TensorFile& out, TensorFileFault& fault);

}  // namespace bp
