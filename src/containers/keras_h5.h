// Weights that Keras saved as HDF5 (keras/src/legacy/saving/legacy_h5_format.py), alone or inside a whole model:
//
//   [model_weights/]     attribute layer_names: the layers in the order of the model
//     <layer>/           attribute weight_names: its weights in order; a list too long for one attribute goes on in name0, name1, …
//       <weight name>    dataset; the name may hold "/"
//
// Order counts: children of a group are stored by name, loaders go by these lists. The form of Keras 3 has neither, but groups
// "…/vars/0", "…/vars/1".
#pragma once

#include <cstdint>

#include "bytes/byte_source.h"
#include "containers/tensor_file.h"

namespace bp {

// Tensors are called "<layer>/<weight name>", or by their path in a file without the lists. `file`: what extents name.
// Optimizer state is left out. Chunked data is kNotRead.
TensorFileStatus readKerasH5(ByteSource& source, uint32_t file, TensorFile& result, TensorFileFault& fault);

}  // namespace bp
