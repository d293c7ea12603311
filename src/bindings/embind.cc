#include <emscripten/bind.h>

#include "bindings/session.h"

namespace {

// Views of wasm memory; valid until the next call, for memory may move when it grows.
emscripten::val inboxView(bp::Session& session, uint32_t length) {
  const std::span<uint8_t> inbox = session.inbox(length);
  return emscripten::val(emscripten::typed_memory_view(inbox.size(), inbox.data()));
}

emscripten::val outputView(const bp::Session& session, uint32_t index) {
  const std::span<const float> output = session.output(index);
  return emscripten::val(emscripten::typed_memory_view(output.size(), output.data()));
}

emscripten::val bytesView(std::span<const uint8_t> bytes) { return emscripten::val(emscripten::typed_memory_view(bytes.size(), bytes.data())); }
emscripten::val convertedView(const bp::Session& session) { return bytesView(session.converted()); }
emscripten::val convertedFileView(const bp::Session& session, uint32_t index) { return bytesView(session.convertedFile(index)); }

}  // namespace

EMSCRIPTEN_BINDINGS(bert_preflight) {
  using bp::Session;
  emscripten::class_<Session>("Session")
      .constructor<>()
      .function("addFile", &Session::addFile)
      .function("wantedReads", &Session::wantedReads)
      .function("takeMembers", &Session::takeMembers)
      .function("refuseFile", &Session::refuseFile)
      .function("inbox", &inboxView)
      .function("supply", &Session::supply)
      .function("setOptions", &Session::setOptions)
      .function("files", &Session::files)
      .function("report", &Session::report)
      .function("tensors", &Session::tensors)
      .function("layout", &Session::layout)
      .function("beginData", &Session::beginData)
      .function("feed", &Session::feed)
      .function("refuseData", &Session::refuseData)
      .function("currentTensor", &Session::currentTensor)
      .function("endData", &Session::endData)
      .function("probe", &Session::probe)
      .function("tokenize", &Session::tokenize)
      .function("encode", &Session::encode)
      .function("output", &outputView)
      .function("beginConversion", &Session::beginConversion)
      .function("conversionRead", &Session::conversionRead)
      .function("convert", &Session::convert)
      .function("converted", &convertedView)
      .function("endConversion", &Session::endConversion)
      .function("convertedFile", &convertedFileView)
      .function("abilities", &Session::abilities);
}
