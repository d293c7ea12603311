#include "containers/torch_state.h"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>

#include "tensors/strides.h"

namespace bp {
namespace {

using Kind = PickleKind;
using Status = TensorFileStatus;

constexpr std::size_t kMostOuterKeys = 100;
constexpr std::size_t kMostRank = 64;  // PyTorch's own

struct NamedType {
  std::string_view name;
  DType dtype;
  uint32_t item_size;
};
constexpr auto kStorageTypes = std::to_array<NamedType>({
    {"torch.FloatStorage", DType::kFloat32, 4},
    {"torch.DoubleStorage", DType::kFloat64, 8},
    {"torch.HalfStorage", DType::kFloat16, 2},
    {"torch.BFloat16Storage", DType::kBfloat16, 2},
    {"torch.LongStorage", DType::kInt64, 8},
    {"torch.IntStorage", DType::kInt32, 4},
    {"torch.ShortStorage", DType::kInt16, 2},
    {"torch.CharStorage", DType::kInt8, 1},
    {"torch.ByteStorage", DType::kUint8, 1},
    {"torch.BoolStorage", DType::kBool, 1},
    {"torch.ComplexFloatStorage", DType::kOther, 8},
    {"torch.ComplexDoubleStorage", DType::kOther, 16},
    {"torch.QUInt8Storage", DType::kOther, 1},
    {"torch.QInt8Storage", DType::kOther, 1},
    {"torch.QInt32Storage", DType::kOther, 4},
    {"torch.UntypedStorage", DType::kOther, 1},
    {"torch.storage.UntypedStorage", DType::kOther, 1},
});
// Types that have no storage of their own name.
constexpr auto kElementTypes = std::to_array<NamedType>({
    {"torch.uint16", DType::kUint16, 2},
    {"torch.uint32", DType::kUint32, 4},
    {"torch.uint64", DType::kUint64, 8},
    {"torch.float8_e4m3fn", DType::kOther, 1},
    {"torch.float8_e4m3fnuz", DType::kOther, 1},
    {"torch.float8_e5m2", DType::kOther, 1},
    {"torch.float8_e5m2fnuz", DType::kOther, 1},
    {"torch.float8_e8m0fnu", DType::kOther, 1},
});

template <std::size_t N>
const NamedType* typeNamed(const std::array<NamedType, N>& types, const PickleValue& value) {
  if (value.kind != Kind::kGlobal) return nullptr;
  const auto type = std::find_if(types.begin(), types.end(), [&](const NamedType& t) { return t.name == value.text; });
  return type == types.end() ? nullptr : type;
}

// The call behind wrappers that change no bytes, as function and arguments.
struct Call {
  std::string_view function;
  const PickleValue* arguments = nullptr;
};

class StateReader {
 public:
  StateReader(const Pickle& pickle, TorchState& out, TensorFileFault& fault) : pickle_(pickle), out_(out), fault_(fault) {}

  Status run() {
    for (const PickleValue& value : pickle_.values) {
      if (value.kind == Kind::kPersistent && !addStorage(value)) return status_;
    }
    const PickleValue* state = stateDict();
    if (state == nullptr) return fail(Status::kNotRead, "no-state-dict");
    for (std::size_t i = 0; i < state->items.size(); i += 2) {
      const PickleValue& key = pickle_[state->items[i]];
      const PickleValue& value = pickle_[state->items[i + 1]];
      if (key.kind == Kind::kText && value.kind == Kind::kCall && !addTensor(key.text, value)) return status_;
    }
    return status_;
  }

 private:
  Status fail(Status status, std::string rule, std::string name = {}) {
    fault_ = {};
    fault_.rule = std::move(rule);
    fault_.name = std::move(name);
    return status_ = status;
  }
  bool bad(std::string rule, std::string name) {
    fail(Status::kBadHeader, std::move(rule), std::move(name));
    return false;
  }
  static bool isDict(const PickleValue& value) { return value.kind == Kind::kDict || value.kind == Kind::kOrderedDict; }

  std::optional<uint64_t> count(uint32_t index) const {
    const PickleValue& value = pickle_[index];
    if (value.kind != Kind::kInt || value.number < 0) return std::nullopt;
    return static_cast<uint64_t>(value.number);
  }
  bool shape(uint32_t index, Shape& out) const {
    const PickleValue* value = &pickle_[index];
    if (value->kind == Kind::kCall && pickle_[value->items[0]].text == "torch.Size") {  // of one tuple
      const PickleValue& arguments = pickle_[value->items[1]];
      if (arguments.items.size() != 1) return false;
      value = &pickle_[arguments.items[0]];
    }
    if ((value->kind != Kind::kTuple && value->kind != Kind::kList) || value->items.size() > kMostRank) return false;
    for (const uint32_t item : value->items) {
      const auto dim = count(item);
      if (!dim) return false;
      out.push_back(static_cast<int64_t>(*dim));
    }
    return true;
  }

  // ('storage', type, key, location, elements[, view]) of a persistent id.
  bool addStorage(const PickleValue& value) {
    const std::vector<uint32_t>& id = pickle_[value.items[0]].items;
    if (id.size() < 5 || id.size() > 6) return bad("storage", {});
    const PickleValue& key = pickle_[id[2]];
    const NamedType* type = typeNamed(kStorageTypes, pickle_[id[1]]);
    const auto elements = count(id[4]);
    if (key.kind != Kind::kText || !elements) return bad("storage", {});
    if (type == nullptr) return bad("storage", pickle_[id[1]].text);
    const bool digits = std::all_of(key.text.begin(), key.text.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (key.text.empty() || key.text.size() > 20 || !digits) return bad("storage-key", key.text.substr(0, 100));
    if (*elements > static_cast<uint64_t>(INT64_MAX) / type->item_size) return bad("storage", key.text);
    const auto [known, is_new] = by_key_.emplace(key.text, out_.storages.size());
    if (is_new) {
      out_.storages.push_back({key.text, type->dtype, type->item_size, *elements});
      return true;
    }
    const TorchStorage& storage = out_.storages[known->second];
    if (storage.dtype != type->dtype || storage.item_size != type->item_size || storage.elements != *elements) return bad("storage-twice", key.text);
    return true;
  }

  std::optional<Call> tensorCall(const PickleValue& value) const {
    const PickleValue* call = &value;
    for (int depth = 0; depth < 8; ++depth) {
      const std::string_view function = pickle_[call->items[0]].text;
      const PickleValue& arguments = pickle_[call->items[1]];
      const bool parameter = function == "torch._utils._rebuild_parameter" || function == "torch._utils._rebuild_parameter_with_state";
      if (parameter && !arguments.items.empty() && pickle_[arguments.items[0]].kind == Kind::kCall) {
        call = &pickle_[arguments.items[0]];
        continue;
      }
      // (function, class, arguments, attributes)
      if (function == "torch._tensor._rebuild_from_type_v2" && arguments.items.size() == 4 && pickle_[arguments.items[0]].kind == Kind::kGlobal &&
          pickle_[arguments.items[2]].kind == Kind::kTuple) {
        return Call{pickle_[arguments.items[0]].text, &pickle_[arguments.items[2]]};
      }
      return Call{function, &arguments};
    }
    return std::nullopt;
  }
  bool isTensor(uint32_t index) const {
    const PickleValue& value = pickle_[index];
    if (value.kind != Kind::kCall) return false;
    const auto call = tensorCall(value);
    return call && (call->function.starts_with("torch._utils._rebuild_") || call->function == "torch.Tensor" || call->function == "torch.nn.parameter.Parameter");
  }
  std::size_t tensorsIn(const PickleValue& dict) const {
    std::size_t tensors = 0;
    for (std::size_t i = 1; i < dict.items.size(); i += 2) tensors += isTensor(dict.items[i]) ? 1 : 0;
    return tensors;
  }

  // The dictionary at the top, unless that holds one with tensors under a key people use, or any such one and no tensors.
  const PickleValue* stateDict() {
    const PickleValue& root = pickle_[pickle_.root];
    if (!isDict(root)) return nullptr;
    const PickleValue* inner = nullptr;
    const std::string* wrapper = nullptr;
    std::size_t most = 0;
    bool expected = false;
    for (std::size_t i = 0; i < root.items.size(); i += 2) {
      const PickleValue& key = pickle_[root.items[i]];
      const PickleValue& value = pickle_[root.items[i + 1]];
      if (key.kind != Kind::kText || !isDict(value)) continue;
      const std::size_t tensors = tensorsIn(value);
      const bool usual = key.text == "state_dict" || key.text == "model_state_dict" || key.text == "model";
      if (tensors == 0 || (expected && !usual) || (usual == expected && tensors <= most)) continue;
      inner = &value;
      wrapper = &key.text;
      most = tensors;
      expected = usual;
    }
    if (inner == nullptr || (!expected && tensorsIn(root) > 0)) return &root;
    out_.wrapper = *wrapper;
    for (std::size_t i = 0; i < root.items.size() && out_.outer_keys.size() < kMostOuterKeys; i += 2) {
      const PickleValue& key = pickle_[root.items[i]];
      if (key.kind == Kind::kText) out_.outer_keys.push_back(key.text);
    }
    return inner;
  }

  bool addTensor(const std::string& name, const PickleValue& value) {
    const auto call = tensorCall(value);
    if (!call) return bad("tensor-arguments", name);
    const bool v2 = call->function == "torch._utils._rebuild_tensor_v2", v3 = call->function == "torch._utils._rebuild_tensor_v3";
    if (!v2 && !v3 && call->function != "torch._utils._rebuild_tensor") {
      const bool tensor = call->function.starts_with("torch._utils._rebuild_") || call->function == "torch.Tensor" || call->function.starts_with("torch.nn.");
      return !tensor || (fail(Status::kNotRead, "tensor-kind", name), false);
    }
    const std::vector<uint32_t>& arguments = call->arguments->items;
    if (arguments.size() < (v3 ? 7u : 4u) || pickle_[arguments[0]].kind != Kind::kPersistent) return bad("tensor-arguments", name);
    const std::vector<uint32_t>& id = pickle_[pickle_[arguments[0]].items[0]].items;

    TorchTensor tensor;
    tensor.name = name;
    tensor.storage = by_key_.at(pickle_[id[2]].text);
    const TorchStorage& storage = out_.storages[tensor.storage];
    tensor.dtype = storage.dtype;
    tensor.item_size = storage.item_size;
    if (v3) {
      const NamedType* type = typeNamed(kElementTypes, pickle_[arguments[6]]);
      if (type == nullptr) return fail(Status::kNotRead, "tensor-kind", name), false;
      tensor.dtype = type->dtype;
      tensor.item_size = type->item_size;
    }
    const auto offset = count(arguments[1]);
    if (!offset || !shape(arguments[2], tensor.shape) || !shape(arguments[3], tensor.strides) || tensor.strides.size() != tensor.shape.size()) {
      return bad("tensor-arguments", name);
    }
    tensor.offset = *offset;
    return placeInStorage(tensor, id) && addOnce(std::move(tensor));
  }

  bool placeInStorage(TorchTensor& tensor, const std::vector<uint32_t>& id) {
    const TorchStorage& storage = out_.storages[tensor.storage];
    uint64_t elements = storage.bytes() / tensor.item_size;
    if (id.size() == 6 && pickle_[id[5]].kind != Kind::kNone) {  // very old files: (key, offset, elements) of a view of the storage
      const PickleValue& view = pickle_[id[5]];
      const auto from = view.items.size() == 3 ? count(view.items[1]) : std::nullopt;
      const auto length = view.items.size() == 3 ? count(view.items[2]) : std::nullopt;
      if (!from || !length || *from > elements || *length > elements - *from || tensor.offset > *length) return bad("tensor-place", tensor.name);
      elements = *from + *length;
      tensor.offset += *from;
    }
    if (!elementCount(tensor.shape)) return bad("tensor-size", tensor.name);
    const auto span = stridedSpan(tensor.shape, tensor.strides);
    if (!span) return bad("tensor-size", tensor.name);
    if (tensor.offset > elements || *span > elements - tensor.offset) return bad("tensor-place", tensor.name);
    tensor.span = *span;
    if (isRowMajor(tensor.shape, tensor.strides)) tensor.strides.clear();
    else if (!StridedOrder::of(tensor.shape, tensor.strides)) return bad("strides", tensor.name);
    return true;
  }

  // Of equal keys the last value counts, in the place of the first.
  bool addOnce(TorchTensor tensor) {
    const auto [known, is_new] = by_name_.emplace(tensor.name, out_.tensors.size());
    if (is_new) out_.tensors.push_back(std::move(tensor));
    else out_.tensors[known->second] = std::move(tensor);
    return true;
  }

  const Pickle& pickle_;
  TorchState& out_;
  TensorFileFault& fault_;
  Status status_ = Status::kOk;
  std::unordered_map<std::string, std::size_t> by_key_;
  std::unordered_map<std::string, std::size_t> by_name_;
};

}  // namespace

TensorFileStatus readTorchState(const Pickle& pickle, TorchState& out, TensorFileFault& fault) {
  out = {};
  return StateReader(pickle, out, fault).run();
}

std::vector<TensorInfo> placeTensors(const TorchState& state, const std::vector<uint64_t>& offsets, uint32_t file, bool big_endian) {
  std::vector<TensorInfo> tensors;
  tensors.reserve(state.tensors.size());
  for (const TorchTensor& from : state.tensors) {
    TensorInfo& tensor = tensors.emplace_back();
    tensor.name = from.name;
    tensor.dtype = from.dtype;
    tensor.dtype_number = tfNumber(from.dtype);
    tensor.shape = from.shape;
    tensor.strides = from.strides;
    tensor.big_endian = big_endian;
    tensor.parts.emplace_back().extent = {file, offsets[from.storage] + from.offset * from.item_size, from.span * from.item_size};
  }
  return tensors;
}

}  // namespace bp
