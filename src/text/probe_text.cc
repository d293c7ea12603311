#include "text/probe_text.h"

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

constexpr ProbeText kEnglishText = {kEnglish, "The train was an hour late this morning.", "We had to wait at the station until ten o'clock.",
                                    "Lemon juice keeps cut apples from turning brown."};
constexpr ProbeText kChineseText = {kChinese, "今天早上火车晚点了一个小时。", "我们只好在车站一直等到十点。", "切开的苹果用柠檬汁可以防止变色。"};

bool isHan(char32_t c) { return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF); }

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

}  // namespace bp
