#include "intake/file_names.h"

#include "doctest/doctest.h"

using namespace bp;

TEST_CASE("the parts of a checkpoint by name") {
  FileName name = readFileName("", "bert_model.ckpt.index");
  CHECK(name.kind == NameKind::kIndex);
  CHECK(name.stem == "bert_model.ckpt");
  CHECK(name.plain);
  name = readFileName("", "model.ckpt-100.data-00002-of-00010");
  CHECK(name.kind == NameKind::kShard);
  CHECK(name.stem == "model.ckpt-100");
  CHECK(name.shard == 2);
  CHECK(name.of == 10);
  name = readFileName("", "x.data-00000-of-100000");  // five digits are the fewest, not the most
  CHECK(name.of == 100000);
  CHECK(readFileName("", "bert_model.ckpt.meta").kind == NameKind::kMeta);
  CHECK(readFileName("", "a.data-0000-of-00001").kind == NameKind::kOther);
  CHECK(readFileName("", "a.data-00000-of-1").kind == NameKind::kOther);
  CHECK(readFileName("", "a.data-00000-00001").kind == NameKind::kOther);
  CHECK(readFileName("", "a.data-99999999999-of-00001").kind == NameKind::kOther);
  CHECK(readFileName("", "index").kind == NameKind::kOther);
  CHECK(readFileName("", "").kind == NameKind::kOther);
}

TEST_CASE("what stands around a pattern") {
  FileName name = readFileName("", "bert_model.ckpt.data-00000-of-00001 (1)");
  CHECK(name.kind == NameKind::kShard);
  CHECK(name.stem == "bert_model.ckpt");
  CHECK_FALSE(name.plain);
  CHECK_FALSE(readFileName("", "bert_model.ckpt.data-00000-of-00001.txt").plain);
  CHECK_FALSE(readFileName("", "bert_model.ckpt.index(2)").plain);
  name = readFileName("", "bert_model (1).ckpt.index");  // the stem may be the author's
  CHECK(name.plain);
  CHECK(name.stem == "bert_model (1).ckpt");
}

TEST_CASE("copies of a browser") {
  CHECK(hasCopyMark("a (1).index"));
  CHECK(hasCopyMark("a(12)"));
  CHECK_FALSE(hasCopyMark("a (x)"));
  CHECK_FALSE(hasCopyMark("a ()"));
  CHECK_FALSE(hasCopyMark("a (1"));
  CHECK(withoutCopyMark("a (1).index") == "a.index");
  CHECK(withoutCopyMark("a(1)") == "a");
  CHECK(withoutCopyMark("a (x) (2).txt") == "a (x).txt");
  CHECK(withoutCopyMark("plain") == "plain");
}

TEST_CASE("unfinished saves, and names that only look like them") {
  CHECK(readFileName("", "m.index.tempstate1234").unfinished);
  CHECK(readFileName("", "m.index.tempstate1234").kind == NameKind::kIndex);
  CHECK(readFileName("", "m.data-00000-of-00001.tempstate9").stem == "m");
  CHECK(readFileName("out/m_temp_0123456789abcdef0123456789abcdef", "part-00000-of-00001.index").unfinished);
  CHECK(readFileName("out/m_temp", "part-00000-of-00001.index").unfinished);
  CHECK_FALSE(readFileName("", "m.index.tempstate").unfinished);
  CHECK_FALSE(readFileName("", "m.index.tempstate12x").unfinished);
  CHECK_FALSE(readFileName("templates", "part-1.index").unfinished);
  CHECK_FALSE(readFileName("m_temp_0123", "part-00000-of-00001.index").unfinished);
  CHECK_FALSE(readFileName("m_temp", "model.index").unfinished);
}

TEST_CASE("the last part of a path of either kind") {
  CHECK(lastPart("/home/me/out/model.ckpt-20") == "model.ckpt-20");
  CHECK(lastPart("C:\\out\\model.ckpt") == "model.ckpt");
  CHECK(lastPart("model.ckpt") == "model.ckpt");
  CHECK(lastPart("out/") == "out");
  CHECK(lastPart("///").empty());
}

TEST_CASE("the step in a stem") {
  CHECK(stepOf("model.ckpt-1200") == 1200);
  CHECK(stepOf("bert_model.ckpt") == -1);
  CHECK(stepOf("model-") == -1);
  CHECK(stepOf("model--5") == 5);
  CHECK(stepOf("model-99999999999999999999") == -1);
}

TEST_CASE("names of configs") {
  for (const char* name : {"config.json", "bert_config.json", "bert_config (1).json", "albert_config_base.json", "BERT_CONFIG.JSON", "bert_config.json.txt"}) {
    CHECK(looksLikeModelConfig(name));
  }
  for (const char* name : {"tokenizer_config.json", "generation_config.json", "adapter_config.json", "modules.json"}) CHECK_FALSE(looksLikeModelConfig(name));
}

TEST_CASE("a vocabulary by name and by the special tokens on lines of their own") {
  const char* vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";
  CHECK(vocabRank("vocab.txt", vocabulary) > vocabRank("my_vocab.txt", vocabulary));
  CHECK(vocabRank("my_vocab.txt", "") > 0);
  CHECK(vocabRank("words.txt", vocabulary) == 5);
  CHECK(vocabRank("words.txt", "\xef\xbb\xbf[PAD]\r\n[UNK]\r\n") == 2);
  CHECK(vocabRank("readme.txt", "the token [CLS] begins and [SEP] ends a text") == 0);
  CHECK(vocabRank("readme.txt", "x[CLS]\n[CLS]\n") == 1);
}

TEST_CASE("sentence pieces with their scores are no WordPiece vocabulary") {
  std::string pieces, words;
  for (int i = 0; i < 30; ++i) {
    pieces += "piece" + std::to_string(i) + "\t-" + std::to_string(i) + "\n";
    words += "word" + std::to_string(i) + "\n";
  }
  CHECK(looksLikeSentencePiece(pieces));
  CHECK_FALSE(looksLikeSentencePiece(words));
  CHECK_FALSE(looksLikeSentencePiece("a\t-1\n"));
}

TEST_CASE("litter of macOS and git") {
  CHECK(isLitter("set", "._bert_model.ckpt.index"));
  CHECK(isLitter("__MACOSX/set", "vocab.txt"));
  CHECK(isLitter("set/.git/lfs/objects", "vocab.txt"));
  CHECK_FALSE(isLitter("set.git", "vocab.txt"));
  CHECK_FALSE(isLitter("", "_vocab.txt"));
}

TEST_CASE("what lies above a set is nearer than what lies below, and both nearer than another branch") {
  CHECK(folderDistance("a/b", "a/b") == 0);
  CHECK(folderDistance("a/b", "a") < folderDistance("a", "a/b"));
  CHECK(folderDistance("a", "a/b") < folderDistance("a", "b"));
  CHECK(folderDistance("", "a") == 3);
  CHECK(folderDistance("ab", "a") == 5);  // no part of it
}
