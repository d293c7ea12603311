// The report itself. `args` and `variant` stay, so that it can be worded again in another language.
export const jsonReport = (report) => `${JSON.stringify(report, null, 1)}\n`;
