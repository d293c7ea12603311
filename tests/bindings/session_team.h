// Several sessions over one folder that share its data and its layers, as the engine's team does (web/engine/team.js).
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bindings/session_driver.h"

namespace bp::testing {

class SessionTeam {
 public:
  SessionTeam(const std::string& folder, uint32_t count) {
    for (uint32_t i = 0; i < count; ++i) {
      sets.push_back(std::make_unique<SessionDriver>(folder));
      sets.back()->readStructure();
    }
  }

  Session& first() { return sets[0]->session; }

  // Each reads its run in chunks of `chunk` bytes and hands what is shared to the others; no file can be read from `ends_at` on.
  // False: a chunk was not taken.
  bool readData(bool layers, uint64_t chunk = 1000) {
    const auto count = static_cast<uint32_t>(sets.size());
    for (uint32_t i = 0; i < count; ++i) {
      const Json options = {{"keep", true}, {"workers", {{"index", i}, {"count", count}, {"layers", layers}}}};
      begun.push_back(Json::parse(sets[i]->session.beginData(options.dump()), nullptr, false));
    }
    for (uint32_t i = 0; i < count; ++i) {
      const auto own = [&](uint32_t file, double at, uint32_t length) { return sets[i]->session.feed(file, at, length); };
      if (!sets[i]->stream(readable(begun[i]["reads"]), chunk, own)) return false;
      const std::map<uint32_t, double> ends = endsOf(begun[i]["reads"]);
      for (const auto& [file, at] : ends) sets[i]->session.refuseData(file, at, "it ends");
      for (uint32_t other = 0; other < count; ++other) {
        if (other == i) continue;
        const auto shared = [&](uint32_t file, double at, uint32_t length) { return sets[other]->session.feedShared(i, file, at, length); };
        if (begun[i]["shared"] != begun[other]["shared"] || !sets[other]->stream(readable(begun[i]["shared"][i]), chunk, shared)) return false;
        for (const auto& [file, at] : ends) sets[other]->session.refuseShared(i, file, at, "it ends");
      }
    }
    for (uint32_t i = 1; i < count; ++i) {
      for (uint32_t page = 0;; ++page) {
        const std::span<const uint8_t> records = sets[i]->session.records(page);
        if (records.empty()) break;
        std::memcpy(first().inbox(static_cast<uint32_t>(records.size())).data(), records.data(), records.size());
        first().takeRecords(static_cast<uint32_t>(records.size()));
      }
    }
    for (const auto& set : sets) set->session.endData();
    return true;
  }

  Json encode(const Json& question) {
    const Json begun_encode = Json::parse(first().encodeBegin(question.dump()), nullptr, false);
    if (begun_encode.contains("error")) return begun_encode;
    for (size_t i = 1; i < sets.size(); ++i) {
      if (const std::string fault = sets[i]->session.encodeJoin(begun_encode["join"].dump()); !fault.empty()) return {{"error", fault}};
    }
    bring();
    attention.clear();
    while (first().encodeHalf()) {
      for (size_t i = 1; i < sets.size(); ++i) {
        Session& other = sets[i]->session;
        if (!other.encodeHalf()) return {{"error", "out of step"}};
        attention.emplace_back(other.attention().begin(), other.attention().end());
        std::memcpy(first().received().data(), other.partial().data(), other.partial().size_bytes());
        first().addReceived();
      }
      first().encodeFinish();
      bring();
    }
    return Json::parse(first().encodeEnd(), nullptr, false);
  }

  uint64_t ends_at = UINT64_MAX;
  std::vector<std::unique_ptr<SessionDriver>> sets;
  std::vector<Json> begun;
  std::vector<std::vector<float>> attention;  // of the others, half by half

 private:
  Json readable(const Json& reads) const {
    Json kept = Json::array();
    for (Json read : reads) {
      const auto offset = read["offset"].get<uint64_t>();
      if (offset >= ends_at) continue;
      read["length"] = std::min(read["length"].get<uint64_t>(), ends_at - offset);
      kept.push_back(std::move(read));
    }
    return kept;
  }

  // By file, where it can be read no more.
  std::map<uint32_t, double> endsOf(const Json& reads) const {
    std::map<uint32_t, double> ends;
    for (const Json& read : reads) {
      const auto offset = read["offset"].get<uint64_t>();
      if (read["length"].get<uint64_t>() > ends_at - std::min(offset, ends_at)) {
        ends.emplace(read["file"].get<uint32_t>(), static_cast<double>(std::max(offset, ends_at)));
      }
    }
    return ends;
  }

  // What the first session holds, to the others.
  void bring() {
    for (size_t i = 1; i < sets.size(); ++i) {
      std::memcpy(sets[i]->session.partial().data(), first().partial().data(), first().partial().size_bytes());
      sets[i]->session.encodeFinish();
    }
  }
};

}  // namespace bp::testing
