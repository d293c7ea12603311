import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { wrongImports, wrongIncludes } from '../../scripts/check_rooms.mjs';

function withTree(files, look) {
  const root = mkdtempSync(join(tmpdir(), 'rooms-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      writeFileSync(join(root, name), text);
    }
    return look(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

const kSrc = '| room | sees | what |\n|---|---|---|\n| `report` | – | a |\n| `bytes` | report | b |\n| `doors` | all | c |\n';
const kWeb = '| folder | what | may import |\n|---|---|---|\n| `engine/` | a | the words in `src/words` |\n| `page/` | b | `engine/words.js` |\n| `node/` | c | `engine/` |\n';

test('an include against the arrows of src/README.md is found', () => {
  const found = withTree({
    'src/README.md': kSrc,
    'src/report/a.h': '#include <vector>\n#include "report/b.h"\n#include "bytes/c.h"\n',
    'src/bytes/c.h': '#include "report/a.h"\n#include "doors/d.h"\n',
    'src/doors/d.cc': '#include "bytes/c.h"\n#include "report/a.h"\n',
    'src/cellar/e.cc': '\n',
  }, wrongIncludes);
  assert.deepEqual(found.map(({ file, line }) => `${file}:${line}`), ['src/bytes/c.h:2', 'src/cellar/e.cc:1', 'src/report/a.h:3']);
});

test('an import against the table of web/README.md is found', () => {
  const found = withTree({
    'web/README.md': kWeb,
    'web/engine/a.js': "import x from '#core';\nimport w from '../../src/words/w.json' with { type: 'json' };\nimport fs from 'node:fs';\nimport p from '../page/p.js';\n",
    'web/page/p.js': "import { w } from '../engine/words.js';\nimport { b } from './q.js';\nconst late = import('../engine/a.js');\n",
    'web/node/n.js': "import { open } from 'node:fs';\nimport { a } from '../engine/a.js';\nimport left from 'left-pad';\n",
  }, wrongImports);
  assert.deepEqual(found.map(({ file, line }) => `${file}:${line}`), ['web/engine/a.js:3', 'web/engine/a.js:4', 'web/node/n.js:3', 'web/page/p.js:3']);
});

test('this repository keeps to its own tables', () => {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  assert.deepEqual([...wrongIncludes(root), ...wrongImports(root)], []);
});
