// The part of Python's pickle that PyTorch writes state dictionaries in, as values and nothing else: no name in it is looked up
// and nothing is called. What PyTorch's own restricted reader refuses (torch/_weights_only_unpickler.py), this refuses.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "containers/tensor_file.h"

namespace bp {

enum class PickleKind : uint8_t {
  kNone, kBool, kInt, kBigInt, kFloat, kText, kTuple, kList, kDict, kOrderedDict, kSet,
  kGlobal,      // `text` is "module.name"
  kPersistent,  // items: the tuple that names it
  kCall,        // items: the global, the tuple of arguments
};

struct PickleValue {
  PickleKind kind = PickleKind::kNone;
  int64_t number = 0;           // kBool, kInt
  double real = 0;              // kFloat
  std::string text;             // kText, kGlobal: UTF-8; kBigInt: two's complement, least significant byte first
  std::vector<uint32_t> items;  // indices of values; a dictionary's are key, value, key, value; a shared value has one index
};

// Values refer to each other by index, so one that holds itself a million times costs a million indices and no more.
// Loops are possible: whoever walks deeper than one level bounds the walk.
struct Pickle {
  std::deque<PickleValue> values;
  uint32_t root = 0;
  uint64_t size = 0;  // bytes up to and with STOP

  const PickleValue& operator[](uint32_t index) const { return values[index]; }
  bool isText(uint32_t index, std::string_view text) const { return values[index].kind == PickleKind::kText && values[index].text == text; }
};

// `base`: where bytes[0] lies in its file, for faults. kTruncated: the bytes end before STOP. kRefused: `name` is "module.name" or
// the opcode. kBadHeader: "pickle-stack", "pickle-memo", "pickle-text", "pickle-type" (an operation on the wrong kind of value).
// kNotRead: "pickle-limit", more values than any model's.
TensorFileStatus readPickle(std::span<const uint8_t> bytes, uint64_t base, Pickle& out, TensorFileFault& fault);

}  // namespace bp
