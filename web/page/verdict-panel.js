// The first panel: verdict, loaders, causes, what is good to know, what no file can tell.
import { append, button, el, mark } from './dom.js';
import { copyButton } from './code-block.js';
import { fileList, modelFacts } from './file-list.js';
import { fileAction, findingCard, noteRow, worstEffect } from './finding-card.js';
import { loaderList } from './loader-list.js';
import { kLoaders } from './loaders.js';
import { engineWords } from './plain-text.js';
import { deciding, headline, tally, verdictHeader } from './verdict.js';

// What to press under the verdict, the main thing first.
export function verdictActions(ui, report, { panels, abilities, onPanel, onFinding }) {
  const { refuses, loads, 'loads-wrong': wrong } = tally(report);
  const cause = deciding(report);
  const actions = [];
  if (cause && (refuses.length || wrong.length)) {
    const file = fileAction(ui, cause);
    const paste = cause.fix?.paste;
    if (file) actions.push(file);
    else if (paste) actions.push({ copy: paste.text, label: ui.t(paste.kind === 'rename' ? 'action.copy-rename' : 'action.copy-fix') });
    actions.push({ label: ui.t('action.see'), run: () => onFinding(cause.code) });
    return actions;
  }
  if (abilities?.encoder && panels.includes('run')) actions.push({ label: ui.t('action.try'), run: () => onPanel('run') });
  const first = loads.find((consumer) => consumer.call && consumer.final);
  if (first) actions.push({ copy: first.call, label: ui.t('action.copy-call', { loader: first.id }) });
  if (loads.length && panels.includes('report')) actions.push({ label: ui.t('action.save-report'), run: () => onPanel('report') });
  return actions;
}

function actionRow(ui, actions) {
  return actions.length
    ? el(
        'div',
        { class: 'row actions' },
        actions.map((action, i) => {
          const kind = i ? '' : 'primary';
          return action.copy ? copyButton(ui, '', action.copy, { kind, label: action.label }) : button(action.label, action.run, { kind });
        }),
      )
    : null;
}

// Which loader's findings are shown; kept in `filter`, so that it holds when the panel is drawn anew.
function loaderFilter(ui, findings, filter, show) {
  const ids = kLoaders.filter((id) => findings.some((finding) => finding.consumers.some((consumer) => consumer.id === id)));
  if (ids.length < 2 || findings.length < 2) return null;
  if (!ids.includes(filter.loader)) filter.loader = '';
  const choice = el('select', { class: 'field select', 'aria-label': ui.t('causes.filter'), onchange: () => show((filter.loader = choice.value)) }, [
    el('option', { value: '' }, ui.t('causes.all')),
    ids.map((id) => el('option', { value: id, selected: id === filter.loader }, id)),
  ]);
  return choice;
}

function causes(context, findings, truncated, heading, filter) {
  const { ui } = context;
  const open = findings.filter((finding) => finding.severity !== 'note').sort((a, b) => worstEffect(a) - worstEffect(b));
  if (!open.length) return null;
  const cards = open.map((finding) => findingCard(context, finding, heading + 1));
  const show = (loader) =>
    open.forEach((finding, i) => (cards[i].hidden = Boolean(loader) && !finding.consumers.some((consumer) => consumer.id === loader)));
  const choice = loaderFilter(ui, open, filter, show);
  show(filter.loader);
  const of = (severity) => open.filter((finding) => finding.severity === severity).length;
  const counts = [
    ['errors', of('error')],
    ['warnings', of('warning')],
  ]
    .filter(([, n]) => n)
    .map(([key, n]) => ui.t(`causes.${key}`, { n }));
  return el(
    'section',
    { class: 'block' },
    el('div', { class: 'block-head' }, el(`h${heading}`, null, ui.t('causes.head', { counts: counts.join(ui.comma) })), choice),
    cards,
    truncated ? el('p', { class: 'small muted' }, ui.t('causes.truncated', { n: truncated })) : null,
  );
}

function notes(context, findings, heading) {
  const list = findings.filter((finding) => finding.severity === 'note');
  if (!list.length) return null;
  return el(
    'section',
    { class: 'block' },
    el(`h${heading}`, null, context.ui.t('notes.head')),
    el(
      'ul',
      { class: 'notes' },
      list.map((finding) => noteRow(context, finding)),
    ),
  );
}

function unsettled(context, { report, tensors, onTest, why_not, tested, heading }) {
  const { ui } = context;
  const list = report.unsettled ?? [];
  if (!list.length || !tensors.length) return null;
  const said = (test) => report.findings.some(({ code, severity }) => code.startsWith('run/') && test(code, severity));
  const outcome = () => {
    if (said((code, severity) => severity !== 'note')) return 'unsettled.faults';
    return said((code) => code === 'run/not-possible') ? 'unsettled.not-possible' : 'unsettled.fine';
  };
  const place = el('div', { class: 'row' });
  if (onTest) place.append(button(ui.t('unsettled.test'), () => onTest(place)));
  else if (why_not) place.append(el('p', { class: 'small muted' }, ui.nodes('unsettled.cannot', { why: engineWords(why_not) })));
  return el(
    'section',
    { class: 'block' },
    el(`h${heading + 1}`, null, ui.t('unsettled.head')),
    el('p', { class: 'small muted' }, ui.t('unsettled.lead')),
    el(
      'ul',
      { class: 'unsettled' },
      list.map((what) => el('li', null, mark('na'), ui.has(`unsettled.${what}`) ? ui.t(`unsettled.${what}`) : what)),
    ),
    tested ? el('p', { class: 'small' }, ui.t(outcome())) : place,
  );
}

// state: {report, tensors, files, reading, chosen, actions, progress: node|null, heading, paste: node, filter: {loader}, compact, landmarks, onChoose, onTest, why_not: why there is no onTest, tested}
export function verdictPanel(context, state) {
  const { ui } = context;
  const { report, heading } = state;
  const header = verdictHeader(ui, report, state.tensors, state, { heading });
  append(header.lastChild, [actionRow(ui, state.actions)]);
  const answer = [
    el('div', null, header, state.progress),
    el(
      'div',
      { class: 'pair' },
      loaderList(ui, report, { heading: heading + 1, chosen: state.chosen, onChoose: state.onChoose }),
      causes(context, report.findings, report.truncated, heading + 1, state.filter),
    ),
  ];
  if (state.compact) return el('div', { class: 'stack' }, answer);
  return el(
    'div',
    { class: 'columns' },
    el('div', { class: 'stack' }, answer, notes(context, report.findings, heading + 1), unsettled(context, state), state.paste),
    el(
      state.landmarks ? 'aside' : 'div',
      { class: 'stack aside', role: state.landmarks ? null : 'group', 'aria-label': ui.t('set.aside') },
      fileList(ui, state.files, report, state.reading),
      modelFacts(ui, state.tensors),
    ),
  );
}

export const verdictText = (ui, report, state) => {
  const { head } = headline(ui, report, state);
  return typeof head === 'string' ? head : head.textContent;
};
