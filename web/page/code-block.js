// A frame with a head line, a button that copies, and what stands in it.
import { announce } from './announcer.js';
import { append, button, el, hidden } from './dom.js';
import { visible } from './plain-text.js';

export function copyButton(ui, what, text, { kind = 'quiet', label } = {}) {
  const words = label ? [label] : [ui.t('copy'), hidden(` ${what}`)];
  const self = button(
    words,
    async () => {
      const done = await copy(typeof text === 'function' ? text() : text);
      const said = ui.t(done ? 'copy.done' : 'copy.failed');
      self.replaceChildren(said);
      announce(said, { soon: true });
      setTimeout(() => self.replaceChildren(...words), 2000);
    },
    { kind },
  );
  return self;
}

// Without the clipboard permission (a sandboxed frame), or where the clipboard never answers, a selection is copied instead.
async function copy(text) {
  try {
    const late = new Promise((_, reject) => setTimeout(reject, 1000, new Error('the clipboard does not answer')));
    await Promise.race([navigator.clipboard.writeText(text), late]);
    return true;
  } catch {
    const area = el('textarea', { readonly: true, 'aria-hidden': 'true', tabindex: -1, class: 'vh' });
    area.value = text;
    const back = document.activeElement;
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    back?.focus?.({ preventScroll: true });
    return done;
  }
}

export function codeFrame(head, copier, content) {
  return el('div', { class: 'code' }, el('div', { class: 'code-head' }, el('span', null, head), copier), content);
}

// Text as it is, in lines, with a button that copies it whole. `tall`: it scrolls in a frame of its own.
export function codeBlock(ui, head, text, { tall = false } = {}) {
  return codeFrame(
    head,
    copyButton(ui, head, text),
    el(
      'pre',
      tall ? { class: 'tall', tabindex: 0, role: 'group', 'aria-label': head } : null,
      append(el('code'), [visible(text, { limit: tall ? 500_000 : 20_000, lines: true })]),
    ),
  );
}
