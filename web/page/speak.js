// A language with all the words of the page.
import { Language } from './language.js';
import en from './strings/en.js';
import zh from './strings/zh.js';

export const speak = (lang) => new Language(lang, { en, zh });
