// dist/custom-elements.json (schema 2.1, which editors and documentation tools read) out of the comment of web/element/element.js.
import { readFileSync } from 'node:fs';

const kMembers = [
  { kind: 'method', name: 'open', description: 'judges files as the API takes them', parameters: [{ name: 'files' }] },
  { kind: 'method', name: 'cancel', description: 'stops reading; what was found by name and shape stays' },
  { kind: 'method', name: 'download', description: 'saves the report', parameters: [{ name: 'format', type: { text: '"json"|"markdown"|"sarif"|"html"' } }] },
];

export function customElements(file = 'web/element/element.js') {
  const source = readFileSync(file, 'utf8');
  const comment = /\/\*\*((?:(?!\*\/)[\s\S])*@tag[\s\S]*?)\*\/\s*export class (\w+)/.exec(source);
  const lines = comment[1].split('\n').map((line) => line.replace(/^\s*\* ?/, '').trim());
  // "@attr {type} name - what it is"
  const tagged = (tag) => lines.filter((line) => line.startsWith(`@${tag} `)).map((line) => {
    const [, type, name = '', description] = /^@\w+(?:\s+\{([^}]*)\})?\s*([^\s-]\S*)?\s*-\s*(.*)$/.exec(line) ?? [];
    if (description === undefined) throw new Error(`${file}: this line says nothing: ${line}`);
    return { name, description, ...(type ? { type: { text: type } } : {}) };
  });
  for (const { name } of kMembers) if (!new RegExp(`^  (?:async )?${name}\\(`, 'm').test(source)) throw new Error(`${file} has no method ${name}`);
  const element = {
    kind: 'class',
    name: comment[2],
    description: lines.slice(0, lines.findIndex((line) => line.startsWith('@'))).join(' ').trim(),
    customElement: true,
    tagName: lines.find((line) => line.startsWith('@tag')).slice(5),
    superclass: { name: 'HTMLElement' },
    attributes: tagged('attr'),
    members: [...tagged('prop').map((prop) => ({ kind: 'field', readonly: true, ...prop })), ...kMembers],
    events: tagged('fires').map((event) => ({ type: { text: 'CustomEvent' }, ...event })),
    slots: tagged('slot'),
    cssParts: tagged('csspart'),
    cssProperties: tagged('cssprop'),
  };
  const place = { name: element.name, module: 'dist/element.js' };
  return {
    schemaVersion: '2.1.0',
    modules: [{
      kind: 'javascript-module',
      path: 'dist/element.js',
      declarations: [element],
      exports: [
        { kind: 'js', name: element.name, declaration: place },
        { kind: 'custom-element-definition', name: element.tagName, declaration: place },
      ],
    }],
  };
}
