#include "containers/open_tensor_file.h"

#include "containers/keras_h5.h"
#include "containers/safetensors.h"
#include "containers/torch_legacy.h"
#include "containers/torch_zip.h"

namespace bp {

TensorFileStatus openTensorFile(FileKind kind, ByteSource& source, uint32_t file, TensorFile& out, TensorFileFault& fault) {
  out = {};
  fault = {};
  switch (kind) {
    case FileKind::kSafetensors: return readSafetensors(source, file, out, fault);
    case FileKind::kTorchZip: return readTorchZip(source, file, out, fault);
    case FileKind::kTorchLegacy: return readTorchLegacy(source, file, out, fault);
    case FileKind::kHdf5: return readKerasH5(source, file, out, fault);
    case FileKind::kPickle: return readPlainPickle(source, fault);
    default: fault.rule = fileKindName(kind); return TensorFileStatus::kNotRead;
  }
}

}  // namespace bp
