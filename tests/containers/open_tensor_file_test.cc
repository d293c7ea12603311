#include "containers/open_tensor_file.h"

#include "doctest/doctest.h"
#include "support/fixture_files.h"

using namespace bp;
using namespace bp::test;

namespace {

struct Read {
  FileKind kind = FileKind::kUnknown;
  TensorFileStatus status = TensorFileStatus::kOk;
  TensorFileFault fault;
};

Read open(const std::string& path) {
  const Bytes bytes = fixture(path);
  const std::span<const uint8_t> all(bytes);
  Read read;
  read.kind = sniff(all.first(std::min<size_t>(kSniffHead, bytes.size())), all.last(std::min<size_t>(kSniffTail, bytes.size())), bytes.size());
  BufferSource source(bytes);
  TensorFile file;
  read.status = openTensorFile(read.kind, source, 0, file, read.fault);
  return read;
}

}  // namespace

TEST_CASE("each kind of weights goes to its reader") {
  CHECK(open("hf/half-safetensors/model/model.safetensors").status == TensorFileStatus::kOk);
  CHECK(open("hf/classifier-bin/model/pytorch_model.bin").status == TensorFileStatus::kOk);
  CHECK(open("hf/legacy-torch/model/pytorch_model.bin").status == TensorFileStatus::kOk);
  CHECK(open("hf/pickle-os-system/model/pytorch_model.bin").status == TensorFileStatus::kRefused);
}

TEST_CASE("what is only recognised is not read, and named") {
  const Read tar = open("hf/torch-tar/model/pytorch_model.bin");
  CHECK(tar.kind == FileKind::kTorchTar);
  CHECK(tar.status == TensorFileStatus::kNotRead);
  CHECK(tar.fault.rule == "torch-tar");
  const Read onnx = open("hf/onnx-only/model/onnx/model.onnx");
  CHECK(onnx.kind == FileKind::kOnnx);
  CHECK(onnx.fault.rule == "onnx");
}
