// The text file `checkpoint` (CheckpointState) that says which prefix is the latest.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bp {

struct CheckpointState {
  std::string model_checkpoint_path;  // C escapes undone
  std::vector<std::string> all_paths;
};

std::optional<CheckpointState> readCheckpointState(std::string_view text);

}  // namespace bp
