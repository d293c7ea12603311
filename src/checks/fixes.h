// Fixes that work as they stand, with the user's own names in them: config lines and files, shell and Python text.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "checks/judgement.h"

namespace bp {

std::string pythonText(const std::string& text);  // 'it''s' as Python writes it
std::string shellWord(const std::string& text);   // for a POSIX shell; plain words stay bare

struct ConfigValue {
  std::string key;
  std::string json;
};
// The lines to change in the judged config, and the whole file with them changed.
void fixConfig(Finding& finding, const Judgement& judgement, const std::vector<ConfigValue>& values);
// Where a key of the judged config stands; line 0 if it does not.
Subject configKey(const Judgement& judgement, const std::string& key);
// A config made from the shapes; nothing if they do not tell enough. The head count is a guess the words must mark.
std::string configFromShapes(const Judgement& judgement);
int64_t guessedHeads(int64_t hidden);  // of 64 each where that divides, else of the largest size below

// What a call to load this set names: its files where they lie once unpacked, and the casing found.
CallFacts callFacts(const Judgement& judgement);

// A shell script that renames files of one folder: {from, to}, names without folder.
void fixFileNames(Finding& finding, const std::string& folder, const std::vector<std::pair<std::string, std::string>>& names);

// A Python script that reads the checkpoint, or the files of weights, changes `tensors` (name → array) by the lines given, and writes it beside the old one.
FixFile checkpointScript(const Judgement& judgement, const std::string& name, const std::string& lines);

}  // namespace bp
