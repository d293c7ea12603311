// WebKitGTK's MiniBrowser over WebDriver, in a display of its own. Few words of the protocol are needed.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

const kFolders = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/libexec', '/usr/lib64'];
const kElement = 'element-6066-11e4-a52e-4f735466cecf';

function miniBrowser() {
  for (const folder of kFolders.filter(existsSync)) {
    for (const inner of readdirSync(folder).filter((name) => name.startsWith('webkit2gtk')).sort().reverse()) {
      const path = `${folder}/${inner}/MiniBrowser`;
      if (existsSync(path)) return path;
    }
  }
  return null;
}

const has = (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

/** What is missing to run it, or false. */
export function webkitMissing() {
  if (!has('WebKitWebDriver') || !miniBrowser()) return 'WebKitWebDriver or MiniBrowser is not installed';
  return has('Xvfb') ? false : 'Xvfb is not installed';
}

const freePort = () => new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

export async function startWebkit() {
  const display = `:${90 + (process.pid % 400)}`;
  const port = await freePort();
  const children = [spawn('Xvfb', [display, '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'], { stdio: 'ignore' })];
  await wait(500);
  const env = { ...process.env, DISPLAY: display, WEBKIT_DISABLE_COMPOSITING_MODE: '1', WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1', LIBGL_ALWAYS_SOFTWARE: '1' };
  children.push(spawn('WebKitWebDriver', [`--port=${port}`], { env, stdio: 'ignore' }));
  const stop = () => children.reverse().forEach((child) => child.kill());

  async function call(method, path, body) {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, body: body === undefined ? undefined : JSON.stringify(body) });
    const { value } = await response.json();
    if (!response.ok) throw new Error(`${path}: ${value?.error} ${value?.message}`);
    return value;
  }

  try {
    const options = { binary: miniBrowser(), args: ['--automation'] };
    let session;
    for (let tries = 0; !session; tries += 1) {
      session = await call('POST', '/session', { capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': options } } }).catch(async (error) => {
        if (tries > 20) throw error;
        await wait(300);
        return null;
      });
    }
    const at = `/session/${session.sessionId}`;
    await call('POST', `${at}/timeouts`, { script: 120_000, pageLoad: 60_000 });
    const run = (body, ...args) => call('POST', `${at}/execute/sync`, { script: body, args });
    return {
      name: session.capabilities.browserVersion,
      open: (url) => call('POST', `${at}/url`, { url }),
      run,
      /** `body` is a function body that gives something other than null or false once it holds. */
      async until(body, timeout = 60_000) {
        for (const end = Date.now() + timeout; Date.now() < end; await wait(100)) {
          const value = await run(body);
          if (value) return value;
        }
        throw new Error(`it never came: ${body}`);
      },
      /** Puts files into a file input, as its chooser would. */
      async choose(selector, paths) {
        const element = await call('POST', `${at}/element`, { using: 'css selector', value: selector });
        await call('POST', `${at}/element/${element[kElement]}/value`, { text: paths.join('\n') });
      },
      async close() {
        await call('DELETE', at).catch(() => {});
        stop();
      },
    };
  } catch (error) {
    stop();
    throw error;
  }
}
