// One remark about a set of files, as plain data (findings.md §1.1). Sentences are not made here: the
// words of a code stand in src/report/catalogue and are filled in from `args` by web/engine/words.js.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "report/code.h"
#include "report/json.h"

namespace bp {

// The seven loaders, in the fixed order of every report.
enum class Consumer : uint8_t { kKerasBert, kBert4keras, kGoogleBert, kHfConvert, kHfNative, kModelGarden, kBertForTf2 };
inline constexpr int kConsumerCount = 7;
std::string_view consumerId(Consumer consumer);  // "keras-bert"

// Worst first, so that a smaller value is a worse effect.
enum class Effect : uint8_t { kRefuses, kLoadsWrong, kMayBeWrong, kHarmless, kNotInTheFiles };
enum class Severity : uint8_t { kError, kWarning, kNote };
enum class Certainty : uint8_t { kCertain, kLikely, kNeedsRun };
enum class SubjectKind : uint8_t { kFile, kTensor, kConfigKey, kVocabLine, kSet };
enum class PasteKind : uint8_t { kPrefix, kConfig, kRename, kCode, kText };

std::string_view effectName(Effect effect);           // "loads-wrong"
std::string_view severityName(Severity severity);     // "error"
std::string_view certaintyName(Certainty certainty);  // "needs-run"
std::string_view pasteKindName(PasteKind kind);       // "rename"

struct Subject {
  SubjectKind kind = SubjectKind::kSet;
  std::string file;  // path as dropped; empty: none
  std::string name;  // tensor or key; empty: none
  uint32_t line = 0;  // from 1; 0: none
};

struct Affected {
  Consumer consumer;
  Effect effect;
  uint32_t entry = 0;  // which of the judged consumers: one loader may be asked about in several modes
  bool operator==(const Affected&) const = default;
};

struct Place {  // bytes in a dropped file, offset from 0
  std::string file;
  uint64_t offset = 0;
  uint64_t length = 0;
};

struct Evidence {
  Json found;     // typed values; null: not given
  Json expected;
  std::optional<Place> at;
  std::vector<std::string> items;  // all of them; the report prints 10 and the true total
  std::vector<std::string> why;    // which files agree
  std::string seen_as;             // the loader's own error text
};

struct Paste {
  PasteKind kind = PasteKind::kText;
  std::string text;
};

struct FixFile {  // to save beside the set: a corrected config, a script that renames
  std::string name;
  std::string text;
};

struct Cover {
  Code code;
  uint64_t count = 1;
};

struct Finding {
  explicit Finding(Code code);
  // Written out of line: inlined they are 200 bytes at each of the many places that make a finding.
  ~Finding();
  Finding(const Finding&);
  Finding(Finding&&) noexcept;
  Finding& operator=(const Finding&);
  Finding& operator=(Finding&&) noexcept;

  Code code;
  Certainty certainty = Certainty::kCertain;
  Subject subject;
  std::vector<Affected> consumers;  // every consumer it concerns; reports keep the selected ones
  Json args = Json::object();            // named values for the words of the code
  std::string variant;              // which wording of the code; empty: the default one
  Evidence evidence;
  std::optional<Paste> paste;
  std::optional<FixFile> file;
  std::vector<Cover> covers;
};

// error if any consumer refuses, warning if any loads wrong or may be wrong, else note (findings.md §1.1).
Severity severityOf(const Finding& finding);
// The worst effect over `consumers`; kHarmless without any; kNotInTheFiles for env/*.
Effect effectOf(const Finding& finding);
// As the report prints it (findings.md §1.1), without the sentences.
Json findingJson(const Finding& finding);

}  // namespace bp
