// Drives a Session as the engine does (web/engine/engine.js), over a folder on disk.
#pragma once

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "bindings/session.h"
#include "report/json.h"

namespace bp::testing {

class SessionDriver {
 public:
  explicit SessionDriver(const std::string& folder) {
    namespace fs = std::filesystem;
    std::vector<fs::path> paths;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
      if (entry.is_regular_file()) paths.push_back(entry.path());
    }
    std::sort(paths.begin(), paths.end());
    const fs::path base = fs::path(folder).parent_path();
    for (const fs::path& path : paths) {
      std::ifstream in(path, std::ios::binary);
      contents.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
      session.addFile(fs::relative(path, base).generic_string(), static_cast<double>(contents.back().size()));
    }
  }

  // How many rounds it took. `repeated`: a range was asked for twice.
  int readStructure() {
    for (int round = 0; round < 1000; ++round) {
      const Json reads = Json::parse(session.wantedReads(), nullptr, false);
      if (reads.empty()) return round;
      for (const Json& read : reads) {
        const auto key = std::tuple(read["file"].get<uint32_t>(), read["offset"].get<uint64_t>(), read["length"].get<uint64_t>());
        repeated = !asked.insert(key).second || repeated;
        bring(std::get<0>(key), std::get<1>(key), std::get<2>(key), [&](uint32_t file, uint64_t offset, uint32_t length) {
          session.supply(file, static_cast<double>(offset), length);
          return true;
        });
      }
    }
    return -1;
  }

  // Streams the plan in chunks of `chunk` bytes. False: a chunk was not taken.
  bool readData(const std::string& options, uint64_t chunk = 1000) {
    begun = Json::parse(session.beginData(options), nullptr, false);
    const auto feed = [this](uint32_t file, double at, uint32_t length) { return session.feed(file, at, length); };
    if (!stream(begun["reads"], chunk, feed)) return false;
    session.endData();
    return true;
  }

  template <typename F>
  bool stream(const Json& reads, uint64_t chunk, F feed) {
    for (const Json& read : reads) {
      uint64_t offset = read["offset"].get<uint64_t>();
      const uint64_t end = offset + read["length"].get<uint64_t>();
      for (; offset < end; offset += std::min(chunk, end - offset)) {
        const bool taken = bring(read["file"].get<uint32_t>(), offset, std::min(chunk, end - offset), [&](uint32_t file, uint64_t at, uint32_t length) {
          return feed(file, static_cast<double>(at), length);
        });
        if (!taken) return false;
      }
    }
    return true;
  }

  Json report() { return Json::parse(session.report(), nullptr, false); }
  Json tensors() { return Json::parse(session.tensors(), nullptr, false); }
  Json abilities() { return Json::parse(session.abilities(), nullptr, false); }
  Json tokenize(const Json& question) { return Json::parse(session.tokenize(question.dump()), nullptr, false); }
  Json encode(const Json& question) { return Json::parse(session.encode(question.dump()), nullptr, false); }

  Session session;
  std::vector<std::vector<uint8_t>> contents;
  std::set<std::tuple<uint32_t, uint64_t, uint64_t>> asked;
  bool repeated = false;
  Json begun;

 private:
  template <typename F>
  bool bring(uint32_t file, uint64_t offset, uint64_t length, F give) {
    constexpr uint64_t kMost = 16 << 20;
    for (uint64_t at = offset; at < offset + length;) {
      const uint32_t piece = static_cast<uint32_t>(std::min(kMost, offset + length - at));
      if (file >= contents.size() || at + piece > contents[file].size()) return false;
      const std::span<uint8_t> inbox = session.inbox(piece);
      std::memcpy(inbox.data(), contents[file].data() + at, piece);
      if (!give(file, at, piece)) return false;
      at += piece;
    }
    return true;
  }
};

}  // namespace bp::testing
