// Reports of every stored set, made once a process: [{name, report}], and one for each mode that was measured.
import { readFileSync, readdirSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { open } from '../../web/node/index.js';

const fixtures = fileURLToPath(new URL('../fixtures', import.meta.url));

function* casesIn(kind) {
  for (const name of readdirSync(join(fixtures, kind)).sort()) {
    const folder = join(fixtures, kind, name);
    if (!existsSync(join(folder, 'case.json'))) continue;
    const json = JSON.parse(readFileSync(join(folder, 'case.json'), 'utf8'));
    yield { name: `${kind}/${name}`, json, set: existsSync(join(folder, json.set ?? 'set')) ? join(folder, json.set ?? 'set') : folder };
  }
}

const asConsumer = (key) => key.replace(/\[(.+)\]$/, (_, mode) => `:${mode.includes('=') ? mode : `class=${mode}`}`);

export async function fixtureReports(kinds = ['tf', 'hf']) {
  const reports = [];
  for (const kind of kinds) {
    for (const { name, json, set: path } of casesIn(kind)) {
      const set = await open([path]);
      try {
        reports.push({ name, report: await set.check({ paste: json.paste, run: false }) });
        const modes = Object.keys(json.consumers ?? {}).filter((key) => key.includes('['));
        for (const mode of modes)
          reports.push({
            name: `${name} ${mode}`,
            report: await set.check({ consumers: [asConsumer(mode)], paste: json.paste, run: false }),
          });
      } finally {
        set.close();
      }
    }
  }
  return reports;
}
