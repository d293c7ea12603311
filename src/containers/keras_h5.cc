#include "containers/keras_h5.h"

#include <set>
#include <unordered_map>
#include <utility>

#include "containers/hdf5.h"

namespace bp {
namespace {

using enum TensorFileStatus;

constexpr size_t kMostObjects = 100000;
constexpr size_t kMostDepth = 32;
constexpr uint64_t kMostZeros = uint64_t{64} << 20;  // of datasets that were never written
constexpr std::string_view kOptimizer = "optimizer_weights";

class KerasReader {
 public:
  KerasReader(ByteSource& source, uint32_t file) : hdf5_(source), file_(file) {}

  TensorFileStatus read(TensorFile& result, TensorFileFault& fault) {
    status_ = hdf5_.open();
    if (status_ == kOk) readRoot();
    if (status_ == kOk && pending_) status_ = kPending;
    if (status_ == kOk) {
      result = std::move(result_);
    } else {
      fault = fault_.rule.empty() ? hdf5_.fault() : fault_;
    }
    return status_;
  }

 private:
  void stop(TensorFileStatus status, std::string rule, std::string name, uint64_t offset = 0) {
    if (status_ != kOk) return;
    status_ = status;
    fault_.rule = std::move(rule);
    fault_.name = std::move(name);
    fault_.offset = offset;
  }

  // Null: waiting for bytes, or stopped. What is missing is asked for as far as can be seen before anything is waited for.
  bool settled(TensorFileStatus status) {
    if (status == kPending) pending_ = true;
    else if (status != kOk && status_ == kOk) status_ = status;
    return status == kOk;
  }
  const Hdf5Object* objectAt(uint64_t address) {
    const auto known = objects_.find(address);
    if (known != objects_.end()) return &known->second;
    if (objects_.size() == kMostObjects) {
      stop(kBadHeader, "too-large", "");
      return nullptr;
    }
    Hdf5Object object;
    if (!settled(hdf5_.read(address, object))) return nullptr;
    return &objects_.emplace(address, std::move(object)).first->second;
  }
  const Hdf5Object* child(const Hdf5Object& group, std::string_view name) {
    const Hdf5Link* link = group.link(name);
    if (link == nullptr && group.links_not_read) stop(kNotRead, "links", std::string(name), group.at);
    else if (link == nullptr) stop(kBadHeader, "missing-link", std::string(name), group.at);
    return link == nullptr ? nullptr : objectAt(link->address);
  }

  // A list of names; false: waiting or stopped.
  bool names(const Hdf5Object& group, const std::string& key, std::vector<std::string>& list) {
    list.clear();
    if (const Hdf5Attribute* whole = group.attribute(key)) return settled(hdf5_.texts(*whole, list));
    std::vector<std::string> piece;
    for (size_t i = 0; const Hdf5Attribute* part = group.attribute(key + std::to_string(i)); ++i) {
      if (!settled(hdf5_.texts(*part, piece))) return false;
      list.insert(list.end(), piece.begin(), piece.end());
    }
    return true;
  }
  static bool hasNames(const Hdf5Object& group) { return group.attribute("layer_names") != nullptr || group.attribute("layer_names0") != nullptr; }

  void readRoot() {
    const Hdf5Object* root = objectAt(hdf5_.root());
    if (root == nullptr) return;
    for (const Hdf5Attribute& attribute : root->attributes) {
      std::vector<std::string> text;
      const bool short_one = attribute.name == "keras_version" || attribute.name == "backend";
      if (short_one && !settled(hdf5_.texts(attribute, text))) continue;
      result_.metadata.emplace_back(attribute.name, text.size() == 1 ? text[0] : "");
    }
    const Hdf5Object* weights = root;
    if (!hasNames(*root) && root->link("model_weights") != nullptr) weights = child(*root, "model_weights");
    if (weights == nullptr) return;
    if (hasNames(*weights)) readLayers(*weights);
    else walk(*weights, "", 0);
  }

  void readLayers(const Hdf5Object& weights) {
    std::vector<std::string> layers, list;
    if (!names(weights, "layer_names", layers)) return;
    for (const std::string& layer : layers) {
      const Hdf5Object* group = child(weights, layer);
      if (group != nullptr && names(*group, "weight_names", list)) {
        for (const std::string& name : list) readWeight(*group, layer, name);
      }
      if (status_ != kOk) return;
    }
  }

  void readWeight(const Hdf5Object& layer, const std::string& layer_name, const std::string& name) {
    const Hdf5Object* object = &layer;
    size_t depth = 0;
    for (size_t start = 0; object != nullptr && start <= name.size();) {
      const size_t slash = std::min(name.find('/', start), name.size());
      if (slash > start) object = child(*object, std::string_view(name).substr(start, slash - start));
      start = slash + 1;
      if (++depth > kMostDepth) return stop(kBadHeader, "too-deep", name);
    }
    if (object == nullptr) return;
    if (!object->is_dataset) return stop(kBadHeader, "no-dataset", name, object->at);
    add(*object, layer_name + "/" + name);
  }

  // Every dataset below a group, by path.
  void walk(const Hdf5Object& group, const std::string& path, size_t depth) {
    if (depth > kMostDepth) return stop(kBadHeader, "too-deep", path);
    if (group.links_not_read) return stop(kNotRead, "links", path, group.at);
    for (const Hdf5Link& link : group.links) {
      if (status_ != kOk) return;
      if ((depth == 0 && link.name == kOptimizer) || !walked_.insert(link.address).second) continue;
      const std::string name = path.empty() ? link.name : path + "/" + link.name;
      const Hdf5Object* object = objectAt(link.address);
      if (object == nullptr) continue;
      if (object->is_dataset) {
        add(*object, name);
      } else {
        if (link.name == "vars" && !object->links.empty()) result_.vars_groups = true;
        walk(*object, name, depth + 1);
      }
    }
  }

  void add(const Hdf5Object& dataset, std::string name) {
    if (!dataset.not_read.empty()) return stop(kNotRead, dataset.not_read, std::move(name), dataset.at);
    const auto count = elementCount(dataset.shape);
    if (!count || (dataset.item > 0 && static_cast<uint64_t>(*count) > UINT64_MAX / dataset.item)) return stop(kBadHeader, "shape", std::move(name), dataset.at);
    const uint64_t bytes = static_cast<uint64_t>(*count) * dataset.item;
    if (dataset.written && dataset.length < bytes) return stop(kBadHeader, "layout-size", std::move(name), dataset.at);
    TensorInfo tensor;
    tensor.name = std::move(name);
    tensor.dtype = dataset.dtype;
    tensor.dtype_number = 0;
    tensor.shape = dataset.shape;
    tensor.big_endian = dataset.big_endian;
    TensorPart part;
    part.extent = {file_, dataset.offset, dataset.written ? bytes : 0};
    if (!dataset.written && bytes > 0) {
      zeros_ += bytes;
      if (bytes > kMostZeros || zeros_ > kMostZeros) return stop(kBadHeader, "unwritten", std::move(tensor.name));
      part.values = std::make_shared<const std::vector<uint8_t>>(static_cast<size_t>(bytes));
    }
    tensor.parts.push_back(std::move(part));
    if (result_.tensors.size() == kMostObjects) return stop(kBadHeader, "too-large", std::move(tensor.name));
    result_.tensors.push_back(std::move(tensor));
  }

  Hdf5 hdf5_;
  uint32_t file_;
  std::unordered_map<uint64_t, Hdf5Object> objects_;  // by address; their pointers stay
  std::set<uint64_t> walked_;
  uint64_t zeros_ = 0;
  TensorFile result_;
  TensorFileStatus status_ = kOk;
  TensorFileFault fault_;
  bool pending_ = false;
};

}  // namespace

TensorFileStatus readKerasH5(ByteSource& source, uint32_t file, TensorFile& result, TensorFileFault& fault) {
  return KerasReader(source, file).read(result, fault);
}

}  // namespace bp
