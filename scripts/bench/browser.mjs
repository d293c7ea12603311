// A browser on the bench page, and the time its page's process spent on a core.
import { readdirSync, readFileSync } from 'node:fs';
import puppeteer from 'puppeteer-core';

import { kBrowsers, root } from '../../tests/browser/support.mjs';
import { commandOf, processesBelow } from '../../tests/support/processes.mjs';
import { serve } from '../serve.mjs';

// Which of a browser's processes runs pages, by how it was called.
const kPages = { chromium: /--type=renderer/, firefox: /-contentproc.* tab$/ };
const kFlags = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** The repository, served as by a host that sets no header for isolation unless asked for, and one of its pages open in a browser. */
export async function openBrowser(name, page_path, { isolated = false } = {}) {
  const server = await serve(root, { isolated });
  const launch = kBrowsers[name];
  const browser = await puppeteer.launch({ ...launch, args: [...(launch.args ?? []), ...(name === 'chromium' ? kFlags : [])], headless: true, protocolTimeout: 1_800_000 });
  const page = await browser.newPage();
  page.on('pageerror', (error) => console.error(`page: ${error.message}`));
  await page.goto(new URL(page_path, server.address));
  await page.bringToFront();
  const pages = processesBelow(browser.process().pid).filter((pid) => kPages[name].test(commandOf(pid)));
  return {
    page,
    version: await browser.version(),
    call: (method, ...args) => page.evaluate((which, given) => globalThis.bench[which](...given), method, args),
    /** Milliseconds on a core, all threads of the page's processes. */
    onCore: () => {
      let sum = 0;
      for (const pid of pages) {
        for (const thread of readdirSync(`/proc/${pid}/task`)) {
          try {
            sum += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
          } catch {
            // ended meanwhile
          }
        }
      }
      return sum;
    },
    async close() {
      await browser.close();
      server.close();
    },
  };
}
