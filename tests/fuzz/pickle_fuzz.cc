// Any bytes: all indices lead to values, a shorter pickle is cut, and tensors lie in their storages.
#include "containers/pickle.h"

#include "containers/torch_state.h"
#include "support/fuzz_input.h"

using namespace bp::test;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  bp::Pickle pickle;
  bp::TensorFileFault fault;
  if (bp::readPickle({data, size}, 0, pickle, fault) != bp::TensorFileStatus::kOk) {
    require(!fault.rule.empty());
    return 0;
  }
  require(pickle.size <= size && pickle.root < pickle.values.size());
  for (const bp::PickleValue& value : pickle.values) {
    for (const uint32_t item : value.items) require(item < pickle.values.size());
  }
  bp::Pickle cut;
  require(bp::readPickle({data, static_cast<size_t>(pickle.size) - 1}, 0, cut, fault) == bp::TensorFileStatus::kTruncated);
  bp::TorchState state;
  if (bp::readTorchState(pickle, state, fault) != bp::TensorFileStatus::kOk) return 0;
  for (const bp::TorchTensor& tensor : state.tensors) {
    const bp::TorchStorage& storage = state.storages.at(tensor.storage);
    require(tensor.span <= storage.bytes() && (tensor.offset + tensor.span) * tensor.item_size <= storage.bytes());
    require(bp::elementCount(tensor.shape).has_value() && (tensor.strides.empty() || tensor.strides.size() == tensor.shape.size()));
  }
  return 0;
}
