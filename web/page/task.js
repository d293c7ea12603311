// Work of a panel that takes a while: a bar with Cancel in its place, then what came of it, the heading of that focused. One at a time.
import { announce } from './announcer.js';
import { el } from './dom.js';
import { plainText } from './plain-text.js';
import { ProgressBar } from './progress-bar.js';

export class Task {
  #controller = null;

  // place: the node that holds the bar, and then the result.
  constructor(ui, place) {
    Object.assign(this, { ui, place });
  }

  /**
   * @param {{running: string, stopped: string}} says
   * @param {(step: {signal: AbortSignal, onProgress: (step: object) => void}) => Promise<{node: Node, said: string}>} work  `node` holds
   *   what takes the focus ([tabindex="-1"]); throws if the signal was aborted
   * @param {(why: string) => string} failed  the sentence about an error
   */
  async run({ running, stopped }, work, failed) {
    this.#controller?.abort();
    const controller = (this.#controller = new AbortController());
    const bar = new ProgressBar(this.ui, running, () => controller.abort());
    this.place.replaceChildren(bar.node);
    try {
      const { node, said } = await work({ signal: controller.signal, onProgress: (step) => announce(bar.show(step)) });
      this.place.replaceChildren(node);
      announce(said, { soon: true });
      node.querySelector('[tabindex="-1"]').focus();
    } catch (error) {
      const ended = controller.signal.aborted || error?.code === 'aborted';
      const words = ended ? stopped : failed(plainText(error?.message ?? error, 400));
      if (this.#controller === controller) this.place.replaceChildren(el('p', { class: ended ? 'muted' : 'bad' }, words));
      announce(words, { soon: true });
    }
  }
}
