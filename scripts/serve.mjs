// Serves dist/site on a free port of 127.0.0.1 and prints its address.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const kTypes = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.mjs': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.wasm': 'application/wasm', '.json': 'application/json' };

const kIsolating = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

/**
 * @param {{port?: number, onRequest?: (path: string) => void, isolated?: boolean}} options isolated: pages may share memory
 * @returns {Promise<{address: string, close(): void}>}
 */
export function serve(folder, { port = 0, onRequest = () => {}, isolated = false } = {}) {
  const server = createServer(async (request, response) => {
    try {
      const path = normalize(decodeURIComponent(new URL(request.url, 'http://localhost').pathname));
      onRequest(path);
      if (request.method !== 'GET' && request.method !== 'HEAD') return void response.writeHead(405).end();
      const file = join(folder, path.endsWith(sep) ? join(path, 'index.html') : path);
      const { size } = await stat(file).then((info) => (info.isFile() ? info : Promise.reject(new Error('not a file'))));
      response.writeHead(200, { 'Content-Type': kTypes[extname(file)] ?? 'application/octet-stream', 'Content-Length': size, 'Cache-Control': 'no-cache', ...(isolated && kIsolating) });
      if (request.method === 'HEAD') response.end();
      else createReadStream(file).on('error', () => response.destroy()).pipe(response);
    } catch {
      response.writeHead(404, { 'Content-Type': 'text/plain' }).end('not here');
    }
  });
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(port, '127.0.0.1', () => resolve({
      address: `http://127.0.0.1:${server.address().port}/`,
      close() {
        server.close();
        server.closeAllConnections();
      },
    }));
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { address } = await serve(fileURLToPath(new URL('../dist/site', import.meta.url)), { port: Number(process.env.PORT ?? 0) });
  console.log(`bert-preflight is at ${address}  (Ctrl+C ends it)`);
}
