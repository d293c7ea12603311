// The states of the page, and of the element, each reached as a reader would reach it.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { choose, drop, filesOf, fixture, until } from './support.mjs';

export const inFolder = (folder) => readdirSync(folder).map((name) => join(folder, name));

/** What of a page is looked at: all of it, or (host, a selector) what stands in the shadow root of an element. */
export class Part {
  constructor(page, host = '') {
    Object.assign(this, { page, host });
  }

  /** @param {(nodes: Element[], ...given: any[]) => any} use  runs in the page, with all that match; it may not know anything around it */
  all(selector, use, ...given) {
    return this.page.evaluate(
      (host, wanted, body, rest) => {
        const root = host ? document.querySelector(host).shadowRoot : document;
        return new Function(`return (${body})`)()([...root.querySelectorAll(wanted)], ...rest);
      },
      this.host,
      selector,
      String(use),
      given,
    );
  }

  click(selector, nth = 0) {
    return this.all(selector, (nodes, at) => nodes.at(at).click(), nth);
  }

  text(selector) {
    return this.all(selector, ([node]) => node?.textContent);
  }

  /** Until something matches that says something. */
  wait(selector, timeout) {
    const there = (host, wanted) => (host ? document.querySelector(host).shadowRoot : document).querySelector(wanted)?.textContent;
    return until(this.page, there, { timeout }, this.host, selector);
  }

  phase(name) {
    return this.wait(`.bp[data-phase="${name}"]`);
  }

  choose(paths, kind) {
    return choose(this.page, paths, kind, this.host && `${this.host} >>> `);
  }

  openDetails() {
    return this.all('details', (nodes) => nodes.forEach((details) => (details.open = true)));
  }
}

// Some need what an element of its own size does not have: those are the page's (kPageStates).
export const kStates = {
  empty: async () => {},
  success: async (part) => {
    await part.click('.drop .as-link');
    await part.phase('final');
  },
  'loaders chosen': async (part) => {
    await kStates.success(part);
    await part.click('.chooser summary');
  },
  failure: async (part) => {
    await part.click('.drop .as-link', 1);
    await part.phase('final');
    await part.wait('.lines .add');
    await part.openDetails();
  },
  tensors: async (part) => {
    await kStates.success(part);
    await part.click('[data-panel="tensors"]');
    await part.click('.group button');
    await part.click('.heat button');
  },
  'tensor in the table': async (part) => {
    await kStates.success(part);
    await part.click('[data-panel="tensors"]');
    await part.click('.group button');
    await part.click('.as-name', 1);
    await part.wait('.opened .facts');
    await part.openDetails();
  },
  run: async (part) => {
    await kStates.success(part);
    await part.click('[data-panel="run"]');
    await part.wait('.chip');
    await part.click('.row .primary');
    await part.wait('.fill');
    await part.click('.button', -1);
    await part.wait('.large');
  },
  compare: async (part) => {
    await kStates.success(part);
    await part.click('[data-panel="compare"]');
    await part.choose(inFolder(fixture('tf/good-uncased/uncased_L-4_H-16_A-2')), 'other');
    await part.wait('[data-compared]');
    await part.openDetails();
  },
  report: async (part) => {
    await kStates.success(part);
    await part.click('[data-panel="report"]');
  },
  converted: async (part) => {
    await kStates.report(part);
    await part.click('.block .button');
    await part.wait('[data-converted]');
  },
  // The worker is not asked to read the data, until window.letRead().
  progress: async (part) => {
    await part.page.evaluate(() => {
      const post = Worker.prototype.postMessage;
      window.letRead = () => (Worker.prototype.postMessage = post);
      Worker.prototype.postMessage = function postMessage(message, ...rest) {
        if (message.method !== 'check' || message.params.options.quick) post.call(this, message, ...rest);
      };
    });
    await part.click('.drop .as-link');
    await part.phase('data');
  },
  stopped: async (part) => {
    await kStates.progress(part);
    await part.click('.progress button');
    await part.phase('stopped');
  },
  'not to be judged': async (part) => {
    await part.page.evaluate(() => (Worker.prototype.postMessage = () => { throw new Error('no room'); }));
    await part.click('.drop .as-link');
    await part.phase('failed');
  },
};

export const kPageStates = {
  ...kStates,
  explained: async (part) => {
    await part.page.type('textarea', 'Failed to find any matching files for bert_model.ckpt');
    await part.click('.paste button');
    await part.wait('[data-explained]');
  },
  'several sets': async (part) => {
    await drop(part.page, { ...filesOf(fixture('tf/good-uncased/uncased_L-4_H-16_A-2'), 'a/'), ...filesOf(fixture('tf/good-cased/cased_L-3_H-24_A-3'), 'b/') });
    await part.phase('final');
    await part.click('.set-line summary');
  },
  privacy: async (part) => {
    await part.click('.seal a');
    await part.click('[data-prove]');
    await part.wait('[data-proved]:not(:empty)', 60_000);
  },
};
