// Several sessions that share the layers of a set in one folder, as the engine's team does (web/engine/team.js).
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "bindings/session_driver.h"

namespace bp::testing {

class SessionTeam {
 public:
  SessionTeam(const std::string& folder, uint32_t count) : set(folder), others(count - 1) {
    set.readStructure();
    for (std::unique_ptr<Session>& other : others) other = std::make_unique<Session>();
  }

  Session& first() { return set.session; }

  // The first reads in chunks of `chunk` bytes, the others are sent their slices. False: something was not taken.
  bool readData(uint64_t chunk = 1000) {
    begun = Json::parse(first().beginData(Json{{"keep", true}, {"workers", others.size() + 1}}.dump()), nullptr, false);
    kept = begun["keeps"].get<uint64_t>();
    if (begun["share"].is_null() && !others.empty()) return false;
    for (uint32_t i = 0; i < others.size(); ++i) {
      Json share = begun["share"];
      share["index"] = i + 1;
      share["count"] = others.size() + 1;
      const Json keeps = Json::parse(others[i]->beginShare(share.dump()), nullptr, false);
      if (keeps["why"] != "") return false;
      kept += keeps["keeps"].get<uint64_t>();
    }
    const auto feed = [&](uint32_t file, double at, uint32_t length) { return first().feed(file, at, length) && handOut(); };
    if (!set.stream(begun["reads"], chunk, feed)) return false;
    first().endData();
    return true;
  }

  Json encode(const Json& question) {
    const Json begun_encode = Json::parse(first().encodeBegin(question.dump()), nullptr, false);
    if (begun_encode.contains("error")) return begun_encode;
    for (const auto& other : others) {
      if (const std::string fault = other->encodeJoin(begun_encode["join"].dump()); !fault.empty()) return {{"error", fault}};
    }
    bring();
    attention.clear();
    while (first().encodeHalf()) {
      for (const auto& other : others) {
        if (!other->encodeHalf()) return {{"error", "out of step"}};
        attention.emplace_back(other->attention().begin(), other->attention().end());
        std::memcpy(first().received().data(), other->partial().data(), other->partial().size_bytes());
        first().addReceived();
      }
      first().encodeFinish();
      bring();
    }
    return Json::parse(first().encodeEnd(), nullptr, false);
  }

  SessionDriver set;
  std::vector<std::unique_ptr<Session>> others;
  Json begun;
  uint64_t kept = 0;  // bytes of weights, by all
  std::vector<std::vector<float>> attention;  // of the others, half by half

 private:
  static constexpr uint32_t kPiece = 501;  // cuts records anywhere

  bool handOut() {
    for (uint32_t i = 0; i < others.size(); ++i) {
      const std::span<const uint8_t> slices = first().outbox(i + 1);
      const auto length = static_cast<uint32_t>(slices.size());
      for (uint32_t at = 0; at < length; at += kPiece) {
        const uint32_t piece = std::min(kPiece, length - at);
        std::memcpy(others[i]->inbox(piece).data(), slices.data() + at, piece);
        if (!others[i]->takeShare(piece)) return false;
      }
      if (!first().outbox(i + 1).empty()) return false;  // it is given once
    }
    return true;
  }

  // What the first session holds, to the others.
  void bring() {
    for (const auto& other : others) {
      std::memcpy(other->partial().data(), first().partial().data(), first().partial().size_bytes());
      other->encodeFinish();
    }
  }
};

}  // namespace bp::testing
