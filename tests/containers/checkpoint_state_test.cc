#include "containers/checkpoint_state.h"

#include "doctest/doctest.h"
#include "support/fixture_files.h"

using namespace bp;
using namespace bp::test;

TEST_CASE("the file TensorFlow writes") {
  const Bytes written = fixture("tf/good-chinese/chinese_L-2_H-32_A-4/checkpoint");
  const auto state = readCheckpointState(textOf(written));
  REQUIRE(state);
  CHECK(state->model_checkpoint_path == "bert_model.ckpt");
  CHECK(state->all_paths == std::vector<std::string>{"bert_model.ckpt"});
}

TEST_CASE("all keys, comments, both quotes, adjacent pieces and numbers") {
  const auto state = readCheckpointState(
      "# saved\r\nmodel_checkpoint_path: 'model.'\n  \"ckpt-20\"\nall_model_checkpoint_paths: \"model.ckpt-10\"\n"
      "all_model_checkpoint_paths:\"model.ckpt-20\"\nall_model_checkpoint_timestamps: 1545000000.5\nlast_preserved_timestamp: 1.5e9\n");
  REQUIRE(state);
  CHECK(state->model_checkpoint_path == "model.ckpt-20");
  CHECK(state->all_paths == std::vector<std::string>{"model.ckpt-10", "model.ckpt-20"});
}

TEST_CASE("C escapes are undone") {
  const auto state = readCheckpointState(R"(model_checkpoint_path: "C:\\out\\\346\250\241\x41\t\"\'")");
  REQUIRE(state);
  CHECK(state->model_checkpoint_path == "C:\\out\\\xe6\xa8\xa1"
                                        "A\t\"'");
}

TEST_CASE("what is no such text, or names nothing, is refused") {
  for (const std::string_view text : {"", "\n", "model_checkpoint_path: \"\"", "all_model_checkpoint_paths: \"a\"", "model_checkpoint_path: \"a",
                                      "model_checkpoint_path \"a\"", "model_checkpoint_path:", "model_checkpoint_path: \"\\q\"",
                                      "model_checkpoint_path: \"a\nb\"", "model_checkpoint_path: \"\\777\"", "<html>", "\x89HDF\r\n",
                                      "model_checkpoint_path: \"a\" junk"}) {
    CAPTURE(text);
    CHECK_FALSE(readCheckpointState(text));
  }
}

TEST_CASE("every cut is refused or names the same prefix") {
  const Bytes good = bytesOf("model_checkpoint_path: \"model.ckpt-20\"\nall_model_checkpoint_paths: \"model.ckpt-20\"\n");
  everyPrefix(good, [](std::span<const uint8_t> cut) {
    const auto state = readCheckpointState(textOf(cut));
    if (state) CHECK(state->model_checkpoint_path == "model.ckpt-20");
  });
}
