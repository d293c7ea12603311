import { jsonText } from '../escape.js';

// The report itself. `args` and `variant` stay, so that it can be worded again in another language.
export const jsonReport = (report) => `${jsonText(report, 1)}\n`;
