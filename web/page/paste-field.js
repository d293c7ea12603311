// An error message, a call or a path of the user's own.
import { button, el, freshId } from './dom.js';

// onText(text) → a promise; the button rests while it runs.
export function pasteField(ui, { label, action, text = '', onText }) {
  const id = freshId('paste');
  const area = el('textarea', {
    id,
    class: 'field mono',
    rows: 2,
    spellcheck: 'false',
    autocomplete: 'off',
    placeholder: 'ValueError: Shape of variable bert/embeddings/word_embeddings:0 …',
  });
  area.value = text;
  const go = button(action, async () => {
    if (!area.value.trim() || go.disabled) return;
    go.disabled = true;
    try {
      await onText(area.value);
    } finally {
      go.disabled = false;
    }
  });
  area.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) go.click();
  });
  return el('div', { class: 'paste' }, el('label', { class: 'label', for: id }, label), area, el('div', { class: 'row' }, go));
}
