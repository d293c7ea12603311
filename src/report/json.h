// The one JSON value type of the project (key order kept). Written with dump(), never parsed with it:
// text from outside goes through bytes/json_text.h, which keeps positions and duplicate keys.
#pragma once

#include <nlohmann/json.hpp>

namespace bp {
using Json = nlohmann::ordered_json;
}
