// Tries to reach a server in every way a page has, and tells what the browser answered. Nothing is sent but the address.

const kWait = 1500; // ms that a refusal may take to be told

// Where to: the page's own server if it came from one, which a policy is least likely to forbid; else one kept for examples.
export const target = () => (/^https?:$/.test(location.protocol) ? new URL('.', location.href) : new URL('https://example.com/'));

// In the worker nothing but the attempt itself is run.
const kWorker = `self.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => self.postMessage({ refused: effectiveDirective }));
self.onmessage = async ({ data: { way, url } }) => {
  try {
    if (way === 'fetch') await fetch(url, { mode: 'no-cors' });
    else importScripts(url);
    self.postMessage({ reached: true });
  } catch {
    self.postMessage({ failed: true });
  }
};`;

function element(tag, props, place = document.head) {
  const node = Object.assign(document.createElement(tag), props);
  node.hidden = true;
  return new Promise((resolve, reject) => {
    node.onload = resolve;
    node.onerror = () => reject(new Error('not loaded'));
    place.append(node);
  }).finally(() => node.remove());
}

const opened = (thing, on) =>
  new Promise((resolve, reject) => {
    thing[on] = resolve;
    thing.onerror = () => reject(new Error('not opened'));
  }).finally(() => thing.close());

// Name and attempt: a promise that holds if the server answered, and breaks if nothing came of it.
const kWays = {
  fetch: (url) => fetch(url, { mode: 'no-cors' }),
  xhr: (url) =>
    new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.onload = resolve;
      request.onerror = () => reject(new Error('not loaded'));
      request.open('GET', url);
      request.send();
    }),
  websocket: (url) => opened(new WebSocket(url.replace(/^http/, 'ws')), 'onopen'),
  'event-source': (url) => opened(new EventSource(url), 'onopen'),
  beacon: async (url) => {
    if (!navigator.sendBeacon(url)) throw new Error('not sent');
  },
  image: (src) => element('img', { src }, document.body),
  script: (src) => element('script', { src }),
  style: (href) => element('link', { rel: 'stylesheet', href }),
  frame: (src) => element('iframe', { src }, document.body),
  media: (src) =>
    new Promise((resolve, reject) => {
      const audio = Object.assign(new Audio(), { onloadeddata: resolve, onerror: () => reject(new Error('not loaded')), preload: 'auto' });
      audio.src = src;
    }),
  'worker-fetch': (url) => fromWorker('fetch', url),
  'worker-script': (url) => fromWorker('script', url),
};

export const ways = Object.keys(kWays);

class Refused extends Error {}

async function fromWorker(way, url) {
  const place = URL.createObjectURL(new Blob([kWorker], { type: 'text/javascript' }));
  const worker = new Worker(place);
  try {
    await new Promise((resolve, reject) => {
      worker.onerror = () => reject(new Error('no worker'));
      worker.onmessage = ({ data }) => {
        if (data.refused) reject(new Refused(data.refused));
        else if (data.reached) resolve();
        // The refusal is told by an event of its own, which may come after.
        else setTimeout(() => reject(new Error('failed')), kWait / 3);
      };
      worker.postMessage({ way, url });
    });
  } finally {
    worker.terminate();
    URL.revokeObjectURL(place);
  }
}

/** @returns {Promise<{way: string, answer: 'refused'|'reached'|'unclear', directive: string}>} directive: of the policy that refused */
export async function tryToReach(way) {
  const url = new URL(`reach-out-${way}`, target()).href;
  let tell;
  const refusal = new Promise((resolve) => {
    // Each attempt has an address of its own; of a frame some browsers tell the origin alone.
    tell = ({ effectiveDirective, blockedURI, disposition }) => {
      const mine = blockedURI.includes(`reach-out-${way}`) || (way === 'frame' && effectiveDirective.startsWith('frame'));
      if (disposition === 'enforce' && mine) resolve(effectiveDirective);
    };
    document.addEventListener('securitypolicyviolation', tell);
  });
  const refused = (directive) => ({ way, answer: 'refused', directive });
  const attempt = (async () => {
    try {
      await kWays[way](url);
      // Some report success although the request was stopped (a beacon): a refusal told in the meantime counts.
      return { way, answer: 'reached', directive: '' };
    } catch (error) {
      return error instanceof Refused ? refused(error.message) : { way, answer: 'unclear', directive: '' };
    }
  })();
  const late = async (answer) => {
    if (answer.answer === 'refused') return answer;
    return Promise.race([refusal.then(refused), new Promise((resolve) => setTimeout(() => resolve(answer), kWait / 3))]);
  };
  try {
    const slow = new Promise((resolve) => setTimeout(() => resolve({ way, answer: 'unclear', directive: '' }), kWait));
    return await Promise.race([refusal.then(refused), attempt.then(late), slow]);
  } finally {
    document.removeEventListener('securitypolicyviolation', tell);
  }
}
