// CMake and ninja, quiet unless something is wrong.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

function run(command, args, env = {}) {
  const result = spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, ...env }, maxBuffer: 1 << 28 });
  if (result.status === 0) return;
  throw new Error(`${command} ${args.join(' ')}\n${result.stdout ?? ''}${result.stderr ?? ''}${result.error?.message ?? ''}`.trimEnd());
}

/**
 * Configures build/<preset> once; ninja does it again by itself when a CMake file changes. A current emsdk is used if it is active.
 * Warnings are errors in the build that every test run makes, with sanitizers.
 */
export function configure(preset) {
  if (existsSync(`build/${preset}/build.ninja`)) return;
  const set = preset === 'asan' ? ['-DBP_WERROR=ON'] : [];
  if (preset === 'wasm' && process.env.EMSDK) run('emcmake', ['cmake', '-G', 'Ninja', '-S', '.', '-B', 'build/wasm', ...set]);
  else run('cmake', ['--preset', preset, ...set]);
}

// Debian's Emscripten finds its JavaScript parser through NODE_PATH.
export function ninja(preset, targets = []) {
  const debian = preset === 'wasm' && !process.env.EMSDK;
  run('ninja', ['--quiet', '-C', `build/${preset}`, ...targets], debian ? { NODE_PATH: '/usr/share/nodejs' } : {});
}
