// What stays above the panels of an open set: its name, the way to another, the links between panels.
import { append, button, el } from './dom.js';
import { nameNode } from './plain-text.js';

// panels: names, none to leave the links out. onPanel(name), onAnother().
export class SetFrame {
  #tabs;
  #place = el('div');

  constructor(ui, { name, panels, landmarks, onPanel, onAnother }) {
    const follow = (panel) => (event) => {
      event.preventDefault();
      onPanel(panel);
    };
    this.#tabs = panels.map((panel) => el('a', { href: `#${panel}`, 'data-panel': panel, onclick: follow(panel) }, ui.t(`panel.${panel}`)));
    this.node = append(el('div', { class: 'frame' }), [
      el('div', { class: 'set-line' }, nameNode(name), button(ui.t('drop.another'), onAnother, { kind: 'quiet' })),
      panels.length > 1 ? el(landmarks ? 'nav' : 'div', { class: 'tabs', role: landmarks ? null : 'group', 'aria-label': ui.t('panel.nav') }, this.#tabs) : null,
      this.#place,
    ]);
  }

  show(panel, content) {
    for (const tab of this.#tabs) {
      if (tab.dataset.panel === panel) tab.setAttribute('aria-current', 'page');
      else tab.removeAttribute('aria-current');
    }
    this.#place.replaceChildren(content);
  }
}
