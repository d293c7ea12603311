// One polite live region, shared by everything on the page. Words change at most every two seconds; the last wins.
import { el } from './dom.js';

const kPause = 2000;
let region = null;
let last = 0;
let timer = 0;

export function announce(text, { soon = false } = {}) {
  if (!region) document.body.append((region = el('div', { role: 'status', 'aria-live': 'polite', class: 'bp-status' })));
  hideFromSight(region);
  clearTimeout(timer);
  timer = setTimeout(
    () => {
      last = performance.now();
      region.textContent = text;
    },
    soon ? 0 : Math.max(0, last + kPause - performance.now()),
  );
}

// Set here, because the region stands in a document whose style sheet need not be ours.
function hideFromSight(node) {
  Object.assign(node.style, {
    position: 'absolute',
    width: '1px',
    height: '1px',
    overflow: 'hidden',
    clipPath: 'inset(50%)',
    whiteSpace: 'nowrap',
  });
}
