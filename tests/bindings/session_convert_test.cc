#include <map>

#include "bindings/session_driver.h"
#include "doctest/doctest.h"

using namespace bp;
using namespace bp::testing;

namespace {

const std::string kGood = std::string(BP_FIXTURES) + "/tf/good-uncased/uncased_L-4_H-16_A-2";

std::string textOf(std::span<const uint8_t> bytes) { return {bytes.begin(), bytes.end()}; }

struct Converted {
  Json plan;
  std::string data;
  std::map<std::string, std::string> files;
};

Json ask(const std::string& answer) { return Json::parse(answer, nullptr, false); }

Converted convert(SessionDriver& driver, const Json& options, uint64_t chunk) {
  Converted out;
  out.plan = ask(driver.session.beginConversion(options.dump()));
  if (out.plan.contains("error")) return out;
  out.data = textOf(driver.session.converted());
  for (Json read; !(read = ask(driver.session.conversionRead())).is_null();) {
    REQUIRE(!read.contains("error"));
    const std::vector<uint8_t>& content = driver.contents[read["file"].get<uint32_t>()];
    const uint64_t end = read["offset"].get<uint64_t>() + read["length"].get<uint64_t>();
    for (uint64_t at = read["offset"].get<uint64_t>(); at < end; at += chunk) {
      const auto length = static_cast<uint32_t>(std::min(chunk, end - at));
      std::memcpy(driver.session.inbox(length).data(), content.data() + at, length);
      driver.session.convert(length);
      out.data += textOf(driver.session.converted());
    }
  }
  const Json names = ask(driver.session.endConversion());
  for (uint32_t i = 0; i < names.size(); ++i) out.files[names[i].get<std::string>()] = textOf(driver.session.convertedFile(i));
  return out;
}

}  // namespace

TEST_CASE("a conversion gives the same bytes whatever the chunks, and its files are named beforehand") {
  SessionDriver driver(kGood);
  driver.readStructure();
  REQUIRE(driver.readData("{}"));
  const Converted one = convert(driver, {{"to", "safetensors"}}, 1 << 20), other = convert(driver, {{"to", "safetensors"}}, 13);
  CHECK(one.data == other.data);
  CHECK(one.data.size() > one.plan["bytes"].get<uint64_t>());  // a header stands before
  CHECK(one.plan["names"] == Json::array({"model.safetensors", "config.json", "tokenizer_config.json", "vocab.txt"}));
  CHECK(one.files.size() == 2);
  CHECK(ask(one.files.at("config.json"))["model_type"] == "bert");

  const Converted bundle = convert(driver, {{"to", "tf-bundle"}}, 1000);
  driver.session.convert(4);
  CHECK(driver.session.conversionRead() == "null");
  CHECK(bundle.data.size() == bundle.plan["bytes"].get<uint64_t>());
  CHECK(bundle.files.at("bert_model.ckpt.index").size() > 1000);
  CHECK(bundle.files.at("checkpoint").find("bert_model.ckpt") != std::string::npos);
}

TEST_CASE("a conversion needs data that was read, and a target that is known") {
  SessionDriver driver(kGood);
  driver.readStructure();
  CHECK(ask(driver.session.beginConversion("{\"to\": \"safetensors\"}"))["error"] == "the data is not read yet");
  REQUIRE(driver.readData("{}"));
  for (const char* options : {"", "[]", "{\"to\": 3}", "{\"to\": \"pickle\"}"}) CHECK(ask(driver.session.beginConversion(options)).contains("error"));
}

TEST_CASE("calls out of turn are answered with nothing") {
  SessionDriver driver(kGood);
  driver.readStructure();
  const auto nothing = [&] {
    CHECK(driver.session.conversionRead() == "null");
    driver.session.convert(4);
    CHECK(driver.session.converted().empty());
    CHECK(driver.session.convertedFile(0).empty());
    CHECK(driver.session.endConversion() == "[]");
  };
  nothing();
  REQUIRE(driver.readData("{}"));
  CHECK(!ask(driver.session.beginConversion("{\"to\": \"tf-bundle\"}")).contains("error"));
  driver.session.convert(4);  // nothing was asked for
  CHECK(driver.session.converted().empty());
  CHECK(driver.session.convertedFile(99).empty());
  CHECK(ask(driver.session.conversionRead()).is_object());
  driver.session.inbox(16);
  driver.session.convert(1 << 20);  // more than the inbox holds
  CHECK(driver.session.converted().empty());
  CHECK(driver.session.endConversion() == "[]");  // not all is written
  REQUIRE(driver.readData("{}"));  // the data is another's now
  nothing();
}
