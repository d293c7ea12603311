#include <emscripten/bind.h>

#include "bindings/session.h"

namespace {

// Views of wasm memory; valid until the next call, for memory may move when it grows.
emscripten::val inboxView(bp::Session& session, uint32_t length) {
  const std::span<uint8_t> inbox = session.inbox(length);
  return emscripten::val(emscripten::typed_memory_view(inbox.size(), inbox.data()));
}

emscripten::val bytesView(std::span<const uint8_t> bytes) { return emscripten::val(emscripten::typed_memory_view(bytes.size(), bytes.data())); }
emscripten::val outboxView(bp::Session& session, uint32_t index) { return bytesView(session.outbox(index)); }
emscripten::val convertedView(const bp::Session& session) { return bytesView(session.converted()); }
emscripten::val convertedFileView(const bp::Session& session, uint32_t index) { return bytesView(session.convertedFile(index)); }

emscripten::val floatsView(std::span<const float> floats) { return emscripten::val(emscripten::typed_memory_view(floats.size(), floats.data())); }
emscripten::val outputView(const bp::Session& session, uint32_t index) { return floatsView(session.output(index)); }
emscripten::val partialView(bp::Session& session) { return floatsView(session.partial()); }
emscripten::val receivedView(bp::Session& session) { return floatsView(session.received()); }
emscripten::val attentionView(const bp::Session& session) { return floatsView(session.attention()); }

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
      .function("heads", &Session::heads)
      .function("layout", &Session::layout)
      .function("beginData", &Session::beginData)
      .function("feed", &Session::feed)
      .function("refuseData", &Session::refuseData)
      .function("outbox", &outboxView)
      .function("beginShare", &Session::beginShare)
      .function("takeShare", &Session::takeShare)
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
      .function("encodeBegin", &Session::encodeBegin)
      .function("encodeJoin", &Session::encodeJoin)
      .function("encodeHalf", &Session::encodeHalf)
      .function("encodeFinish", &Session::encodeFinish)
      .function("encodeEnd", &Session::encodeEnd)
      .function("partial", &partialView)
      .function("received", &receivedView)
      .function("addReceived", &Session::addReceived)
      .function("attention", &attentionView)
      .function("abilities", &Session::abilities);
}
