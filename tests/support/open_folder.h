// A folder of a real file system through Intake and DataPass, the way JavaScript drives them.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checks/judgement.h"
#include "intake/intake.h"

namespace bp::test {

inline std::string readWhole(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct OpenFolder {
  Intake intake;
  std::vector<std::string> contents;  // by file id
  std::optional<DataPass> data;

  // Paths begin with the folder's own name, as a dropped folder's do.
  explicit OpenFolder(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (entry.is_regular_file()) paths.push_back(entry.path());
    }
    std::sort(paths.begin(), paths.end());
    std::vector<uint64_t> sizes;
    for (const auto& path : paths) {
      contents.push_back(readWhole(path));
      sizes.push_back(contents.back().size());
      intake.addFile((folder.filename() / path.lexically_relative(folder)).generic_string(), contents.back().size());
    }
    for (std::vector<WantedRead> reads; !(reads = intake.advance()).empty();) {
      for (const WantedRead& read : reads) intake.supply(read.file, read.offset, bytes(read.file, read.offset, read.length));
    }
    data.emplace(intake.table(), sizes, nullptr, DataPass::Options{});
    for (const PlannedRead& read : data->plan()) data->feed(read.file, read.offset, bytes(read.file, read.offset, read.length));
    data->finish();
  }

  Json report(std::vector<ConsumerSpec> consumers, PasteFacts paste = {}) const {
    CheckInput input;
    input.facts = &intake.facts();
    input.table = &intake.table();
    input.data = &*data;
    input.consumers = std::move(consumers);
    input.paste = std::move(paste);
    return makeReport(input);
  }

 private:
  std::span<const uint8_t> bytes(uint32_t file, uint64_t offset, uint64_t length) const {
    return {reinterpret_cast<const uint8_t*>(contents[file].data()) + offset, static_cast<size_t>(length)};
  }
};

}  // namespace bp::test
