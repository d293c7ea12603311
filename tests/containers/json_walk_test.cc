#include "containers/json_walk.h"

#include "doctest/doctest.h"
#include "report/json.h"

using namespace bp;

namespace {

// Builds what it is told, to hold it against what nlohmann reads.
class Builder final : public JsonVisitor {
 public:
  Json root;
  int most_depth = 100;

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool integer(int64_t value) override { return add(value); }
  bool count(uint64_t value) override { return add(value); }
  bool fraction(std::string_view spelled) override { return add(std::stod(std::string(spelled))); }
  bool string(std::string& value) override { return add(value); }
  bool startObject() override { return open(Json::object()); }
  bool key(std::string& key) override {
    key_ = key;
    return true;
  }
  bool endObject() override { return close(); }
  bool startArray() override { return open(Json::array()); }
  bool endArray() override { return close(); }

 private:
  Json& place() {
    if (open_.empty()) return root;
    return open_.back()->is_array() ? open_.back()->emplace_back() : (*open_.back())[key_];
  }
  bool add(const Json& value) {
    place() = value;
    return true;
  }
  bool open(const Json& value) {
    Json& at = place();
    at = value;
    open_.push_back(&at);
    return static_cast<int>(open_.size()) <= most_depth;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  std::vector<Json*> open_;
  std::string key_;
};

std::string faultOf(std::string_view text) {
  Builder builder;
  JsonWalkFault fault;
  CHECK_FALSE(walkJson(text, builder, fault));
  return fault.what + " @" + std::to_string(fault.at);
}

}  // namespace

TEST_CASE("everything JSON knows is told in order") {
  for (const char* text : {"{}", " [ ] ", "null", "[true,false,null]", "\"a\"", "0", "-0.5", "[1e3,1E-2,0.25e+1,18446744073709551615,-9223372036854775808]",
                           "[18446744073709551616,-9223372036854775809]", R"({"a":{"b":[1,[2,{"c":3}]]},"d":"e"})",
                           R"(["\"\\\/\b\f\n\r\t","\u0041\u00e9\u20AC\ud83d\ude00","é"])", "{\n\t\"a\" : 1 ,\r \"b\" : [ ] }"}) {
    CAPTURE(text);
    Builder builder;
    JsonWalkFault fault;
    CHECK(walkJson(text, builder, fault));
    CHECK(builder.root == Json::parse(text));
  }
}

TEST_CASE("what is wrong is named, with its place") {
  CHECK(faultOf("") == "EOF while parsing at line 1 column 0 @0");
  CHECK(faultOf("{") == "EOF while parsing at line 1 column 1 @1");
  CHECK(faultOf("{\"a") == "EOF while parsing at line 1 column 3 @3");
  CHECK(faultOf("{\"a\":1") == "EOF while parsing at line 1 column 6 @6");
  CHECK(faultOf("{\"a\":1,\n}") == "key must be a string at line 2 column 1 @8");
  CHECK(faultOf("{1:1}") == "key must be a string at line 1 column 2 @1");
  CHECK(faultOf("{\"a\" 1}") == "expected `:` at line 1 column 6 @5");
  CHECK(faultOf("{\"a\":}") == "expected value at line 1 column 6 @5");
  CHECK(faultOf("{\"a\":1 2}") == "expected `,` or `}` at line 1 column 8 @7");
  CHECK(faultOf("[1 2]") == "expected `,` or `]` at line 1 column 4 @3");
  CHECK(faultOf("[1,]") == "expected value at line 1 column 4 @3");
  CHECK(faultOf("[01]") == "expected `,` or `]` at line 1 column 3 @2");
  CHECK(faultOf("[-]") == "expected value at line 1 column 3 @2");
  CHECK(faultOf("[1.]") == "expected value at line 1 column 4 @3");
  CHECK(faultOf("[truth]") == "expected value at line 1 column 5 @4");
  CHECK(faultOf("[NaN]") == "expected value at line 1 column 2 @1");
  CHECK(faultOf("{} {}") == "trailing characters at line 1 column 4 @3");
  CHECK(faultOf("\"a\nb\"") == "invalid string at line 1 column 3 @2");
  for (const char* text : {R"("\x")", R"("\u12g4")", R"("\ud800")", R"("\udc00")", R"("\ud800\u0041")", R"("\u-123")"}) {
    CAPTURE(text);
    CHECK(faultOf(text).starts_with("invalid string"));
  }
}

TEST_CASE("a visitor stops the walk, at any depth") {
  Builder builder;
  JsonWalkFault fault;
  CHECK_FALSE(walkJson(std::string(1000000, '['), builder, fault));
  CHECK(fault.what.empty());
}
