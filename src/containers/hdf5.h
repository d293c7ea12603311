// HDF5 as h5py writes it unless told otherwise (HDF5 File Format Specification, version 2.0 of the format's first form):
//
//   superblock 0 or 1 ─→ object header 1 ─→ messages: dataspace, datatype, layout, attributes, symbol table, continuation
//   symbol table ─→ B-tree 1 ─→ symbol nodes ─→ names in a local heap, and the object headers of the children
//   attribute of variable-length text ─→ global heap
//
// Chunked, compressed and external data and the newer forms of all this are recognised and not read. Addresses count from
// the signature, which may stand at 0, 512, 1024, …
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/byte_reader.h"
#include "bytes/byte_source.h"
#include "containers/tensor_file.h"
#include "tensors/tensor_table.h"

namespace bp {

struct Hdf5Link {
  std::string name;
  uint64_t address = 0;  // of the child's object header
};

struct Hdf5Attribute {
  enum class Kind : uint8_t { kText, kVariableText, kOther };
  std::string name;
  Kind kind = Kind::kOther;
  uint32_t item = 0;   // bytes an element
  uint64_t count = 0;  // elements; one where it is a scalar
  std::vector<uint8_t> bytes;
};

struct Hdf5Object {
  uint64_t at = 0;  // in the file
  bool is_group = false;
  std::vector<Hdf5Link> links;  // by name, which is the order they are stored in
  bool links_not_read = false;  // has links in another form besides: soft, external, or those of newer groups

  bool is_dataset = false;
  Shape shape;
  DType dtype = DType::kOther;
  uint32_t item = 0;  // bytes an element
  bool big_endian = false;
  std::string not_read;    // why its data is not: "chunked", "filtered", "external"
  bool written = false;    // it has bytes, at `offset` of the file; else all of it is the fill value
  uint64_t offset = 0;
  uint64_t length = 0;     // as the layout has it

  std::vector<Hdf5Attribute> attributes;

  const Hdf5Link* link(std::string_view name) const;
  const Hdf5Attribute* attribute(std::string_view name) const;
};

// One file. Each call gives kOk, kPending (bytes are missing), kBadHeader, kNotRead, or from open() kTruncated; fault()
// says more. All of a file's structure that is read may not exceed 256 MiB, so that no file of any size is read whole.
class Hdf5 {
 public:
  explicit Hdf5(ByteSource& source) : source_(source) {}

  TensorFileStatus open();
  uint64_t root() const { return root_; }
  TensorFileStatus read(uint64_t address, Hdf5Object& object);
  // Attributes of text, the padding of its elements taken off.
  TensorFileStatus texts(const Hdf5Attribute& attribute, std::vector<std::string>& texts);
  const TensorFileFault& fault() const { return fault_; }

 private:
  struct Block {
    uint64_t address = 0;
    std::vector<uint8_t> bytes;
  };
  struct Message;
  using Collection = std::map<uint16_t, std::vector<uint8_t>>;  // of a global heap, by index

  bool good() const { return status_ == TensorFileStatus::kOk; }
  void fail(TensorFileStatus status, std::string rule, uint64_t address, uint64_t length = 0);
  bool bring(uint64_t address, uint64_t length, Block& block);
  bool readMessage(const Message& message, Hdf5Object& object, uint64_t& tree, uint64_t& heap);
  bool readLayout(ByteReader& reader, Hdf5Object& object);
  bool readAttribute(ByteReader& reader, bool shared, Hdf5Object& object);
  // hdf5_links.cc
  void readLinks(uint64_t tree, uint64_t heap, Hdf5Object& group);
  bool readHeap(uint64_t address, Block& names);
  bool readTree(uint64_t address, std::vector<uint64_t>& nodes);
  bool readNode(uint64_t address, const Block& names, std::vector<Hdf5Link>& links, bool& others);
  const Collection* collectionAt(uint64_t address);

  ByteSource& source_;
  uint64_t base_ = 0;
  uint64_t root_ = 0;
  uint64_t brought_ = 0;  // bytes of structure
  uint64_t spelled_ = 0;  // bytes of text; many elements may name one of a heap
  std::map<uint64_t, Collection> collections_;
  TensorFileStatus status_ = TensorFileStatus::kOk;
  TensorFileFault fault_;
};

}  // namespace bp
