// A browser on the bench page, and the time its page's process spent on a core.
import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize, resolve } from 'node:path';
import puppeteer from 'puppeteer-core';

const kBrowsers = {
  chromium: { browser: 'chrome', executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', page: /--type=renderer/,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] },
  firefox: { browser: 'firefox', executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr', page: /-contentproc.* tab$/, args: [] },
};
const kTypes = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm' };

/** Serves some folders under their names, as a host does that sets no header for isolation. */
async function serve(folders) {
  const server = createServer(async ({ url }, response) => {
    const [, folder, ...rest] = decodeURIComponent(new URL(url, 'http://page').pathname).split('/');
    try {
      if (!folder) return void response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><script type="module" src="/bench/page.js"></script>');
      const file = join(resolve(folders[folder]), normalize(`/${rest.join('/')}`));
      response.writeHead(200, { 'content-type': kTypes[extname(file)] ?? 'application/octet-stream' }).end(await readFile(file));
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return server;
}

function children(pid) {
  const found = [pid];
  for (const id of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const parent = Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${id}/stat`, 'utf8'))[1]);
      if (parent === pid) found.push(...children(Number(id)));
    } catch {
      // ended meanwhile
    }
  }
  return found;
}

export async function openBrowser(name, folders) {
  const { page: is_page, ...launch } = kBrowsers[name];
  const server = await serve(folders);
  const browser = await puppeteer.launch({ ...launch, headless: true, protocolTimeout: 1_800_000 });
  const page = await browser.newPage();
  page.on('pageerror', (error) => console.error(`page: ${error.message}`));
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await page.waitForFunction(() => globalThis.bench);
  await page.bringToFront();
  const pages = children(browser.process().pid).filter((pid) => is_page.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trimEnd()));
  return {
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
