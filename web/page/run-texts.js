// Sentences to start with, in the language of the vocabulary: told by the script most of its words are written in.
const kTexts = {
  en: {
    mask: 'The capital of France is [MASK].',
    a: 'The weather is lovely today.',
    b: 'It is sunny outside.',
    unrelated: 'The contract was signed in 1987.',
  },
  zh: { mask: '中国的首都是[MASK]京。', a: '今天天气很好。', b: '今天阳光明媚。', unrelated: '合同于一九八七年签订。' },
  ja: { mask: '日本の首都は[MASK]です。', a: '今日は天気がいい。', b: '外は晴れている。', unrelated: '契約は昨年結ばれた。' },
  ko: { mask: '한국의 수도는 [MASK]이다.', a: '오늘 날씨가 좋다.', b: '밖이 맑다.', unrelated: '계약은 작년에 맺어졌다.' },
  ru: {
    mask: 'Столица России — [MASK].',
    a: 'Сегодня хорошая погода.',
    b: 'На улице солнечно.',
    unrelated: 'Договор подписали в прошлом году.',
  },
  ar: { mask: 'عاصمة مصر هي [MASK].', a: 'الطقس جميل اليوم.', b: 'الشمس مشرقة في الخارج.', unrelated: 'وُقّع العقد في العام الماضي.' },
};
const kScripts = [
  ['ja', /[\p{Script=Hiragana}\p{Script=Katakana}]/u],
  ['ko', /\p{Script=Hangul}/u],
  ['zh', /\p{Script=Han}/u],
  ['ru', /\p{Script=Cyrillic}/u],
  ['ar', /\p{Script=Arabic}/u],
];
const kShare = 0.2; // a vocabulary of one language has far more of its script, one of a hundred languages less

export function languageOf(vocab_text) {
  const lines = vocab_text.split('\n');
  return kScripts.find(([, pattern]) => lines.filter((line) => pattern.test(line)).length > kShare * lines.length)?.[0] ?? 'en';
}

export const textsFor = (vocab_text) => {
  const lang = languageOf(vocab_text);
  return { lang, ...kTexts[lang], plain: kTexts[lang].a };
};
