// An error message, a call or a path of the user's own, or what they see where nothing is printed.
import { button, el, freshId } from './dom.js';

// symptoms: sentences to choose from. onText(text) → a promise; the button rests while it runs.
export function pasteField(ui, { label, action, text = '', symptoms, onText }) {
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
  return el(
    'div',
    { class: 'paste' },
    el('label', { class: 'label', for: id }, label),
    area,
    el('div', { class: 'row' }, go, symptomList(ui, symptoms, (sentence) => (area.value = sentence))),
  );
}

// Only fills the field: a list walked through by keys must not set anything off.
function symptomList(ui, symptoms, onChoose) {
  const list = el(
    'select',
    { class: 'field', 'aria-label': ui.t('paste.symptoms') },
    el('option', { value: '' }, ui.t('paste.symptoms')),
    symptoms.map((sentence) => el('option', { value: sentence }, sentence)),
  );
  list.addEventListener('change', () => list.value && onChoose(list.value));
  return list;
}
