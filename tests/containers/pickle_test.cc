#include "containers/pickle.h"

#include "doctest/doctest.h"
#include "support/pickle_builder.h"

using namespace bp;
using namespace bp::test;

namespace {

using Status = TensorFileStatus;
using Kind = PickleKind;

struct Read {
  Status status = Status::kOk;
  Pickle pickle;
  TensorFileFault fault;

  const PickleValue& root() const { return pickle[pickle.root]; }
  const PickleValue& item(size_t i) const { return pickle[root().items.at(i)]; }
};

Read readAll(std::span<const uint8_t> bytes) {
  Read read;
  inOwnAllocation(bytes, [&](std::span<const uint8_t> copy) { read.status = readPickle(copy, 1000, read.pickle, read.fault); });
  return read;
}

void expectRefused(const Bytes& bytes, std::string_view name, uint64_t offset, std::string_view what) {
  const Read read = readAll(bytes);
  CHECK(read.status == Status::kRefused);
  CHECK(read.fault.name == name);
  CHECK(read.fault.offset == 1000 + offset);
  CHECK(read.fault.what == what);
}

}  // namespace

TEST_CASE("plain values come back as they were") {
  const Read read = readAll(PickleBuilder()
                                .op("(N\x88\x89K\x07M\x01\x02J\xfe\xff\xff\xff")
                                .op(std::string_view("\x8a\x00\x8a\x01\x80G\x3f\xf8\x00\x00\x00\x00\x00\x00U\x02", 16))
                                .op("hi")
                                .text("\xe4\xb8\xad")
                                .op("])}\x8ft")
                                .stop());
  REQUIRE(read.status == Status::kOk);
  CHECK(read.root().kind == Kind::kTuple);
  REQUIRE(read.root().items.size() == 15);
  CHECK(read.item(0).kind == Kind::kNone);
  CHECK(read.item(1).number == 1);
  CHECK(read.item(2).number == 0);
  CHECK(read.item(3).number == 7);
  CHECK(read.item(4).number == 0x0201);
  CHECK(read.item(5).number == -2);
  CHECK(read.item(6).number == 0);
  CHECK(read.item(7).number == -128);
  CHECK(read.item(8).real == 1.5);
  CHECK(read.item(9).text == "hi");
  CHECK(read.item(10).text == "\xe4\xb8\xad");
  CHECK(read.item(11).kind == Kind::kList);
  CHECK(read.item(12).kind == Kind::kTuple);
  CHECK(read.item(13).kind == Kind::kDict);
  CHECK(read.item(14).kind == Kind::kSet);
}

TEST_CASE("dictionaries, lists and ordered dictionaries fill up, with attributes passed over") {
  const Read read = readAll(PickleBuilder()
                                .global("collections", "OrderedDict")
                                .op(")R")
                                .text("a")
                                .op("]K\x01" "a(K\x02K\x03" "es(")
                                .text("b")
                                .op("Nu}")
                                .text("_metadata")
                                .op("}sb")
                                .stop());
  REQUIRE(read.status == Status::kOk);
  CHECK(read.root().kind == Kind::kOrderedDict);
  REQUIRE(read.root().items.size() == 4);
  CHECK(read.item(0).text == "a");
  CHECK(read.item(1).items.size() == 3);
  CHECK(read.item(2).text == "b");
}

TEST_CASE("the memo gives the same value again, and a value may hold itself") {
  const Read read = readAll(PickleBuilder().op("]").put(70000).get(70000).op("a").stop());
  REQUIRE(read.status == Status::kOk);
  CHECK(read.root().items == std::vector<uint32_t>{read.pickle.root});
  CHECK(readAll(PickleBuilder().get(3).stop()).fault.rule == "pickle-memo");
}

TEST_CASE("lists of lists of the same list ten times over cost nothing") {
  PickleBuilder bomb;
  bomb.op("]").put(0);
  for (uint32_t level = 1; level < 100; ++level) {
    bomb.op("](");
    for (int i = 0; i < 10; ++i) bomb.get(level - 1);
    bomb.op("e").put(level);
  }
  const Read read = readAll(bomb.stop());
  CHECK(read.status == Status::kOk);
  CHECK(read.pickle.values.size() == 100);
}

TEST_CASE("what is more than values is refused by name and place") {
  expectRefused(PickleBuilder().global("posix", "system").stop(), "posix.system", 2, "Trying to load unsupported GLOBAL posix.system whose module posix is blocked.");
  expectRefused(PickleBuilder().global("__builtin__", "eval").stop(), "builtins.eval", 2, "Unsupported global: GLOBAL eval was not an allowed global by default.");
  expectRefused(PickleBuilder().op("N").global("argparse", "Namespace").stop(), "argparse.Namespace", 3,
                "Unsupported global: GLOBAL argparse.Namespace was not an allowed global by default.");
  expectRefused(PickleBuilder().global("torch", "load").stop(), "torch.load", 2, "Unsupported global: GLOBAL torch.load was not an allowed global by default.");
  expectRefused(PickleBuilder().global("torch", "").stop(), "torch.", 2, "Unsupported global: GLOBAL torch. was not an allowed global by default.");
  expectRefused(PickleBuilder().op("\x95").stop(), "opcode 0x95", 2, "Unsupported operand 149");
  expectRefused(PickleBuilder().text("a").op(")R").stop(), "REDUCE", 9, "Trying to call reduce for unrecognized function");
  expectRefused(PickleBuilder().global("torch", "FloatStorage").op(")R").stop(), "REDUCE", 23, "Trying to call reduce for unrecognized function");
  expectRefused(PickleBuilder().text("module").op("\x85Q").stop(), "BINPERSID", 14, "Only persistent_load of storage is allowed");
  CHECK(readAll(PickleBuilder().op("}}b").stop()).fault.name == "BUILD");
}

TEST_CASE("every opcode PyTorch's restricted reader lacks is refused") {
  const std::string_view known("(.JKMNQRUXabcehjqrstuG)]}\x80\x81\x85\x86\x87\x88\x89\x8a\x8f");
  for (int opcode = 0; opcode < 256; ++opcode) {
    const Read read = readAll(Bytes{static_cast<uint8_t>(opcode)});
    CAPTURE(opcode);
    CHECK((read.status == Status::kRefused) == (known.find(static_cast<char>(opcode)) == std::string_view::npos));
  }
}

TEST_CASE("operations on the wrong kind of value, or on none, are faults") {
  for (const std::string_view bytes : {".", "t.", "0.", "R.", "Na.", "(a.", "a.", "s.", "e.", "u.", "\x85.", "(\x85.", "N\x86.", "N(NQ.", "b.", "(b.", "q\x01.", "(K\x01R."}) {
    CAPTURE(bytes.size());
    const Read read = readAll(bytesOf(bytes));
    CHECK(read.status != Status::kOk);
  }
  CHECK(readAll(bytesOf("}NNe.")).fault.rule == "pickle-stack");
  CHECK(readAll(bytesOf("NNa.")).fault.rule == "pickle-type");
  CHECK(readAll(bytesOf("]NNs.")).fault.rule == "pickle-type");
  CHECK(readAll(bytesOf("}(Nu.")).fault.rule == "pickle-stack");
  CHECK(readAll(bytesOf("NQ.")).fault.rule == "pickle-type");
  CHECK(readAll(PickleBuilder().text("\xed\xa0\x80").stop()).fault.rule == "pickle-text");
}

TEST_CASE("lengths beyond the bytes are no lengths") {
  for (const std::string_view bytes : {std::string_view("X\xff\xff\xff\xff" "abc"), std::string_view("U\xff" "abc"), std::string_view("\x8a\xff\x01"), std::string_view("cposix")}) {
    CHECK(readAll(bytesOf(bytes)).status == Status::kTruncated);
  }
}

TEST_CASE("floods of values, marks and references end at a limit") {
  for (const std::string_view flood : {"N", "(", "]", "K\x01"}) {
    std::string bytes;
    for (int i = 0; i < (1 << 20) + 8; ++i) bytes += flood;
    CHECK(readAll(bytesOf(bytes)).fault.rule == "pickle-limit");
  }
  PickleBuilder references;
  references.op("]q\x01(");
  for (int i = 0; i < (1 << 20) + 8; ++i) references.op("h\x01");
  CHECK(readAll(references.stop()).fault.rule == "pickle-limit");
  PickleBuilder appends;
  appends.op("]q\x01");
  for (int i = 0; i < (1 << 22) + 8; ++i) appends.op("h\x01" "a");
  CHECK(readAll(appends.stop()).fault.rule == "pickle-limit");
}

TEST_CASE("no prefix is whole, and no changed byte makes an index of nothing") {
  PickleBuilder builder;
  builder.op("}(").text("w").tensor("FloatStorage", "0", 6, 0, {2, 3}, {3, 1}).put(1).text("tied").get(1).op("u");
  const Bytes good = builder.stop();
  REQUIRE(readAll(good).status == Status::kOk);
  CHECK(readAll(good).pickle.size == good.size());
  everyPrefix(good, [](std::span<const uint8_t> bytes) { CHECK(readAll(bytes).status == Status::kTruncated); });
  everyByteChanged(good, [](std::span<const uint8_t> bytes, size_t) {
    const Read read = readAll(bytes);
    if (read.status != Status::kOk) return;
    bool inside = read.pickle.root < read.pickle.values.size();
    for (const PickleValue& value : read.pickle.values) {
      for (const uint32_t item : value.items) inside &= item < read.pickle.values.size();
    }
    CHECK(inside);
  });
}
