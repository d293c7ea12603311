#include <emscripten.h>
#include <emscripten/bind.h>

#include <cstring>

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

// Two functions of libc that JavaScript has as well, in their place: strtod, 14 kB of code for it calculates with long doubles (what
// is asked for is always a whole numeral of JSON), and log, 4 kB of tables that nothing compresses (only the test run calls it).
#ifdef EM_JS_DEPS
EM_JS_DEPS(number_of, "$UTF8ToString");
#endif
EM_JS(double, numberOf, (const char* numeral), { return Number(UTF8ToString(numeral)); });
EM_JS(double, logarithmOf, (double x), { return Math.log(x); });
extern "C" {
double strtod(const char* numeral, char** end) {
  if (end != nullptr) *end = const_cast<char*>(numeral) + std::strlen(numeral);
  return numberOf(numeral);
}
double log(double x) { return logarithmOf(x); }
// The neighbours of strtod in libc's file; nothing calls them.
float strtof(const char* numeral, char** end) { return static_cast<float>(strtod(numeral, end)); }
long double strtold(const char* numeral, char** end) { return strtod(numeral, end); }
}

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
