// The one JSON value type of the project (key order kept). Its text comes from written(), and text from outside goes through
// bytes/json_text.h, which keeps positions and duplicate keys; nlohmann's own writer and parser would bring printf and strtod along.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace bp {

using Json = nlohmann::ordered_json;

// nlohmann's literals, {{"a", 1}, {"b", 2}}, make and destroy several temporaries a member, in code as long as the source of it.
// The functions below are what is used instead: a call for each value.
void store(Json& to, std::nullptr_t);
void store(Json& to, bool value);
void store(Json& to, int64_t value);
void store(Json& to, uint64_t value);
void store(Json& to, double value);
void store(Json& to, const char* value);
void store(Json& to, const std::string_view& value);
void store(Json& to, const std::string& value);
void store(Json& to, const std::vector<std::string>& value);
void store(Json& to, const Json& value);
void store(Json& to, Json&& value);
Json& slot(Json& object, const char* key);  // of this key, which is added if it is not there
Json& newSlot(Json& list);                  // at its end

template <typename T>
[[gnu::always_inline]] inline void set(Json& to, T&& value) {
  using V = std::remove_cvref_t<T>;
  using Unsigned = std::conditional_t<std::is_unsigned_v<V>, uint64_t, int64_t>;
  if constexpr (std::is_integral_v<V> && !std::is_same_v<V, bool>) store(to, static_cast<Unsigned>(value));
  else if constexpr (std::is_floating_point_v<V>) store(to, static_cast<double>(value));
  else if constexpr (requires { store(to, std::forward<T>(value)); }) store(to, std::forward<T>(value));
  else store(to, Json(std::forward<T>(value)));
}

// put(object, "a", 1, "b", 2)
template <typename T, typename... More>
[[gnu::always_inline]] inline void put(Json& object, const char* key, T&& value, More&&... more) {
  set(slot(object, key), std::forward<T>(value));
  if constexpr (sizeof...(more) > 0) put(object, std::forward<More>(more)...);
}

template <typename... Members>
[[gnu::always_inline]] inline Json object(Members&&... members) {
  Json json(Json::value_t::object);
  put(json, std::forward<Members>(members)...);
  return json;
}

template <typename... Items>
[[gnu::always_inline]] inline Json list(Items&&... items) {
  Json json(Json::value_t::array);
  (set(newSlot(json), std::forward<Items>(items)), ...);
  return json;
}

// As text; over several lines with `indent` spaces a level if that is not 0. NaN and infinities are null, what is not UTF-8 is U+FFFD.
std::string written(const Json& value, int indent = 0);

}  // namespace bp
