// The command line. Exit codes: 0 judged, nothing found; 1 judged, something found; 2 could not judge.
import { visible } from '../engine/escape.js';
import { helpText, readArguments } from './arguments.js';
import { runCommand } from './commands.js';
import { version } from './version.js';

async function main(argv) {
  try {
    const asked = readArguments(argv);
    if (asked.help) process.stdout.write(helpText(asked.command));
    else if (asked.version) process.stdout.write(`${await version()}\n`);
    else return await runCommand(asked);
    return 0;
  } catch (error) {
    process.stderr.write(`bert-preflight: ${visible(error?.message ?? error, { limit: 400 })}\n`);
    return 2;
  }
}

// A reader that stops early (head) is no fault; where the pipe is a socket it is reset.
process.stdout.on('error', (error) => {
  if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') throw error;
});
process.exitCode = await main(process.argv.slice(2));
