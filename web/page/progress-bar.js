// Bytes read of bytes to read, time left, the tensor being read, and a way to stop.
import { button, el, freshId } from './dom.js';
import { nameNode } from './plain-text.js';

export class ProgressBar {
  // `label`: what is said until the first step is told.
  constructor(ui, label, onCancel) {
    this.ui = ui;
    this.started = 0;
    const id = freshId('progress');
    this.label = el('label', { class: 'small strong', for: id }, label);
    this.bar = el('progress', { id, max: 1, value: 0 });
    this.tensor = el('p', { class: 'micro muted' }, '\u00a0');
    this.node = el(
      'div',
      { class: 'progress', part: 'progress', onkeydown: (event) => event.key === 'Escape' && onCancel() },
      el('div', null, this.label, this.bar, this.tensor),
      button(ui.t('action.cancel'), onCancel),
    );
  }

  // {phase, bytesDone, bytesTotal, tensor?}; answers one sentence for those who do not see the bar.
  show({ phase, bytesDone, bytesTotal, tensor }) {
    const { ui } = this;
    if (phase === 'probe') {
      this.label.textContent = ui.t('progress.probe');
      this.bar.max = bytesTotal || 1;
      this.bar.value = bytesDone;
      this.tensor.textContent = '\u00a0';
      return this.label.textContent;
    }
    this.started ||= performance.now();
    const passed = (performance.now() - this.started) / 1000;
    const values = { done: ui.megabytes(bytesDone), total: ui.megabytes(bytesTotal) };
    const left = bytesDone ? (passed / bytesDone) * (bytesTotal - bytesDone) : 0;
    const text =
      passed > 0.3 && bytesDone ? ui.t('progress.label', { ...values, seconds: ui.seconds(left) }) : ui.t('progress.start', values);
    this.label.textContent = text;
    this.bar.max = bytesTotal || 1;
    this.bar.value = bytesDone;
    this.tensor.replaceChildren(...(tensor ? [ui.nodes('progress.tensor', { name: nameNode(tensor) })] : ['\u00a0']));
    return text;
  }
}
