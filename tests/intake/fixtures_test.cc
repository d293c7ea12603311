// Every measured set under tests/fixtures/tf, from its bytes to the report, against what the real loaders did with it.
#include <cstdio>
#include <set>

#include "doctest/doctest.h"
#include "support/open_folder.h"

using namespace bp;
using namespace bp::test;

namespace {

// "keras-bert[training=True]" → {"id": "keras-bert", "mode": {"training": true}}
Json consumerOf(const std::string& key) {
  const size_t bracket = key.find('[');
  Json consumer = {{"id", key.substr(0, bracket)}};
  if (bracket == std::string::npos) return consumer;
  std::string mode = key.substr(bracket + 1, key.size() - bracket - 2);
  if (mode.find('=') == std::string::npos) mode = "class=" + mode;
  const std::string name = mode.substr(0, mode.find('=')), value = mode.substr(mode.find('=') + 1);
  if (value == "True" || value == "False") {
    consumer["mode"][name] = value == "True";
  } else {
    consumer["mode"][name] = value;
  }
  return consumer;
}

// The calls of the fixtures only; web/engine/paste reads what users write.
PasteFacts pasteOf(const std::string& text) {
  PasteFacts paste;
  const std::string flag = "--init_checkpoint=";
  if (text.find(flag) == 0) paste.paths.push_back(text.substr(flag.size()));
  std::vector<std::string> quoted;
  for (size_t start = text.find('\''); start != std::string::npos;) {
    const size_t end = text.find('\'', start + 1);
    quoted.push_back(text.substr(start + 1, end - start - 1));
    start = text.find('\'', end + 1);
  }
  if (quoted.size() > 1) paste.paths.push_back(quoted[1]);
  if (quoted.size() > 2) paste.uses.insert("vocab-as-third-argument");
  return paste;
}

bool allowed(const Json& patterns, const std::string& code) {
  for (const Json& pattern : patterns) {
    const std::string text = pattern.get<std::string>();
    if (text == code || (text.size() > 2 && text.substr(text.size() - 2) == "/*" && code.compare(0, text.size() - 1, text, 0, text.size() - 1) == 0)) return true;
  }
  return false;
}

std::vector<std::string> judge(const std::filesystem::path& folder) {
  const Json truth = Json::parse(readWhole(folder / "case.json"), nullptr, false);
  const OpenFolder set(folder / truth["set"].get<std::string>());
  const PasteFacts paste = truth.contains("paste") ? pasteOf(truth["paste"].get<std::string>()) : PasteFacts();
  std::vector<std::string> wrong;
  const Json report = set.report(defaultConsumers(), paste);
  std::set<std::string> codes;
  Json fine = truth.value("must", Json::array());
  for (const Json& code : truth.value("may", Json::array())) fine.push_back(code);
  for (const Json& finding : report["findings"]) {
    const std::string code = finding["code"], severity = finding["severity"];
    codes.insert(code);
    if (severity != "note" && !allowed(fine, code)) wrong.push_back("unexpected " + severity + " " + code + " " + finding["args"].dump());
    const Json expected = truth.value("severity", Json::object());
    if (expected.contains(code) && expected[code] != severity) wrong.push_back(code + " is " + severity);
  }
  for (const Json& code : truth.value("must", Json::array())) {
    if (codes.count(code.get<std::string>()) == 0) wrong.push_back("missing " + code.get<std::string>());
  }
  for (const auto& [key, expected] : truth["consumers"].items()) {
    if (!expected.is_object() || !expected.contains("verdict")) continue;
    std::string fault;
    const auto consumers = readConsumers(Json::array({consumerOf(key)}), fault);
    REQUIRE_MESSAGE(consumers.has_value(), fault);
    const Json alone = set.report(*consumers, paste);
    Json found = alone["consumers"][0];
    if (key.find('[') == std::string::npos) {
      for (const Json& one : report["consumers"]) {
        if (one["id"] == found["id"]) found = one;
      }
    }
    if (found["verdict"] != expected["verdict"]) {
      wrong.push_back(key + " says " + found["verdict"].dump() + ", measured " + expected["verdict"].dump() + " " + expected.value("seen_as", ""));
    } else if (expected["verdict"].get<std::string>().substr(0, 5) == "loads" && expected.value("of", 0) > 0 && found["of"] == expected["of"] &&
               found["loaded"] != expected["loaded"]) {
      wrong.push_back(key + " says " + found["loaded"].dump() + " of " + found["of"].dump() + ", measured " + expected["loaded"].dump());
    }
  }
  return wrong;
}

}  // namespace

TEST_CASE("the report on every measured TensorFlow set says what the loaders did") {
  int judged = 0;
  std::vector<std::filesystem::path> folders;
  for (const auto& entry : std::filesystem::directory_iterator(BP_FIXTURES "/tf")) {
    if (std::filesystem::exists(entry.path() / "case.json")) folders.push_back(entry.path());
  }
  std::sort(folders.begin(), folders.end());
  // JavaScript inflates what lies in them (tests/web/archives.test.mjs).
  const std::set<std::string> packed = {"tar-gz", "zip"};
  for (const auto& folder : folders) {
    if (packed.count(folder.filename().string()) > 0) continue;
    INFO(folder.filename().string());
    std::string lines;
    for (const std::string& line : judge(folder)) lines += "\n    " + line;
    CHECK_MESSAGE(lines.empty(), folder.filename().string(), lines);
    ++judged;
  }
  CHECK(judged > 90);
}
