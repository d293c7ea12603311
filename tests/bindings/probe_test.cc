#include <doctest/doctest.h>

#include "bindings/session_driver.h"

using bp::Json;
using bp::testing::SessionDriver;

namespace {

const std::string kTrained = std::string(BP_FIXTURES) + "/trained/set";

Json probe(SessionDriver& set) { return Json::parse(set.session.probe(), nullptr, false); }

// The steps it took to the end.
int runProbes(SessionDriver& set) {
  for (int step = 1; step < 10000; ++step) {
    const Json at = probe(set);
    REQUIRE(at["done"].get<int>() <= at["total"].get<int>());
    if (at["done"] == at["total"]) return step;
  }
  return -1;
}

bool says(const Json& report, const std::string& code) {
  for (const Json& finding : report["findings"]) {
    if (finding["code"] == code) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("nothing is probed before the data is read, and without the weights the report says so") {
  SessionDriver set(kTrained);
  set.readStructure();
  CHECK(set.abilities()["probes"] == true);
  CHECK(probe(set) == Json({{"done", 0}, {"total", 0}}));
  CHECK_FALSE(says(set.report(), "run/not-possible"));
  REQUIRE(set.readData(R"({"keep": false})"));
  CHECK(runProbes(set) == 1);
  CHECK(says(set.report(), "run/not-possible"));
}

TEST_CASE("the trained model passes, its kernels are known to stand right, and afterwards it is what it was") {
  SessionDriver set(kTrained);
  set.readStructure();
  REQUIRE(set.readData(R"({"keep": true})", 1 << 20));
  const Json question = {{"text", "The name of the [MASK] is here."}};
  const std::string before = set.session.encode(question.dump());
  const Json unsettled = set.report()["unsettled"];
  CHECK(unsettled.dump().find("kernel-orientation") != std::string::npos);
  CHECK(runProbes(set) > 40);
  const Json report = set.report();
  for (const Json& finding : report["findings"]) {
    if (finding["code"].get<std::string>().starts_with("run/")) CHECK(finding["severity"] == "note");
  }
  CHECK(report["unsettled"].dump().find("kernel-orientation") == std::string::npos);
  CHECK(set.session.encode(question.dump()) == before);
  CHECK(runProbes(set) == 1);  // they are not run again
  CHECK(set.report() == report);
}

TEST_CASE("probes that were stopped leave the model as it is and go on where they were") {
  SessionDriver whole(kTrained), stopped(kTrained);
  for (SessionDriver* set : {&whole, &stopped}) {
    set->readStructure();
    REQUIRE(set->readData(R"({"keep": true})", 1 << 20));
  }
  runProbes(whole);
  const Json question = {{"text", "The name of the [MASK] is here."}};
  const std::string before = stopped.session.encode(question.dump());
  int steps = 0;
  for (Json at = probe(stopped); at["done"] != at["total"]; at = probe(stopped)) {
    if (++steps % 20 == 0) CHECK(stopped.session.encode(question.dump()) == before);
    CHECK_FALSE(says(stopped.report(), "run/padding-leaks"));
  }
  CHECK(stopped.report() == whole.report());
  REQUIRE(stopped.readData(R"({"keep": true})", 1 << 20));
  CHECK_FALSE(says(stopped.report(), "run/padding-leaks"));  // read again, so it is not probed yet
}
