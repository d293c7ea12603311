#include "text/probe_text.h"

#include <algorithm>
#include <string>

#include "text/unicode.h"

namespace bp {
namespace {

constexpr ProbeSentence kEnglish[] = {
    {"She opened the ", "door", " and walked into the room."},
    {"He went ", "to", " school by bus every morning."},
    {"The capital of France is the ", "city", " of Paris."},
    {"There are seven days in a ", "week", "."},
    {"The sun rises in the east and sets in the ", "west", "."},
    {"I would like a glass of ", "water", ", please."},
    {"The book is on the ", "table", " next to the lamp."},
    {"They have lived in this house ", "for", " more than twenty years."},
    {"She is the ", "daughter", " of a king and a queen."},
    {"The train was late, so we had to ", "wait", " at the station."},
    {"He asked a question, but nobody knew the ", "answer", "."},
    {"If it does ", "not", " rain tomorrow, we will go to the park."},
    {"The company was ", "founded", " in 1976 by two friends."},
    {"A year has twelve ", "months", "."},
    {"She can ", "read", " and write in three languages."},
    {"The first world ", "war", " ended in 1918."},
    {"He was born in London and ", "died", " in New York."},
    {"We ate dinner ", "at", " a small restaurant near the river."},
    {"The name of the file is the first ", "line", " of the list."},
    {"This method returns the ", "number", " of items in the list."},
    {"You can change this value ", "in", " the settings file."},
    {"The computer is on, but the screen is ", "black", "."},
    {"He is as tall ", "as", " his father."},
    {"The more you practice, the ", "better", " you become."},
    {"It was so cold ", "that", " the lake was covered with ice."},
    {"My brother plays the piano ", "and", " my sister sings."},
    {"The doctor told him to stay in ", "bed", " for a week."},
    {"They could not see anything because it was too ", "dark", "."},
    {"He put the money back into his ", "pocket", "."},
    {"The meeting will take ", "place", " on Monday."},
    {"She looked out of the ", "window", " and saw the snow."},
    {"You have to turn left at the end of the ", "street", "."},
    {"The old man sat down and told us a long ", "story", "."},
    {"Most of the people in the room were older than ", "me", "."},
    {"He has been working here since the ", "beginning", " of the year."},
    {"The cat is sleeping ", "under", " the chair."},
    {"A function can be called from any other ", "part", " of the program."},
    {"An error occurs when the file does not ", "exist", "."},
    {"The song became very popular all over the ", "world", "."},
    {"Thank you very ", "much", " for your help."},
};

constexpr ProbeSentence kChinese[] = {
    {"北京是中", "国", "的首都。"},
    {"他每天早上七点起", "床", "。"},
    {"今天的天", "气", "很好，我们去公园吧。"},
    {"一年有十二个", "月", "。"},
    {"我喜欢看书，也喜欢听音", "乐", "。"},
    {"太阳从东", "方", "升起。"},
    {"她打开了", "门", "，走进房间。"},
    {"请给我一杯", "水", "，谢谢。"},
    {"他在上海工", "作", "了十年。"},
    {"学生们正在教室里上", "课", "。"},
    {"老师问了一个问", "题", "，没有人回答。"},
    {"火车晚", "点", "了，我们只好等。"},
    {"这家公", "司", "成立于一九九八年。"},
    {"第二次世界大", "战", "于一九四五年结束。"},
    {"如果明天不下", "雨", "，我们就去爬山。"},
    {"他的父", "亲", "是一名医生。"},
    {"我们一起吃晚", "饭", "吧。"},
    {"图书馆里有很多", "书", "。"},
    {"春天来了，花都", "开", "了。"},
    {"他生于一九三〇年，死", "于", "二〇〇一年。"},
    {"这本书的作", "者", "是谁？"},
    {"冬天很冷，湖面结了一层", "冰", "。"},
    {"她会说三种语", "言", "。"},
    {"孩子们在院子里", "玩", "得很开心。"},
    {"他因为生", "病", "没有来上班。"},
    {"长江是中国最长的", "河", "流。"},
    {"我把钱放在口", "袋", "里。"},
    {"会议将在星期", "一", "举行。"},
    {"这里的风景非常美", "丽", "。"},
    {"电脑坏了，需要", "修", "理。"},
    {"祝你生日快", "乐", "！"},
    {"他们结", "婚", "已经二十年了。"},
    {"这个城市有一千多万人", "口", "。"},
    {"警察抓住了那个小", "偷", "。"},
    {"飞机将在两个小", "时", "后起飞。"},
    {"学习需要时间和", "耐", "心。"},
    {"他跑得比我", "快", "。"},
    {"这部电", "影", "很受欢迎。"},
    {"我已经三天没有睡", "觉", "了。"},
    {"非常感", "谢", "你的帮助。"},
};

constexpr ProbePair kEnglishPairs[] = {
    {"The train was an hour late this morning.", "We had to wait at the station until ten o'clock."},
    {"The function takes two numbers as arguments.", "It returns the larger one of them."},
    {"My sister bought a new house last year.", "She lives there with her husband and two children."},
    {"This file contains the settings of the program.", "You can change them with any text editor."},
    {"He did not feel well and went to the doctor.", "The doctor told him to stay in bed for a week."},
    {"The team lost the first game of the season.", "The next one will be played on Saturday."},
    {"If the value is not set, an error is returned.", "To avoid this error, set the value before the call."},
    {"To install the package, run this command in a terminal.", "When the command is done, you can use the package in your code."},
    {"Each line of the file is read as one string.", "Empty lines and comments are not read."},
    {"The two friends have known each other since school.", "They still meet every week to play cards."},
    {"A list can have any number of elements.", "The first element of the list has the index zero."},
    {"It has been raining for three days.", "The water of the river is still rising."},
};
constexpr ProbePair kChinesePairs[] = {
    {"今天早上火车晚点了一个小时。", "我们只好在车站一直等到十点。"},
    {"这个函数需要两个数字作为参数。", "它返回其中较大的一个。"},
    {"我姐姐去年买了一套新房子。", "她和丈夫还有两个孩子住在那里。"},
    {"这个文件里是程序的设置。", "你可以用任何文本编辑器修改它们。"},
    {"他身体不舒服，去看了医生。", "医生让他在家休息一个星期。"},
    {"球队输掉了本赛季的第一场比赛。", "下一场比赛将在星期六进行。"},
    {"北京是一座历史悠久的城市。", "每年有很多游客来这里参观故宫和长城。"},
    {"请在终端里运行这个命令来安装软件。", "安装完成以后，就可以在代码里使用它了。"},
    {"文件的每一行都作为一个字符串读取。", "空行和注释不会被读取。"},
    {"这两个朋友从小学起就认识。", "他们现在每个星期还一起打牌。"},
    {"列表可以有任意多个元素。", "列表的第一个元素的编号是零。"},
    {"雨已经下了三天。", "河里的水还在上涨。"},
};

constexpr ProbeText kEnglishText = {kEnglish, kEnglishPairs};
constexpr ProbeText kChineseText = {kChinese, kChinesePairs};

bool isHan(char32_t c) { return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF); }

uint32_t utf16Length(std::string_view utf8) {
  uint32_t units = 0;
  for (const char32_t c : decodeUtf8Lossy(utf8)) units += c > 0xFFFF ? 2 : 1;
  return units;
}

bool startsWord(const Token& token) { return !token.text.starts_with("##"); }
bool isWholeWord(std::span<const Token> tokens, size_t i) {
  return startsWord(tokens[i]) && (i + 1 == tokens.size() || startsWord(tokens[i + 1]));
}

struct Reader {
  const Vocab& vocab;
  Tokenizer tokenizer;
  int64_t rows;

  std::vector<Token> tokens(std::string_view text, Casing casing) const {
    TokenizeOptions options;
    options.casing = casing;
    return tokenizer.tokenize(text, options);
  }
  bool isKnown(const Token& token) const { return token.id >= 0 && token.id < rows && token.text != "[UNK]"; }
  bool usable(std::span<const Token> tokens, double whole_words) const {
    size_t words = 0, whole = 0;
    for (size_t i = 0; i < tokens.size(); ++i) {
      if (!isKnown(tokens[i])) return false;
      words += startsWord(tokens[i]);
      whole += isWholeWord(tokens, i);
    }
    return static_cast<double>(whole) >= whole_words * static_cast<double>(words);
  }
  // The sentence with that token of it masked, if it is there.
  std::optional<MaskedWord> masked(std::span<const Token> tokens, const Token& word) const {
    MaskedWord made;
    made.ids.push_back(*vocab.id("[CLS]"));
    for (size_t i = 0; i < tokens.size(); ++i) {
      const bool is_word = tokens[i].start == word.start && tokens[i].id == word.id && isWholeWord(tokens, i);
      if (is_word) made.position = static_cast<uint32_t>(made.ids.size());
      if (tokens[i].id < 0 || tokens[i].id >= rows) return std::nullopt;
      made.ids.push_back(is_word ? *vocab.id("[MASK]") : tokens[i].id);
      made.unknown += tokens[i].text == "[UNK]";
    }
    made.ids.push_back(*vocab.id("[SEP]"));
    made.answer = word.id;
    return made.position == 0 ? std::nullopt : std::optional(made);
  }
};

// The word at `start` if it is one token, else the nearest word that is.
std::optional<size_t> wordToMask(std::span<const Token> tokens, uint32_t start) {
  std::optional<size_t> nearest;
  const auto distance = [&](size_t i) { return tokens[i].start > start ? tokens[i].start - start : start - tokens[i].start; };
  for (size_t i = 0; i < tokens.size(); ++i) {
    const std::u32string text = decodeUtf8Lossy(tokens[i].text);
    const bool is_word = std::all_of(text.begin(), text.end(), [](char32_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || isHan(c); });
    if (is_word && isWholeWord(tokens, i) && (!nearest || distance(i) < distance(*nearest))) nearest = i;
  }
  return nearest;
}

}  // namespace

const ProbeText& probeText(const Vocab& vocab) {
  size_t words = 0, han = 0;
  for (const auto& [token, id] : vocab.ids()) {
    if (token.empty() || token.starts_with("##") || (token.starts_with('[') && token.size() > 1)) continue;
    const std::u32string text = decodeUtf8Lossy(token);
    ++words;
    han += text.size() == 1 && isHan(text[0]);
  }
  return 3 * han > words ? kChineseText : kEnglishText;
}

ProbeWords probeWords(const Vocab& vocab, Casing casing, int64_t rows, double whole_words) {
  const ProbeText& text = probeText(vocab);
  const Reader reader{vocab, Tokenizer(vocab), rows};
  ProbeWords found;
  for (const ProbeSentence& sentence : text.sentences) {
    const std::string whole = std::string(sentence.before).append(sentence.word).append(sentence.after);
    const std::vector<Token> tokens = reader.tokens(whole, casing);
    if (!reader.usable(tokens, whole_words)) continue;
    const std::optional<size_t> masked = wordToMask(tokens, utf16Length(sentence.before));
    if (!masked) continue;
    for (size_t i = 0; i < kCasings.size(); ++i) {
      found.words[i].push_back(reader.masked(reader.tokens(whole, kCasings[i]), tokens[*masked]));
    }
  }
  std::vector<ProbePair> pairs;
  for (const ProbePair& pair : text.pairs) {
    if (reader.usable(reader.tokens(pair.first, casing), whole_words) && reader.usable(reader.tokens(pair.second, casing), whole_words)) {
      pairs.push_back(pair);
    }
  }
  TokenizeOptions options;
  options.casing = casing;
  for (size_t i = 0; i < pairs.size(); ++i) {
    const std::string_view other = pairs[(i + pairs.size() / 2) % pairs.size()].second;
    found.pairs.emplace_back(reader.tokenizer.encode(pairs[i].first, &pairs[i].second, options), reader.tokenizer.encode(pairs[i].first, &other, options));
  }
  return found;
}

}  // namespace bp
