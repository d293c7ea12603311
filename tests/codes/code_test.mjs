// Two tests for a code: a set that raises it, and one close by that does not.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { explain } from '../../web/node/index.js';
import { setFiles } from '../support/bert_set.mjs';
import { judge } from '../support/engine.mjs';

/**
 * @typedef {object} Case
 * @property {string} when       what makes the code right, or wrong, here; ends the test's name
 * @property {() => object} [set]    a BertSet, or {files: {path: bytes}}
 * @property {string} [text]     a pasted text to explain without any files, in the place of a set
 * @property {string} [severity] that the finding must have
 * @property {Record<string, string>} [verdicts]  verdicts that go with it
 * @property {string} [paste]
 * @property {object[]} [consumers]
 * @property {boolean} [run]
 * @property {string} [fix]      what is offered to paste
 */

async function reportOf({ set, text, paste, consumers, run }) {
  if (text !== undefined) return explain(text);
  const made = set();
  return judge(made.files ?? setFiles(made), { paste, consumers, run });
}

const said = (report) => report.findings.map((f) => `${f.severity} ${f.code}`).join(', ') || 'nothing';

/**
 * @param {string} code
 * @param {Case | Case[]} raised
 * @param {Case | Case[]} nearMiss
 * @param {{todo?: string}} [options]  todo: why the tool cannot raise it yet
 */
export function codeTest(code, raised, nearMiss, options = {}) {
  for (const one of [raised].flat()) {
    test(`${code} is raised when ${one.when}`, options, async () => {
      const report = await reportOf(one);
      const finding = report.findings.find((f) => f.code === code);
      assert.ok(finding, `${code} is missing; said: ${said(report)}`);
      if (one.severity) assert.equal(finding.severity, one.severity);
      if (one.fix) assert.equal(finding.fix.paste?.text, one.fix);
      for (const [id, verdict] of Object.entries(one.verdicts ?? {}))
        assert.equal(report.consumers.find((c) => c.id === id)?.verdict, verdict, id);
    });
  }
  for (const one of [nearMiss].flat()) {
    test(`${code} is not raised when ${one.when}`, options, async () => {
      const report = await reportOf(one);
      assert.ok(
        !report.findings.some((f) => f.code === code || f.covers?.some((covered) => covered.code === code)),
        `said: ${said(report)}`,
      );
      for (const [id, verdict] of Object.entries(one.verdicts ?? {}))
        assert.equal(report.consumers.find((c) => c.id === id)?.verdict, verdict, id);
    });
  }
}

/** One mode of one consumer, as --consumer takes it. */
export const only = (id, mode = {}) => [{ id, mode }];
