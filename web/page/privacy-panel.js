// What is promised, how anyone can check it, and what a policy cannot stop. The button tries to break the promise.
import { announce } from './announcer.js';
import { append, button, el, mark } from './dom.js';
import { target, tryToReach, ways } from './reach-out.js';

const kAnswers = { refused: 'ok', reached: 'bad', unclear: 'wrong' };

function resultRow(ui, way, result) {
  const answer = result
    ? [mark(kAnswers[result.answer]), ' ', ui.t(`prove.${result.answer}`), result.directive ? [' ', el('code', null, result.directive)] : null]
    : ui.t('prove.trying');
  return el('tr', null, el('th', { scope: 'row' }, ui.t(`way.${way}`)), el('td', null, answer));
}

function proof(ui, heading) {
  const place = el('div', { class: 'results', role: 'region', 'aria-label': ui.t('prove.head') });
  const go = button(ui.t('prove.button'), run, { kind: 'primary', 'data-prove': true });

  async function run() {
    if (go.disabled) return;
    go.disabled = true;
    const body = el('tbody');
    const said = el('p', { class: 'strong', 'data-proved': true });
    const head = el('tr', null, el('th', { scope: 'col' }, ui.t('prove.way')), el('th', { scope: 'col' }, ui.t('prove.answer')));
    place.replaceChildren(el('table', { class: 'table' }, el('thead', null, head), body), said);
    const results = [];
    for (const way of ways) {
      const waiting = resultRow(ui, way, null);
      body.append(waiting);
      results.push(await tryToReach(way));
      waiting.replaceWith(resultRow(ui, way, results.at(-1)));
    }
    const refused = results.filter(({ answer }) => answer === 'refused').length;
    const reached = results.some(({ answer }) => answer === 'reached');
    said.textContent = ui.t(refused === ways.length ? 'prove.all' : reached ? 'prove.some' : 'prove.none', { n: refused, of: ways.length });
    announce(said.textContent, { soon: true });
    go.disabled = false;
  }

  return el(
    'section',
    { class: 'block' },
    el(`h${heading}`, null, ui.t('prove.head')),
    el('p', null, ui.t('prove.lead', { place: target().host })),
    el('div', { class: 'row after' }, go),
    place,
  );
}

const list = (ui, stem, count) => el('ul', { class: 'plain' }, Array.from({ length: count }, (_, i) => el('li', null, ui.t(`${stem}${i + 1}`))));

export function privacyPanel(ui, heading, { onBack }) {
  const section = (key, count) => el('section', { class: 'block' }, el(`h${heading + 1}`, null, ui.t(`privacy.${key}`)), list(ui, `privacy.${key}-`, count));
  return append(el('div', { class: 'stack' }), [
    el(
      'div',
      null,
      el(`h${heading}`, { tabindex: -1 }, ui.t('privacy.head')),
      el('p', { class: 'lead' }, ui.t('privacy.lead')),
      el('div', { class: 'row after' }, button(ui.t('privacy.back'), onBack)),
    ),
    section('promised', 4),
    proof(ui, heading + 1),
    section('check', 3),
    section('tested', 3),
    section('cannot', 4),
  ]);
}
