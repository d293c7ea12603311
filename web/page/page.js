// Joins the page and the engine; the only file that knows them all.
import { preload } from '../browser/client.js';
import { App } from './app.js';
import { el, mark } from './dom.js';
import { engine } from './engine.js';
import { chooseLanguage, languages } from './language.js';
import { sample } from './samples.js';
import { speak } from './speak.js';

// Once all is here, a second policy: what the page needed to load it can no longer do either.
const kAfterLoading = "default-src 'none'; script-src 'wasm-unsafe-eval'; worker-src blob:; img-src data:; base-uri 'none'; form-action 'none'";
preload().then(
  () => document.head.append(el('meta', { 'http-equiv': 'Content-Security-Policy', content: kAfterLoading })),
  () => {}, // told when a set is opened
);

const first = new URLSearchParams(location.search).get('lang');
let lang = chooseLanguage(first ? [first] : navigator.languages);

const setFragment = (text) => history.replaceState(null, '', text ? `#${text}` : '#');
const bar = document.querySelector('.page-bar');
const app = new App(document.querySelector('main'), {
  engine,
  sample,
  lang,
  dropTarget: document.documentElement,
  link: (code) => `#${code}`,
  onTitle: (title) => (document.title = title),
  onPanel: setFragment,
});

function drawBar() {
  const ui = speak(lang);
  document.documentElement.lang = ui.tag;
  const other = languages[(languages.indexOf(lang) + 1) % languages.length];
  const follow = (go) => (event) => {
    event.preventDefault();
    go();
  };
  const prove = () => {
    app.showPrivacy();
    setFragment('privacy');
  };
  bar.replaceChildren(
    el('a', { class: 'brand', href: '#', onclick: follow(() => app.another()) }, 'bert-preflight'),
    el('p', { class: 'seal' }, mark('lock'), ui.t('bar.seal'), ' ', el('a', { href: '#privacy', onclick: follow(prove) }, ui.t('bar.prove'))),
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

// "#tensors" is a panel, "#shapes/vocab-rows" a finding, of the set that is open or will be.
function follow() {
  const to = decodeURIComponent(location.hash.slice(1));
  if (to.includes('/')) app.showFinding(to);
  else app.showPanel(to);
}
addEventListener('hashchange', follow);
follow();

// Files or text pasted anywhere but in a field.
addEventListener('paste', (event) => {
  if (event.target.closest?.('input, textarea')) return;
  if (event.clipboardData.files.length) app.openFiles([...event.clipboardData.files]);
  else if (event.clipboardData.getData('text')) app.paste(event.clipboardData.getData('text'));
});
