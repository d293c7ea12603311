// Any text: a prefix that is read is not empty and no longer than the text; written out again in C escapes it is the same.
#include <cstdio>

#include "containers/checkpoint_state.h"
#include "support/fuzz_input.h"

using namespace bp::test;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto state = bp::readCheckpointState(textOf({data, size}));
  if (!state) return 0;
  require(!state->model_checkpoint_path.empty() && state->model_checkpoint_path.size() <= size);
  std::string text = "model_checkpoint_path: \"";
  for (const char c : state->model_checkpoint_path) {
    char escape[8];
    std::snprintf(escape, sizeof escape, "\\%03o", static_cast<unsigned char>(c));
    text += escape;
  }
  const auto again = bp::readCheckpointState(text + "\"\n");
  require(again && again->model_checkpoint_path == state->model_checkpoint_path);
  return 0;
}
