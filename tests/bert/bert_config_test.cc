#include "bert/bert_config.h"

#include "doctest/doctest.h"

using namespace bp;

namespace {

const char kConfig[] =
    "{\n"
    "  \"hidden_size\": 768,\n"
    "  \"num_hidden_layers\" : \"12\",\n"
    "  \"num_attention_heads\": 12.0,\n"
    "  \"vocab_size\": 82,\n"
    "  \"intermediate_size\": 0,\n"
    "  \"type_vocab_size\": true,\n"
    "  \"max_position_embeddings\": null,\n"
    "  \"architectures\": [\"BertModel\", 3],\n"
    "  \"hidden_act\": \"gelu\",\n"
    "  \"layer_norm_eps\": 1e-12,\n"
    "  \"vocab_size\": 30522\n"
    "}\n";

BertConfig config(std::string text) { return BertConfig::parse("set/bert_config.json", std::move(text)); }

}  // namespace

TEST_CASE("a size is a positive whole number, and what is not one is said") {
  const BertConfig read = config(kConfig);
  REQUIRE(read.good());
  CHECK(read.size("hidden_size").state == SizeState::kGood);
  CHECK(read.size("hidden_size").value == 768);
  CHECK(read.size("num_hidden_layers").state == SizeState::kText);
  CHECK(read.size("num_attention_heads").state == SizeState::kFraction);
  CHECK(read.size("intermediate_size").state == SizeState::kNotPositive);
  CHECK(read.size("type_vocab_size").state == SizeState::kOtherType);
  CHECK(read.size("max_position_embeddings").state == SizeState::kAbsent);
  CHECK(read.size("no_such_key").state == SizeState::kAbsent);
  CHECK(config("{\"a\": 99999999999999999999}").size("a").state == SizeState::kFraction);
  CHECK(config("{\"a\": 18446744073709551615}").size("a").state == SizeState::kFraction);
  CHECK(config("{\"a\": -3}").size("a").state == SizeState::kNotPositive);
  CHECK(config("{\"a\": NaN}").size("a").state == SizeState::kFraction);
}

TEST_CASE("of equal keys the last counts, and the repetition is known") {
  const BertConfig read = config(kConfig);
  CHECK(read.size("vocab_size").value == 30522);
  CHECK(read.find("vocab_size")->key_place.line == 12);
  CHECK(read.repeatedKeys() == std::vector<std::string>{"vocab_size"});
  CHECK(config("{\"a\": 1, \"b\": 2}").repeatedKeys().empty());
}

TEST_CASE("texts, numbers, booleans and lists come as their own kind only") {
  const BertConfig read = config(kConfig);
  CHECK(read.string("hidden_act") == "gelu");
  CHECK_FALSE(read.string("hidden_size").has_value());
  CHECK(read.number("layer_norm_eps") == doctest::Approx(1e-12));
  CHECK_FALSE(read.number("hidden_act").has_value());
  CHECK(read.boolean("type_vocab_size") == true);
  CHECK_FALSE(read.boolean("hidden_size").has_value());
  CHECK(read.strings("architectures") == std::vector<std::string>{"BertModel"});
}

TEST_CASE("a config describes a model by one of four keys") {
  CHECK(config("{\"model_type\": \"bert\"}").describesModel());
  CHECK(config("{\"hidden_size\": 1}").describesModel());
  CHECK_FALSE(config("{\"do_lower_case\": true}").describesModel());
  CHECK_FALSE(config("[1]").good());
}

TEST_CASE("a value is replaced where it counts and every other byte is kept") {
  const std::string text(kConfig);
  const std::string changed = *config(text).withValue("vocab_size", "28996");
  CHECK(changed == text.substr(0, text.rfind("30522")) + "28996" + text.substr(text.rfind("30522") + 5));
  CHECK(config(changed).size("vocab_size").value == 28996);
}

TEST_CASE("a key is added behind the last in the file's own layout") {
  CHECK(*config("{\n  \"a\": 1\n}\n").withValue("b", "2") == "{\n  \"a\": 1,\n  \"b\": 2\n}\n");
  CHECK(*config("{\r\n\t\"a\": 1\r\n}").withValue("b", "2") == "{\r\n\t\"a\": 1,\r\n\t\"b\": 2\r\n}");
  CHECK(*config("{\"a\": 1, \"c\": {}}").withValue("b", "\"x\"") == "{\"a\": 1, \"c\": {}, \"b\": \"x\"}");
  CHECK(*config("{\"a\":1}").withValue("b", "2") == "{\"a\":1, \"b\": 2}");
  CHECK(*config("{}").withValue("b", "2") == "{\"b\": 2}");
  CHECK_FALSE(config("{\"a\": 1,}").withValue("a", "2").has_value());
  CHECK_FALSE(config("[]").withValue("a", "2").has_value());
}
