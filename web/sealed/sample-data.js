const { parts } = globalThis.bert_preflight;
const kStem = 'sample/';

export default Object.fromEntries(Object.entries(parts).filter(([name]) => name.startsWith(kStem)).map(([name, bytes]) => [name.slice(kStem.length), bytes]));
