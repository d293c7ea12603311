// Building nodes. Text reaches the page through text nodes only; nothing here parses markup.

// Attributes are set as given; `on…` adds a listener; null, undefined and false leave a prop or a child out.
export function el(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? '' : value);
  }
  append(node, children);
  return node;
}

export function append(node, children) {
  for (const child of [children].flat(Infinity)) {
    if (child !== null && child !== undefined && child !== false) node.append(child);
  }
  return node;
}

export const hidden = (...children) => el('span', { class: 'vh' }, ...children);

// The marks, in one 20 × 20 grid. They always stand beside their word, so they are hidden from readers of the page.
const kShapes = {
  ok: ['M10 1.8a8.2 8.2 0 1 1 0 16.4 8.2 8.2 0 0 1 0-16.4Z', 'm6.2 10.4 2.6 2.6 5-5.6'],
  wrong: ['M10 2.2 18.4 17H1.6Z', 'M10 7.6v4.2m0 2.4v.2'],
  bad: ['M6.6 1.8h6.8l4.8 4.8v6.8l-4.8 4.8H6.6l-4.8-4.8V6.6Z', 'm7 7 6 6m0-6-6 6'],
  na: ['- M10 1.8a8.2 8.2 0 1 1 0 16.4 8.2 8.2 0 0 1 0-16.4Z', 'M6.5 10h7'],
  absent: ['- M10 1.8a8.2 8.2 0 1 1 0 16.4 8.2 8.2 0 0 1 0-16.4Z'],
  wait: ['M10 1.8a8.2 8.2 0 1 1 0 16.4 8.2 8.2 0 0 1 0-16.4Z', '+ M10 1.8a8.2 8.2 0 0 1 0 16.4Z'],
  note: ['M2.5 2.5h15v15h-15Z', 'M10 9.2v4.6m0-7.4v.2'],
  lock: ['M4 9h12v8.5H4Z', 'M6.5 9V6.2a3.5 3.5 0 0 1 7 0V9'],
};

export function mark(kind) {
  const ns = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(ns, 'svg');
  for (const [name, value] of [
    ['viewBox', '0 0 20 20'],
    ['class', `mark ${kind}`],
    ['aria-hidden', 'true'],
    ['focusable', 'false'],
  ]) {
    svg.setAttribute(name, value);
  }
  for (const shape of kShapes[kind]) {
    const path = document.createElementNS(ns, 'path');
    path.setAttribute('d', shape.replace(/^[-+] /, ''));
    if (shape.startsWith('- ')) path.setAttribute('stroke-dasharray', '2.2 2.1');
    if (shape.startsWith('+ ')) path.setAttribute('fill', 'currentColor');
    svg.append(path);
  }
  return svg;
}

export const chevron = () => el('span', { class: 'chevron', 'aria-hidden': 'true' });

export function button(label, onclick, { kind = '', name, ...rest } = {}) {
  return el('button', { type: 'button', class: `button ${kind}`.trim(), part: 'button', 'aria-label': name, onclick, ...rest }, label);
}

export function disclosure(summary, body, { kind = 'more', open = false } = {}) {
  return el('details', { class: kind, open }, el('summary', null, summary, chevron()), body);
}

// A share of 1 as a bar; the number stands beside it.
export function shareBar(share) {
  const filled = el('i', { class: 'bar', hidden: !(share > 0) });
  filled.style.width = `${Math.max(0, Math.min(1, share)) * 100}%`;
  return el('span', { class: 'track', 'aria-hidden': 'true' }, filled);
}

// Ids must be unique in a page that holds several of these.
let last_id = 0;
export const freshId = (stem) => `bp-${stem}-${++last_id}`;

export function save(name, content, type) {
  const url = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  const link = el('a', { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
