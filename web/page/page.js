// Joins the page and the engine; the only file that knows them all.
import { App } from './app.js';
import { el, mark } from './dom.js';
import { engine } from './engine.js';
import { chooseLanguage, Language, languages } from './language.js';
import { sample } from './samples.js';

const first = new URLSearchParams(location.search).get('lang');
let lang = chooseLanguage(first ? [first] : navigator.languages);

const bar = document.querySelector('.page-bar');
const app = new App(document.querySelector('main'), {
  engine,
  sample,
  lang,
  dropTarget: document.documentElement,
  link: (code) => `#${code}`,
  onTitle: (title) => (document.title = title),
  onPanel: (panel) => history.replaceState(null, '', panel ? `#${panel}` : '#'),
});

function drawBar() {
  const ui = new Language(lang);
  document.documentElement.lang = ui.tag;
  const other = languages[(languages.indexOf(lang) + 1) % languages.length];
  bar.replaceChildren(
    el(
      'a',
      {
        class: 'brand',
        href: '#',
        onclick: (event) => {
          event.preventDefault();
          app.another();
        },
      },
      'bert-preflight',
    ),
    el('p', { class: 'seal' }, mark('lock'), ui.t('bar.seal')),
    el(
      'button',
      {
        type: 'button',
        class: 'as-link',
        lang: other === 'zh' ? 'zh-Hans' : other,
        onclick: () => {
          lang = other;
          app.setLanguage(lang);
          drawBar();
          bar.querySelector('button').focus();
        },
      },
      ui.t('bar.language'),
    ),
  );
}
drawBar();

addEventListener('hashchange', () => {
  const to = decodeURIComponent(location.hash.slice(1));
  if (to.includes('/')) app.showFinding(to);
  else app.showPanel(to);
});

// Files or text pasted anywhere but in a field.
addEventListener('paste', (event) => {
  if (event.target.closest?.('input, textarea')) return;
  if (event.clipboardData.files.length) app.openFiles([...event.clipboardData.files]);
  else if (event.clipboardData.getData('text')) app.paste(event.clipboardData.getData('text'));
});
