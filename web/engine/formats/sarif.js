// SARIF 2.1.0: what code-scanning services read. Rules are the codes met, with their explanation.
import { jsonText, visible } from '../escape.js';
import { explainCode } from '../words.js';

const kSchema = 'https://json.schemastore.org/sarif-2.1.0.json';

// A relative reference: never a scheme, a drive or a way out of the set.
function relativeUri(path) {
  const parts = path
    .replaceAll('\\', '/')
    .replace(/^[A-Za-z]:/, '')
    .split('/')
    .filter((part) => part && part !== '.' && part !== '..');
  return parts.map((part) => encodeURIComponent(part.toWellFormed?.() ?? part)).join('/') || '.';
}

// FNV-1a, 64 bits: the same finding on the same thing has the same print in every run.
function fingerprint(text) {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash.toString(16).padStart(16, '0');
}

// "owner/repo#5, …" or "owner/repo:path function".
function sourceUri(source) {
  const [, repository, issue] = source.match(/^([\w.-]+\/[\w.-]+)(?:#(\d+))?/) ?? [];
  return repository ? `https://github.com/${repository}${issue ? `/issues/${issue}` : ''}` : undefined;
}

const plain = (text) => text.replaceAll('`', '');

function ruleOf(code, lang) {
  const { title, means, cause, fix, example, source } = explainCode(code, lang);
  return {
    id: code,
    shortDescription: { text: title },
    fullDescription: { text: plain(means) },
    help: { text: plain([means, cause, fix, example].join('\n\n')), markdown: [means, cause, fix].join('\n\n') },
    helpUri: sourceUri(source),
  };
}

function regionOf({ subject = {}, evidence = {} }) {
  if (subject.line) return { startLine: subject.line };
  const { at } = evidence;
  return at && (!subject.file || at.file === subject.file) ? { byteOffset: at.offset, byteLength: at.length } : undefined;
}

function locationOf(finding) {
  const { subject = {}, evidence = {} } = finding;
  const file = subject.file || evidence.at?.file;
  const names = subject.name && [{ name: visible(subject.name, { limit: 400 }), kind: subject.kind === 'tensor' ? 'resource' : 'member' }];
  if (!file) return names ? [{ logicalLocations: names }] : [];
  const region = regionOf(finding);
  return [
    {
      physicalLocation: { artifactLocation: { uri: relativeUri(file), uriBaseId: 'SET' }, ...(region && { region }) },
      ...(names && { logicalLocations: names }),
    },
  ];
}

// A corrected config that differs in the line of the key: that line is the replacement.
function fixesOf({ subject = {}, fix = {} }) {
  const line = fix.file?.text.split(/\r?\n/)[subject.line - 1];
  if (fix.paste?.kind !== 'config' || !subject.file || !line?.includes(JSON.stringify(subject.name))) return undefined;
  return [
    {
      description: { text: plain(fix.say) },
      artifactChanges: [
        {
          artifactLocation: { uri: relativeUri(subject.file), uriBaseId: 'SET' },
          replacements: [{ deletedRegion: { startLine: subject.line }, insertedContent: { text: line } }],
        },
      ],
    },
  ];
}

export function sarifReport(report, lang, { version } = {}) {
  const codes = [...new Set(report.findings.map((finding) => finding.code))];
  const results = report.findings.map((finding) => {
    const { code, severity, certainty, effect, consumers, subject = {}, covers } = finding;
    const fixes = fixesOf(finding);
    return {
      ruleId: code,
      ruleIndex: codes.indexOf(code),
      level: severity,
      message: { text: plain([finding.message, finding.reason, finding.fix?.say].filter(Boolean).join(' ')) },
      locations: locationOf(finding),
      partialFingerprints: {
        'bertPreflight/v1': fingerprint([code, subject.kind, relativeUri(subject.file ?? ''), subject.name ?? ''].join('\0')),
      },
      ...(fixes && { fixes }),
      properties: { certainty, effect, consumers, covers },
    };
  });
  const log = {
    $schema: kSchema,
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'bert-preflight', ...(version && { version }), rules: codes.map((code) => ruleOf(code, lang)) } },
        originalUriBaseIds: { SET: { description: { text: 'the folder the files were given in' } } },
        columnKind: 'utf16CodeUnits',
        results,
        properties: { consumers: report.consumers.map(({ id, verdict, final, loaded, of }) => ({ id, verdict, final, loaded, of })) },
      },
    ],
  };
  return `${jsonText(log, 1)}\n`;
}
