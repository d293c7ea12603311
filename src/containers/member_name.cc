#include "containers/member_name.h"

#include <algorithm>

namespace bp {
namespace {

bool hasDrive(std::string_view name) {
  if (name.size() < 2 || name[1] != ':') return false;
  return (name[0] >= 'A' && name[0] <= 'Z') || (name[0] >= 'a' && name[0] <= 'z');
}

}  // namespace

std::optional<std::string> cleanMemberName(std::string_view name) {
  if (name.starts_with('/') || name.find_first_of(std::string_view("\\\0", 2)) != std::string_view::npos) return std::nullopt;
  std::string clean;
  while (!name.empty()) {
    const size_t slash = std::min(name.find('/'), name.size());
    const std::string_view part = name.substr(0, slash);
    name.remove_prefix(std::min(slash + 1, name.size()));
    if (part.empty() || part == ".") continue;
    if (part == "..") return std::nullopt;
    if (!clean.empty()) clean += '/';
    clean += part;
  }
  if (hasDrive(clean)) return std::nullopt;  // "./c:x", too
  return clean;
}

}  // namespace bp
