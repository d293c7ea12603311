// What an HDF5 dataset or attribute is made of: its messages "datatype" and "dataspace".
#pragma once

#include <cstdint>

#include "bytes/byte_reader.h"
#include "tensors/tensor_table.h"

namespace bp {

struct Hdf5Type {
  uint32_t size = 0;  // bytes an element
  bool big_endian = false;
  DType dtype = DType::kOther;
  bool fixed_text = false;
  bool variable_text = false;  // elements are length and place of a text in a global heap
};

Hdf5Type readHdf5Type(ByteReader& reader);

// False: broken. A dataspace of no kind ("null") has no elements.
bool readHdf5Shape(ByteReader& reader, Shape& shape);

}  // namespace bp
