// What stays above the panels of an open set: its name, the ways to another, the links between panels.
import { append, button, disclosure, el } from './dom.js';
import { nameNode, plainText } from './plain-text.js';

// sets: prefixes of all that came together; panels: names, none to leave the links out. onPanel(name), onSet(prefix), onAnother().
export class SetFrame {
  #tabs;
  #place = el('div');

  constructor(ui, { name, sets, panels, landmarks, onPanel, onSet, onAnother }) {
    const follow = (panel) => (event) => {
      event.preventDefault();
      onPanel(panel);
    };
    this.#tabs = panels.map((panel) => el('a', { href: `#${panel}`, 'data-panel': panel, onclick: follow(panel) }, ui.t(`panel.${panel}`)));
    this.node = append(el('div', { class: 'frame' }), [
      el(
        'div',
        { class: 'set-line' },
        el('div', null, nameNode(name), sets.length ? otherSets(ui, sets, name, onSet) : null),
        button(ui.t('drop.another'), onAnother, { kind: 'quiet' }),
      ),
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

function otherSets(ui, sets, judged, onSet) {
  const others = sets.filter((prefix) => prefix !== judged);
  const pick = (prefix) => button(nameNode(prefix), () => onSet(prefix), { kind: 'as-link', name: ui.t('set.judge', { name: plainText(prefix) }) });
  return disclosure(
    ui.t('set.one-of', { n: sets.length }),
    el('div', null, el('p', { class: 'small muted' }, ui.t('set.others')), el('ul', { class: 'plain' }, others.map((prefix) => el('li', null, pick(prefix))))),
  );
}
