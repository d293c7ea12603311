#include "containers/meta_graph.h"

#include <algorithm>

#include "base/sort.h"
#include "containers/proto_wire.h"

namespace bp {
namespace {

constexpr uint64_t kMostBytes = uint64_t{64} << 20;

using Message = std::span<const uint8_t>;

// Calls `field(f)` for each field; false: the message is broken, or `field` says so.
template <typename F>
bool walk(Message message, F field_of) {
  ProtoReader reader(message);
  ProtoField field;
  while (reader.next(field)) {
    if (!field_of(field)) return false;
  }
  return !reader.failed();
}

bool textIs(Message bytes, std::string_view text) { return bytes.size() == text.size() && std::equal(bytes.begin(), bytes.end(), text.begin()); }

// The value of one attribute of a node; an entry of a map may have its key after its value.
Message attribute(const std::vector<Message>& entries, std::string_view name) {
  for (const Message entry : entries) {
    Message key, value;
    walk(entry, [&](const ProtoField& f) {
      if (f.number == 1 && f.wire == 2) key = f.bytes;
      if (f.number == 2 && f.wire == 2) value = f.bytes;
      return true;
    });
    if (textIs(key, name)) return value;
  }
  return {};
}

bool readShape(Message message, MetaVariable& variable) {
  variable.known_shape = true;
  return walk(message, [&](const ProtoField& f) {
    if (f.number == 3 && f.wire == 0 && f.value != 0) variable.known_shape = false;
    if (f.number != 2 || f.wire != 2) return true;
    int64_t size = 0;
    const bool good = walk(f.bytes, [&](const ProtoField& dim) {
      if (dim.number == 1 && dim.wire == 0) size = dim.asInt64();
      return true;
    });
    variable.shape.push_back(size);
    return good;
  });
}

bool readVariable(const std::string& name, const std::vector<Message>& attributes, MetaGraph& graph) {
  MetaVariable variable;
  variable.name = name;
  bool good = walk(attribute(attributes, "dtype"), [&](const ProtoField& f) {
    if (f.number == 6 && f.wire == 0) variable.dtype_number = static_cast<uint32_t>(f.value);
    return true;
  });
  good = good && walk(attribute(attributes, "shape"), [&](const ProtoField& f) {
    return f.number != 7 || f.wire != 2 || readShape(f.bytes, variable);
  });
  if (good) graph.variables.push_back(std::move(variable));
  return good;
}

// The names a Saver writes are the constant "save…/SaveV2…/tensor_names".
bool isSavedNames(std::string_view name) {
  return name.find("/SaveV2") != std::string_view::npos && name.ends_with("/tensor_names");
}

bool readSavedNames(const std::vector<Message>& attributes, MetaGraph& graph) {
  return walk(attribute(attributes, "value"), [&](const ProtoField& f) {
    if (f.number != 8 || f.wire != 2) return true;
    return walk(f.bytes, [&](const ProtoField& tensor) {
      if (tensor.number == 8 && tensor.wire == 2) graph.saved_names.push_back(tensor.asString());
      return true;
    });
  });
}

bool readNode(Message message, MetaGraph& graph) {
  std::string name;
  Message op;
  std::vector<Message> attributes;
  const bool good = walk(message, [&](const ProtoField& f) {
    if (f.wire != 2) return true;
    if (f.number == 1) name = f.asString();
    if (f.number == 2) op = f.bytes;
    if (f.number == 5) attributes.push_back(f.bytes);
    return true;
  });
  if (!good) return false;
  if (textIs(op, "VariableV2") || textIs(op, "Variable") || textIs(op, "VarHandleOp")) return readVariable(name, attributes, graph);
  if (textIs(op, "Const") && isSavedNames(name)) return readSavedNames(attributes, graph);
  return true;
}

bool readGraph(Message message, MetaGraph& graph) {
  return walk(message, [&](const ProtoField& f) { return f.number != 1 || f.wire != 2 || readNode(f.bytes, graph); });
}

bool readMetaInfo(Message message, MetaGraph& graph) {
  return walk(message, [&](const ProtoField& f) {
    if (f.number == 5 && f.wire == 2) graph.tensorflow_version = f.asString();
    return true;
  });
}

bool readSaver(Message message, MetaGraph& graph) {
  graph.saver_version = 0;
  return walk(message, [&](const ProtoField& f) {
    if (f.number == 5 && f.wire == 0) graph.sharded = f.value != 0;
    if (f.number == 7 && f.wire == 0) graph.saver_version = static_cast<int32_t>(f.value);
    return true;
  });
}

}  // namespace

ParseStatus readMetaGraph(ByteSource& source, MetaGraph& graph) {
  if (source.size() > kMostBytes || source.size() == 0) return ParseStatus::kFailed;
  std::vector<uint8_t> bytes(static_cast<size_t>(source.size()));
  switch (source.read(0, bytes)) {
    case ReadStatus::kPending: return ParseStatus::kPending;
    case ReadStatus::kPastEnd: return ParseStatus::kFailed;
    case ReadStatus::kOk: break;
  }
  MetaGraph read;
  bool any = false;
  const bool good = walk(bytes, [&](const ProtoField& f) {
    if (f.wire != 2) return true;
    any = any || f.number == 1 || f.number == 2;
    switch (f.number) {
      case 1: return readMetaInfo(f.bytes, read);
      case 2: return readGraph(f.bytes, read);
      case 3: return readSaver(f.bytes, read);
      default: return true;
    }
  });
  if (!good || !any) return ParseStatus::kFailed;
  // Each slice of a partitioned variable is listed under the one name.
  stableSort(read.saved_names);
  read.saved_names.erase(std::unique(read.saved_names.begin(), read.saved_names.end()), read.saved_names.end());
  graph = std::move(read);
  return ParseStatus::kOk;
}

}  // namespace bp
