import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import Ajv from 'ajv/dist/2020.js';

import { explain } from '../../web/engine/paste/index.js';
import { formatReport } from '../../web/engine/formats/index.js';
import { fixtureReports } from '../support/fixture_reports.mjs';

const schema = JSON.parse(readFileSync(new URL('../../web/report.schema.json', import.meta.url), 'utf8'));
const valid = new Ajv.default({ allErrors: true }).compile(schema);
const faults = (report) => (valid(report) ? [] : valid.errors.map(({ instancePath, message }) => `${instancePath} ${message}`));
const reports = await fixtureReports(['tf']);

test('every report on the stored sets fits the schema, as it is printed', () => {
  for (const { name, report } of reports) assert.deepEqual(faults(JSON.parse(formatReport('json', report, 'en'))), [], name);
});

test('a report on a text alone, and one with files and a text, fit it too', () => {
  const text = 'Key bert/embeddings/word_embeddings not found in checkpoint';
  assert.deepEqual(faults(explain(text)), []);
  assert.deepEqual(faults(explain(text, { report: reports[0].report })), []);
  assert.deepEqual(faults(explain('')), []);
});

test('what the contract forbids does not fit', () => {
  const good = reports.find(({ report }) => report.findings.some((finding) => finding.severity === 'error')).report;
  const changed = (change) => {
    const copy = structuredClone(good);
    change(copy, copy.findings[0]);
    return faults(copy).length;
  };
  assert.equal(changed(() => {}), 0);
  for (const change of [
    (report, finding) => (finding.severity = 'note'),
    (report, finding) => (finding.code = 'shapes/Vocab_Rows'),
    (report, finding) => (finding.code = 'env/mixed-keras'),
    (report, finding) => (finding.certainty = 'needs-run'),
    (report, finding) => (finding.message = 'x'.repeat(121)),
    (report, finding) => (finding.message = ''),
    (report, finding) => delete finding.fix.say,
    (report, finding) => (finding.evidence.items = Array.from({ length: 11 }, String)),
    (report, finding) => (finding.consumers[0].id = 'keras'),
    (report, finding) => (finding.subject.line = 0),
    (report) => (report.consumers[0].verdict = 'ok'),
    (report) => (report.format = 2),
    (report) => report.unsettled.push('weather'),
    (report) => delete report.set,
  ]) assert.ok(changed(change) > 0, String(change));
});

test('counts are whole: loaded is never more than of, and because points at findings', () => {
  for (const { name, report } of reports) {
    for (const { id, loaded, of, because, verdict } of report.consumers) {
      assert.ok(loaded <= of, `${name} ${id}`);
      for (const i of because) assert.ok(i < report.findings.length, `${name} ${id}`);
      if (verdict === 'refuses') assert.ok(because.length > 0, `${name} ${id}`);
    }
  }
});
