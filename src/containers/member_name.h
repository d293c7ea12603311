// Names inside an archive, before any of them is used as a path.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bp {

// "./a//b" as "a/b", and "./" as "", the folder that is unpacked to. Nothing for a name that could lead out of it (absolute, a drive
// letter, "..", a backslash) or that holds a NUL.
std::optional<std::string> cleanMemberName(std::string_view name);

}  // namespace bp
