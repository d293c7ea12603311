// How loaders and their modes are named: "keras-bert", "hf-native:class=BertModel,transformers=4", or {id, mode}.
import { BertPreflightError } from './error.js';

function modeValue(text) {
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  if (text === 'none' || text === 'None') return null;
  if (/^-?\d+$/.test(text)) return Number(text);
  if (/^\[.*\]$/.test(text)) return text.slice(1, -1).split(';').map((part) => modeValue(part.trim()));
  return text;
}

export function consumerNamed(text) {
  const colon = text.indexOf(':');
  const id = colon < 0 ? text : text.slice(0, colon);
  const mode = {};
  for (const pair of colon < 0 ? [] : text.slice(colon + 1).replace(/\[[^\]]*\]/g, (list) => list.replaceAll(',', ';')).split(',')) {
    const equals = pair.indexOf('=');
    if (equals < 1) throw new BertPreflightError('bad-input', `"${pair}" is not a mode: write MODE=VALUE, as in keras-bert:training=True`);
    mode[pair.slice(0, equals).trim()] = modeValue(pair.slice(equals + 1).trim());
  }
  return { id, mode };
}

export const consumerList = (consumers = []) => consumers.map((one) => (typeof one === 'string' ? consumerNamed(one) : { mode: {}, ...one }));
