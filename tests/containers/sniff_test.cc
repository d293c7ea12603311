#include "containers/sniff.h"

#include "doctest/doctest.h"
#include "support/bundle_builder.h"
#include "support/fixture_files.h"

using namespace bp;
using namespace bp::test;

namespace {

std::string kindOf(std::span<const uint8_t> file) {
  const auto head = file.first(std::min<size_t>(file.size(), kSniffHead));
  const auto tail = file.last(std::min<size_t>(file.size(), kSniffTail));
  return std::string(fileKindName(sniff(head, tail, file.size())));
}
std::string kindOf(std::string_view text) { return kindOf(bytesOf(text)); }

}  // namespace

TEST_CASE("files that real programs wrote") {
  const std::pair<const char*, const char*> files[] = {
      {"tf/good-chinese/chinese_L-2_H-32_A-4/bert_model.ckpt.index", "tf-table"},
      {"tf/v1-saver/chinese_L-2_H-32_A-4/bert_model.ckpt", "tf-table"},
      {"tf/good-chinese/chinese_L-2_H-32_A-4/bert_model.ckpt.meta", "protobuf"},
      {"tf/saved-model/uncased_tiny/saved_model.pb", "protobuf"},
      {"tf/good-chinese/chinese_L-2_H-32_A-4/bert_config.json", "json"},
      {"tf/config-bom/uncased_tiny/bert_config.json", "json"},
      {"tf/good-chinese/chinese_L-2_H-32_A-4/vocab.txt", "text"},
      {"tf/vocab-gbk-words/chinese_L-2_H-32_A-4/vocab.txt", "text"},
      {"tf/h5-keras-bert/chinese_L-2_H-32_A-4/model.h5", "hdf5"},
      {"tf/zip/chinese_L-2_H-32_A-4/chinese_L-2_H-32_A-4.zip", "zip"},
      {"tf/tar-gz/uncased_L-4_H-16_A-2/uncased_L-4_H-16_A-2.tar.gz", "gzip"},
      {"tf/lfs-data/chinese_L-2_H-32_A-4/bert_model.ckpt.data-00000-of-00001", "git-lfs-pointer"},
      {"tf/html-data/cased_L-3_H-24_A-3/bert_model.ckpt.data-00000-of-00001", "web-page"},
      {"tf/data-empty/cased_L-3_H-24_A-3/bert_model.ckpt.data-00000-of-00001", "empty"},
      {"hf/pretraining-safetensors/model/model.safetensors", "safetensors"},
      {"hf/legacy-torch/model/pytorch_model.bin", "torch-legacy"},
      {"hf/torch-tar/model/pytorch_model.bin", "torch-tar"},
      {"hf/classifier-bin/model/pytorch_model.bin", "torch-zip"},
      {"hf/torchscript-bin/model/pytorch_model.bin", "torch-zip"},
      {"hf/onnx-only/model/onnx/model.onnx", "onnx"},
  };
  for (const auto& file : files) {
    const char* path = file.first;
    const char* kind = file.second;
    CAPTURE(path);
    CHECK(kindOf(fixture(path)) == kind);
  }
}

TEST_CASE("web pages, whatever the case and whatever blanks come first") {
  for (const std::string_view page : {"<!DOCTYPE html>", "\n\n  <HTML><body>", "\xef\xbb\xbf<html>", "<?XML version=\"1.0\"?>", "<head>"}) CHECK(kindOf(page) == "web-page");
  for (const std::string_view text : {"<s>\n</s>\n<unk>\n", "a < b", "<"}) CHECK(kindOf(text) == "text");
}

TEST_CASE("text, JSON and a vocabulary whose first line is a bracket") {
  CHECK(kindOf("[PAD]\n[UNK]\n") == "text");
  CHECK(kindOf("[\n]\n") == "json");
  CHECK(kindOf("[{\"a\": 1}]") == "json");
  CHECK(kindOf("  {\"a\": 1}") == "json");
  CHECK(kindOf("the\nof\n") == "text");
  CHECK(kindOf(std::string_view("a\0b", 3)) == "unknown");
}

TEST_CASE("magic numbers") {
  CHECK(kindOf(fromHex("504b0506")) == "zip");
  CHECK(kindOf(fromHex("80024b01")) == "pickle");
  CHECK(kindOf(fromHex("80064b01")) == "unknown");
  CHECK(kindOf(fromHex("934e554d505901")) == "npy");
  CHECK(kindOf(bytesOf("GGUF\3")) == "gguf");
  CHECK(kindOf(fromHex("377abcaf271c0004")) == "7z");
  CHECK(kindOf(fromHex("526172211a0701 00")) == "rar");
  CHECK(kindOf(fromHex("fd377a585a000004")) == "xz");
  CHECK(kindOf(fromHex("425a683931415926535900")) == "bzip2");
  CHECK(kindOf("BZh9 is no archive") == "text");
  Bytes hdf5(1024 + 8, 0);
  const Bytes magic = fromHex("894844460d0a1a0a");
  std::copy(magic.begin(), magic.end(), hdf5.begin() + 1024);
  CHECK(kindOf(hdf5) == "hdf5");
  std::rotate(hdf5.begin(), hdf5.begin() + 1, hdf5.end());
  CHECK(kindOf(hdf5) == "unknown");
}

TEST_CASE("safetensors needs a header that fits the file") {
  CHECK(kindOf(fromHex("0200000000000000 7b7d")) == "safetensors");
  CHECK(kindOf(fromHex("0300000000000000 7b7d")) != "safetensors");
  CHECK(kindOf(fromHex("ffffffffffffffff 7b7d")) != "safetensors");
}

TEST_CASE("zips by their first member") {
  const auto zip = [](std::string_view name) {
    Bytes bytes = fromHex("504b0304");
    bytes.resize(26);
    bytes.push_back(static_cast<uint8_t>(name.size()));
    bytes.resize(30);
    append(bytes, bytesOf(name));
    return bytes;
  };
  CHECK(kindOf(zip("archive/data.pkl")) == "torch-zip");
  CHECK(kindOf(zip("m/data/0")) == "torch-zip");
  CHECK(kindOf(zip("arr_0.npy")) == "npz");
  CHECK(kindOf(zip("uncased/vocab.txt")) == "zip");
  CHECK(kindOf(zip("data.pkl")) == "zip");
  everyPrefix(zip("archive/data.pkl"), [](std::span<const uint8_t> cut) { CHECK(kindOf(cut) != "torch-zip"); });
}

TEST_CASE("the end of a table decides, where the table is large enough to have one") {
  const Bytes table = TableBuilder().add("", bytesOf("x")).build();
  CHECK(kindOf(table) == "tf-table");
  CHECK(kindOf(std::span(table).last(47)) != "tf-table");
  CHECK(kindOf(std::span(table).first(table.size() - 1)) != "tf-table");
}

TEST_CASE("a Git LFS pointer tells the real size") {
  const LfsPointer pointer = readLfsPointer("version https://git-lfs.github.com/spec/v1\r\noid sha256:4d7a\r\nsize 409168196\r\n");
  CHECK(pointer.oid == "sha256:4d7a");
  CHECK(pointer.size == 409168196);
  CHECK(readLfsPointer("version https://git-lfs.github.com/spec/v1\nsize 99999999999999999999999\n").size == 0);
  CHECK(readLfsPointer("").oid.empty());
}
