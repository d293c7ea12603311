// Any file: names come from its bytes, sorted and once each.
#include "containers/meta_graph.h"
#include "support/fuzz_input.h"

using namespace bp::test;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  bp::BufferSource source({data, size});
  bp::MetaGraph graph;
  const bp::ParseStatus status = bp::readMetaGraph(source, graph);
  require(status != bp::ParseStatus::kPending);
  if (status == bp::ParseStatus::kFailed) require(graph.variables.empty() && graph.saved_names.empty());
  size_t bytes = 0;
  for (size_t i = 0; i < graph.saved_names.size(); ++i) {
    require(i == 0 || graph.saved_names[i - 1] < graph.saved_names[i]);
    bytes += graph.saved_names[i].size();
  }
  for (const bp::MetaVariable& variable : graph.variables) bytes += variable.name.size();
  require(bytes <= size);
  return 0;
}
