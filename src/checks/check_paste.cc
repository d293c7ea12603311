// Does the path or call the user pasted fit the files?
#include <algorithm>

#include "checks/fixes.h"
#include "text/unicode.h"

namespace bp {
namespace {

using enum Consumer;
using enum Effect;

bool endsIn(std::string_view text, std::string_view end) { return text.size() >= end.size() && text.substr(text.size() - end.size()) == end; }

std::string lastPart(std::string path) {
  while (path.size() > 1 && (path.back() == '/' || path.back() == '\\')) path.pop_back();
  return path.substr(path.find_last_of("/\\") + 1);
}

// "….data-00000-of-00001"
bool isShardPath(std::string_view path) {
  const size_t at = path.rfind(".data-");
  if (at == std::string_view::npos) return false;
  const std::string_view rest = path.substr(at + 6);
  const size_t of = rest.find("-of-");
  return of != std::string_view::npos && of >= 5 && isDigits(rest.substr(0, of)) && rest.size() - of - 4 >= 5 && isDigits(rest.substr(of + 4));
}

// What file a path names that is no prefix; empty: it may be one.
std::string partNamed(const std::string& path) {
  if (isShardPath(path)) return "data";
  if (lastPart(path) == "checkpoint") return "checkpoint";
  for (const std::string_view end : {".meta", ".h5", ".zip", ".txt"}) {
    if (endsIn(path, end)) return std::string(end.substr(1));
  }
  return {};
}

// The folder the weights lie in, or one above them.
bool isFolder(const Judgement& judgement, const std::string& path) {
  if (path.empty()) return false;
  if (path.back() == '/' || path.back() == '\\' || path == "." || path == "..") return true;
  const std::string last = lastPart(path);
  const auto& stems = judgement.facts().stems;
  return last == judgement.folder_name && last != judgement.facts().stem && std::find(stems.begin(), stems.end(), last) == stems.end();
}

Finding onPath(Code code, const std::string& path, const Judgement& judgement) {
  Finding finding{code};
  finding.subject = {SubjectKind::kSet, path, "", 0};
  put(finding.args, "path", path, "prefix", judgement.facts().prefix());
  set(finding.evidence.found, path);
  set(finding.evidence.expected, judgement.facts().prefix());
  finding.paste = Paste{PasteKind::kPrefix, judgement.facts().prefix()};
  return finding;
}

void indexGiven(Judgement& judgement, const std::string& path) {
  Finding finding = onPath("files/index-given-as-prefix", path, judgement);
  // TensorFlow adds ".index" itself, finds nothing, takes the index for the old one-file format and sees no variables.
  finding.consumers = judgement.each([](const ConsumerSpec& consumer, const Outcome&) -> std::optional<Effect> {
    if (wantsIndexName(consumer)) return kHarmless;
    return missingStops(consumer) ? kRefuses : kLoadsWrong;
  });
  const auto& consumers = judgement.consumers();
  const auto silent = std::find_if(consumers.begin(), consumers.end(), [](const ConsumerSpec& one) { return one.id == kGoogleBert; });
  if (silent != consumers.end())
    put(finding.args, "of", judgement.outcomes[static_cast<size_t>(silent - consumers.begin())].demand.count());
  finding.evidence.seen_as = "bert/embeddings/word_embeddings not found in checkpoint file";
  judgement.add(std::move(finding));
}

void partGiven(Judgement& judgement, const std::string& path, const std::string& part) {
  Finding finding = onPath("files/part-given-as-prefix", path, judgement);
  finding.consumers = judgement.all(kRefuses);
  finding.variant = part;
  put(finding.args, "is", part);
  finding.evidence.seen_as = "Unable to open table file " + path + ": DATA_LOSS: not an sstable (bad magic number)";
  judgement.add(std::move(finding));
}

void folderGiven(Judgement& judgement) {
  const SetFacts& facts = judgement.facts();
  const bool no_text = facts.checkpoint_file == kNoFile;
  if (!no_text && !namesThisSet(facts)) return;  // files/checkpoint-names-absent-prefix says so
  // With a good `checkpoint` a folder works, but Model Garden's converter never reads that file; latest_checkpoint gives it the prefix.
  const bool asks_latest = judgement.input().paste.uses.count("latest_checkpoint") > 0;
  const std::vector<Affected> affected = no_text       ? judgement.all(kRefuses)
                                         : asks_latest ? std::vector<Affected>()
                                                       : judgement.these({kModelGarden}, kRefuses);
  if (affected.empty()) return;
  Finding finding = onPath("files/no-checkpoint-file", facts.folder, judgement);
  finding.consumers = affected;
  finding.variant = no_text ? "" : "garden";
  put(finding.args, "folder", facts.folder);
  put(finding.args, "stems", facts.stems);
  finding.evidence.items = facts.stems;
  finding.evidence.seen_as = "Couldn't find 'checkpoint' file or checkpoints in given directory " + facts.folder;
  if (no_text && facts.stems.size() > 0) finding.file = FixFile{"checkpoint", "model_checkpoint_path: \"" + facts.stem + "\"\n"};
  judgement.add(std::move(finding));
}

// Causes in the caller's code or machine, which the text points to.
void environment(Judgement& judgement) {
  static constexpr Code kCodes[] = {"env/mixed-keras",     "env/text-encoding",   "env/remote-storage",
                                    "env/load-before-build", "env/vocab-as-third-argument", "env/tf-windows-build",
                                    "env/frozen-before-load", "env/torch-too-old",   "env/dropout-on"};
  for (const Code code : kCodes) {
    if (judgement.input().paste.uses.count(std::string(code.text().substr(4))) == 0) continue;
    Finding finding{code};
    finding.certainty = Certainty::kLikely;
    if (code == Code("env/vocab-as-third-argument")) {
      const SetFacts& facts = judgement.facts();
      const std::string config = judgement.config() ? facts.unpacked(judgement.config()->file()) : facts.at("bert_config.json");
      finding.paste = Paste{PasteKind::kCode, "load_trained_model_from_checkpoint(" + pythonText(config) + ", " + pythonText(facts.prefix()) +
                                                  ", training=False, seq_len=None)"};
      finding.evidence.seen_as = "Expected `trainable` argument to be a boolean";
    }
    if (code == Code("env/mixed-keras")) finding.paste = Paste{PasteKind::kCode, "TF_KERAS=1"};
    if (code == Code("env/text-encoding")) finding.paste = Paste{PasteKind::kCode, "PYTHONUTF8=1"};
    judgement.add(std::move(finding));
  }
}

}  // namespace

bool givesFolder(const Judgement& judgement) {
  const PasteFacts& paste = judgement.input().paste;
  if (paste.uses.count("latest_checkpoint") > 0) return true;
  // These are given folders by right.
  if (paste.uses.count("get_checkpoint_paths") > 0 || paste.consumer == kHfNative) return false;
  return
         std::any_of(paste.paths.begin(), paste.paths.end(), [&](const std::string& path) { return isFolder(judgement, path); });
}

bool givesIndex(const Judgement& judgement) {
  const auto& paths = judgement.input().paste.paths;
  return std::any_of(paths.begin(), paths.end(), [](const std::string& path) { return endsIn(path, ".index"); });
}

void checkPaste(Judgement& judgement) {
  const bool tf_bundle = judgement.facts().weights == WeightsKind::kTfBundle;
  if (tf_bundle && givesFolder(judgement)) folderGiven(judgement);
  bool index_given = false, part_given = false;
  for (const std::string& path : judgement.input().paste.paths) {
    if (!tf_bundle || isFolder(judgement, path)) continue;
    const std::string part = partNamed(path);
    if (endsIn(path, ".index") && !index_given) {
      index_given = true;
      indexGiven(judgement, path);
    } else if (!part.empty() && !part_given) {
      part_given = true;
      partGiven(judgement, path, part);
    }
  }
  environment(judgement);
}

}  // namespace bp
