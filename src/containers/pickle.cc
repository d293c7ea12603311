#include "containers/pickle.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <unordered_map>

#include "bytes/byte_reader.h"
#include "bytes/json_text.h"

namespace bp {
namespace {

constexpr std::size_t kMostValues = std::size_t{1} << 20;  // some fifteen a tensor
constexpr std::size_t kMostItems = std::size_t{1} << 22;   // in all tuples, lists and dictionaries together
constexpr std::size_t kMostStack = std::size_t{1} << 20;
constexpr std::size_t kMostMemo = std::size_t{1} << 20;
constexpr std::size_t kShownName = 200;

using Kind = PickleKind;
using Status = TensorFileStatus;

enum Opcode : uint8_t {
  kMark = '(', kStop = '.', kBinInt = 'J', kBinInt1 = 'K', kBinInt2 = 'M', kNone = 'N', kBinPersId = 'Q', kReduce = 'R', kShortBinString = 'U',
  kBinUnicode = 'X', kAppend = 'a', kBuild = 'b', kGlobal = 'c', kAppends = 'e', kBinGet = 'h', kLongBinGet = 'j', kBinPut = 'q', kLongBinPut = 'r',
  kSetItem = 's', kTuple = 't', kSetItems = 'u', kBinFloat = 'G', kEmptyTuple = ')', kEmptyList = ']', kEmptyDict = '}', kProto = 0x80,
  kNewObj = 0x81, kTuple1 = 0x85, kTuple2 = 0x86, kTuple3 = 0x87, kNewTrue = 0x88, kNewFalse = 0x89, kLong1 = 0x8a, kEmptySet = 0x8f,
};

constexpr auto kBlockedModules = std::to_array<std::string_view>({"sys", "os", "posix", "nt"});

// What may stand before a tuple of arguments.
constexpr auto kCallables = std::to_array<std::string_view>({"collections.OrderedDict", "collections.Counter", "torch.Size", "torch.Tensor", "torch.device", "torch.nn.parameter.Parameter",
    "torch.serialization._get_layout", "_codecs.encode", "builtins.bytearray", "builtins.set", "builtins.complex",
    "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state", "torch._utils._rebuild_qtensor", "torch._utils._rebuild_tensor",
    "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor_v3", "torch._utils._rebuild_sparse_tensor",
    "torch._utils._rebuild_meta_tensor_no_storage", "torch._utils._rebuild_wrapper_subclass", "torch._utils._rebuild_device_tensor_from_numpy",
    "torch._tensor._rebuild_from_type_v2"});

// Names of torch's types, which are only mentioned.
constexpr auto kTypeNames = std::to_array<std::string_view>({"float64", "float32", "float16", "bfloat16", "float8_e4m3fn", "float8_e4m3fnuz", "float8_e5m2", "float8_e5m2fnuz", "float8_e8m0fnu",
    "complex32", "complex64", "complex128", "int64", "int32", "int16", "int8", "uint64", "uint32", "uint16", "uint8", "bool", "quint8", "qint8",
    "qint32", "quint4x2", "quint2x4", "per_tensor_affine", "per_tensor_symmetric", "per_channel_affine", "per_channel_symmetric",
    "per_channel_affine_float_qparams", "strided", "sparse_coo"});
constexpr auto kStorageNames = std::to_array<std::string_view>({"DoubleStorage", "FloatStorage", "HalfStorage", "BFloat16Storage", "LongStorage", "IntStorage", "ShortStorage", "CharStorage", "ByteStorage",
    "BoolStorage", "ComplexDoubleStorage", "ComplexFloatStorage", "QUInt8Storage", "QInt8Storage", "QInt32Storage", "QUInt4x2Storage",
    "QUInt2x4Storage", "UntypedStorage"});

template <std::size_t N>
bool among(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool isCallable(std::string_view global) { return among(kCallables, global); }

bool isAllowed(std::string_view global) {
  if (isCallable(global) || global == "torch.storage.UntypedStorage" || global == "torch.storage.TypedStorage") return true;
  if (!global.starts_with("torch.")) return false;
  global.remove_prefix(6);
  return among(kTypeNames, global) || among(kStorageNames, global);
}

class Unpickler {
 public:
  Unpickler(std::span<const uint8_t> bytes, uint64_t base, Pickle& out, TensorFileFault& fault) : reader_(bytes, base), base_(base), out_(out), fault_(fault) {}

  Status run() {
    while (status_ == Status::kOk && !stopped_) {
      at_ = reader_.offset();
      const uint8_t opcode = reader_.u8("opcode");
      if (!reader_.failed()) step(opcode);
      if (reader_.failed()) return fail(Status::kTruncated, "pickle-end");
    }
    return status_;
  }

 private:
  Status fail(Status status, std::string rule, std::string what = {}, std::string name = {}) {
    fault_ = {std::move(rule), std::move(what), std::move(name), at_, 0, 0, 0};
    return status_ = status;
  }
  void badType(std::string what = {}) { fail(Status::kBadHeader, "pickle-type", std::move(what)); }
  void limit() { fail(Status::kNotRead, "pickle-limit"); }
  void refuseOpcode(uint8_t opcode) {
    constexpr std::string_view digits = "0123456789abcdef";
    fail(Status::kRefused, "opcode", "Unsupported operand " + std::to_string(opcode), std::string("opcode 0x") + digits[opcode >> 4] + digits[opcode & 15]);
  }

  // The stack above the last mark; what lies below is out of reach.
  std::size_t reach() const { return stack_.size() - (marks_.empty() ? 0 : marks_.back()); }
  bool need(std::size_t count) {
    if (reach() >= count) return true;
    fail(Status::kBadHeader, "pickle-stack");
    return false;
  }
  void push(uint32_t index) {
    if (stack_.size() == kMostStack) return limit();
    stack_.push_back(index);
  }
  uint32_t pop() {
    const uint32_t top = stack_.back();
    stack_.pop_back();
    return top;
  }
  PickleValue& value(uint32_t index) { return out_.values[index]; }

  PickleValue* make(Kind kind) {
    if (out_.values.size() == kMostValues) {
      limit();
      return nullptr;
    }
    push(static_cast<uint32_t>(out_.values.size()));
    PickleValue& made = out_.values.emplace_back();
    made.kind = kind;
    return &made;
  }
  void makeNumber(Kind kind, int64_t number) {
    if (PickleValue* made = make(kind)) made->number = number;
  }
  void makeText(uint64_t length) {
    const std::span<const uint8_t> bytes = reader_.bytes(length, "text");
    if (reader_.failed()) return;
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    std::size_t bad = 0, bad_length = 0;
    if (findInvalidUtf8(text, bad, bad_length)) {
      fail(Status::kBadHeader, "pickle-text");
    } else if (PickleValue* made = make(Kind::kText)) {
      made->text = text;
    }
  }
  // Moves what lies on the stack from `first` on into `into`.
  void moveItems(std::size_t first, std::vector<uint32_t>& into) {
    items_ += stack_.size() - first;
    if (items_ > kMostItems) return limit();
    into.insert(into.end(), stack_.begin() + static_cast<std::ptrdiff_t>(first), stack_.end());
    stack_.resize(first);
  }
  void makeTuple(std::size_t count) {
    if (!need(count)) return;
    std::vector<uint32_t> items;
    moveItems(stack_.size() - count, items);
    if (status_ != Status::kOk) return;
    if (PickleValue* made = make(Kind::kTuple)) made->items = std::move(items);
  }

  bool popMark(std::size_t& first) {
    if (marks_.empty()) return fail(Status::kBadHeader, "pickle-stack"), false;
    first = marks_.back();
    marks_.pop_back();
    return true;
  }

  void addItems(std::size_t first, bool pairs) {
    const std::size_t count = stack_.size() - first;
    if (reach() < count + 1) return void(fail(Status::kBadHeader, "pickle-stack"));
    PickleValue& target = value(stack_[first - 1]);
    if (pairs && target.kind != Kind::kDict && target.kind != Kind::kOrderedDict) return badType("Can only SETITEM for dict, collections.OrderedDict, collections.Counter");
    if (!pairs && target.kind != Kind::kList) return badType("Can only append to lists");
    if (pairs && count % 2 != 0) return void(fail(Status::kBadHeader, "pickle-stack"));
    moveItems(first, target.items);
  }

  std::string_view line() {
    const std::span<const uint8_t> rest = reader_.rest();
    const auto end = std::find(rest.begin(), rest.end(), uint8_t{'\n'});
    const auto length = static_cast<uint64_t>(end - rest.begin());
    const std::span<const uint8_t> bytes = reader_.bytes(length, "name");
    reader_.skip(1, "end of line");
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  void global() {
    std::string_view module = line();
    const std::string_view name = line();
    if (reader_.failed()) return;
    std::size_t bad = 0, bad_length = 0;
    if (findInvalidUtf8(module, bad, bad_length) || findInvalidUtf8(name, bad, bad_length)) return void(fail(Status::kBadHeader, "pickle-text"));
    if (module == "__builtin__") module = "builtins";  // Python 2
    if (module == "copy_reg") module = "copyreg";
    if (module.size() > kShownName || name.size() > kShownName) {
      return void(fail(Status::kRefused, "global", "Unsupported global: the name is too long", "a name of " + std::to_string(module.size() + 1 + name.size()) + " bytes"));
    }
    std::string path = std::string(module) + "." + std::string(name);
    if (among(kBlockedModules, module)) {
      return void(fail(Status::kRefused, "global", "Trying to load unsupported GLOBAL " + path + " whose module " + std::string(module) + " is blocked.", path));
    }
    if (!isAllowed(path)) {
      const std::string said = module == "builtins" ? std::string(name) : path;
      return void(fail(Status::kRefused, "global", "Unsupported global: GLOBAL " + said + " was not an allowed global by default.", path));
    }
    if (PickleValue* made = make(Kind::kGlobal)) made->text = std::move(path);
  }

  // A dictionary out of nothing, or of a list of pairs as Python 2 wrote it.
  void orderedDict(const PickleValue& args) {
    std::vector<uint32_t> items;
    if (args.items.size() > 1) return badType();
    if (args.items.size() == 1) {
      const PickleValue& pairs = value(args.items[0]);
      if (pairs.kind != Kind::kList && pairs.kind != Kind::kTuple) return badType();
      for (const uint32_t index : pairs.items) {
        const PickleValue& pair = value(index);
        if ((pair.kind != Kind::kList && pair.kind != Kind::kTuple) || pair.items.size() != 2) return badType();
        if ((items_ += 2) > kMostItems) return limit();
        items.insert(items.end(), pair.items.begin(), pair.items.end());
      }
    }
    if (PickleValue* made = make(Kind::kOrderedDict)) made->items = std::move(items);
  }

  void call() {
    if (!need(2)) return;
    const uint32_t args = pop(), function = pop();
    if (value(function).kind != Kind::kGlobal || !isCallable(value(function).text)) {
      return void(fail(Status::kRefused, "call", "Trying to call reduce for unrecognized function", "REDUCE"));
    }
    if (value(args).kind != Kind::kTuple) return badType();
    if (value(function).text == "collections.OrderedDict") return orderedDict(value(args));
    items_ += 2;
    if (items_ > kMostItems) return limit();
    if (PickleValue* made = make(Kind::kCall)) made->items = {function, args};
  }

  // Attributes on an ordered dictionary (PyTorch's `_metadata`) say nothing about its tensors.
  void build() {
    if (!need(2)) return;
    const uint32_t state = pop(), instance = stack_.back();
    if (value(instance).kind != Kind::kOrderedDict) {
      return void(fail(Status::kRefused, "build", "Can only build Tensor, Parameter, OrderedDict or types allowlisted via `add_safe_globals`", "BUILD"));
    }
    if (value(state).kind != Kind::kDict && value(state).kind != Kind::kOrderedDict) badType();
  }

  void persistent() {
    if (!need(1)) return;
    const uint32_t id = pop();
    const PickleValue& tuple = value(id);
    if (tuple.kind != Kind::kTuple) return badType("persistent_load id must be tuple or int");
    if (tuple.items.empty() || !out_.isText(tuple.items[0], "storage")) {
      return void(fail(Status::kRefused, "persistent-id", "Only persistent_load of storage is allowed", "BINPERSID"));
    }
    if (PickleValue* made = make(Kind::kPersistent)) made->items = {id};
  }

  void get(uint32_t key) {
    if (reader_.failed()) return;
    const auto found = memo_.find(key);
    if (found == memo_.end()) return void(fail(Status::kBadHeader, "pickle-memo", "Memo value not found at index " + std::to_string(key)));
    push(found->second);
  }
  void put(uint32_t key) {
    if (reader_.failed() || !need(1)) return;
    if (memo_.size() >= kMostMemo && memo_.count(key) == 0) return limit();
    memo_[key] = stack_.back();
  }

  void longInteger() {
    const std::span<const uint8_t> bytes = reader_.bytes(reader_.u8("length"), "integer");
    if (reader_.failed()) return;
    if (bytes.size() > 8) {
      if (PickleValue* made = make(Kind::kBigInt)) made->text.assign(bytes.begin(), bytes.end());
      return;
    }
    uint64_t number = !bytes.empty() && bytes.back() >= 0x80 ? UINT64_MAX : 0;
    for (std::size_t i = bytes.size(); i-- > 0;) number = number << 8 | bytes[i];
    makeNumber(Kind::kInt, static_cast<int64_t>(number));
  }

  void real() {
    uint64_t bits = 0;
    for (const uint8_t byte : reader_.bytes(8, "float")) bits = bits << 8 | byte;  // most significant first
    if (reader_.failed()) return;
    if (PickleValue* made = make(Kind::kFloat)) std::memcpy(&made->real, &bits, sizeof bits);
  }

  void step(uint8_t opcode) {
    std::size_t first = 0;
    switch (opcode) {
      case kProto: reader_.u8("protocol"); return;
      case kStop:
        if (!need(1)) return;
        out_.root = pop();
        out_.size = reader_.offset() - base_;
        stopped_ = true;
        return;
      case kMark:
        if (marks_.size() == kMostStack) return limit();
        marks_.push_back(stack_.size());
        return;
      case kNone: make(Kind::kNone); return;
      case kNewTrue: return makeNumber(Kind::kBool, 1);
      case kNewFalse: return makeNumber(Kind::kBool, 0);
      case kBinInt: return makeNumber(Kind::kInt, static_cast<int32_t>(reader_.u32le("integer")));
      case kBinInt1: return makeNumber(Kind::kInt, reader_.u8("integer"));
      case kBinInt2: return makeNumber(Kind::kInt, reader_.u16le("integer"));
      case kLong1: return longInteger();
      case kBinFloat: return real();
      case kBinUnicode: return makeText(reader_.u32le("length"));
      case kShortBinString: return makeText(reader_.u8("length"));
      case kEmptyTuple: make(Kind::kTuple); return;
      case kEmptyList: make(Kind::kList); return;
      case kEmptyDict: make(Kind::kDict); return;
      case kEmptySet: make(Kind::kSet); return;
      case kTuple1: return makeTuple(1);
      case kTuple2: return makeTuple(2);
      case kTuple3: return makeTuple(3);
      case kTuple:
        if (popMark(first)) makeTuple(stack_.size() - first);
        return;
      case kAppend:
        if (need(2)) addItems(stack_.size() - 1, false);
        return;
      case kSetItem:
        if (need(3)) addItems(stack_.size() - 2, true);
        return;
      case kAppends:
        if (popMark(first)) addItems(first, false);
        return;
      case kSetItems:
        if (popMark(first)) addItems(first, true);
        return;
      case kBinGet: return get(reader_.u8("memo index"));
      case kLongBinGet: return get(reader_.u32le("memo index"));
      case kBinPut: return put(reader_.u8("memo index"));
      case kLongBinPut: return put(reader_.u32le("memo index"));
      case kGlobal: return global();
      case kReduce:
      case kNewObj: return call();
      case kBuild: return build();
      case kBinPersId: return persistent();
      default: return refuseOpcode(opcode);
    }
  }

  ByteReader reader_;
  uint64_t base_;
  Pickle& out_;
  TensorFileFault& fault_;
  Status status_ = Status::kOk;
  bool stopped_ = false;
  uint64_t at_ = 0;  // of the present opcode
  std::vector<uint32_t> stack_;
  std::vector<std::size_t> marks_;  // heights of the stack
  std::unordered_map<uint32_t, uint32_t> memo_;
  std::size_t items_ = 0;
};

}  // namespace

TensorFileStatus readPickle(std::span<const uint8_t> bytes, uint64_t base, Pickle& out, TensorFileFault& fault) {
  out = {};
  return Unpickler(bytes, base, out, fault).run();
}

}  // namespace bp
