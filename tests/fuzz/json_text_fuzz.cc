// Any bytes: a value of the outermost object lies inside the text, and reading its spelling alone gives the same value.
#include <cstdlib>

#include "bytes/json_text.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const bp::JsonText json = bp::parseJsonText(text);
  for (const bp::JsonMember& member : json.members) {
    if (member.value_place.offset > size || member.value_place.length > size - member.value_place.offset) std::abort();
    const std::string alone = "{\"\":" + std::string(text.substr(member.value_place.offset, member.value_place.length)) + "}";
    const bp::JsonText again = bp::parseJsonText(alone);
    if (!again.is_object || again.members[0].value.dump() != member.value.dump()) std::abort();
  }
  if (!json.is_object && (json.fault.expected.empty() || json.fault.place.offset > size)) std::abort();
  return 0;
}
