#include "report/finding.h"

#include "doctest/doctest.h"

using namespace bp;

TEST_CASE("severity is derived from the worst effect") {
  Finding finding{"config/heads-unusual"};
  CHECK(severityOf(finding) == Severity::kNote);
  finding.consumers = {{Consumer::kKerasBert, Effect::kHarmless}, {Consumer::kGoogleBert, Effect::kMayBeWrong}};
  CHECK(severityOf(finding) == Severity::kWarning);
  finding.consumers.push_back({Consumer::kBert4keras, Effect::kLoadsWrong});
  CHECK(severityOf(finding) == Severity::kWarning);
  CHECK(effectOf(finding) == Effect::kLoadsWrong);
  finding.consumers.push_back({Consumer::kHfConvert, Effect::kRefuses});
  CHECK(severityOf(finding) == Severity::kError);
}

TEST_CASE("env findings are never about the files") {
  Finding finding{"env/mixed-keras"};
  CHECK(effectOf(finding) == Effect::kNotInTheFiles);
  CHECK(severityOf(finding) == Severity::kNote);
}

TEST_CASE("a finding is written with what is there and without what is not") {
  Finding finding{"shapes/vocab-rows"};
  finding.subject = {SubjectKind::kConfigKey, "a/bert_config.json", "vocab_size", 12};
  finding.consumers = {{Consumer::kKerasBert, Effect::kRefuses, 0}, {Consumer::kKerasBert, Effect::kHarmless, 1}};
  finding.args = {{"found", 30522}};
  finding.evidence.found = 30522;
  finding.paste = Paste{PasteKind::kConfig, "\"vocab_size\": 28996"};
  finding.file = FixFile{"bert_config.json", "{}"};
  finding.covers = {{"names/missing-encoder", 3}};
  CHECK(findingJson(finding).dump() ==
        R"({"code":"shapes/vocab-rows","severity":"error","effect":"refuses","certainty":"certain",)"
        R"("subject":{"kind":"config-key","file":"a/bert_config.json","name":"vocab_size","line":12},)"
        R"("consumers":[{"id":"keras-bert","effect":"refuses"}],"args":{"found":30522},"variant":"",)"
        R"("evidence":{"found":30522,"expected":null},)"
        R"("fix":{"paste":{"kind":"config","text":"\"vocab_size\": 28996"},"file":{"name":"bert_config.json","text":"{}"}},)"
        R"("covers":[{"code":"names/missing-encoder","count":3}]})");
}
