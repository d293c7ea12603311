// Runs one program of a test step and keeps all it says.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';

/** @returns {Promise<{status: number|null, signal: string|null, output: string}>} stdout and stderr together, also in build/test/<log>.log */
export async function runProgram(command, args, { log, env = {} }) {
  const file = createWriteStream(`build/test/${log}.log`);
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const pieces = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (piece) => {
      pieces.push(piece);
      file.write(piece);
    });
  }
  const [status, signal] = await once(child, 'close');
  file.end();
  return { status, signal, output: Buffer.concat(pieces).toString('utf8') };
}

export const lastLines = (output, count) => output.trimEnd().split('\n').slice(-count).join('\n       ');
