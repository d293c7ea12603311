// A Python environment of a test's own, with pinned packages from PyPI (some gigabytes): made where BERT_PREFLIGHT_PYTHON_ENVS asks
// for it, and used again where it stands. A test that has none is skipped with the reason.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const kInstallTime = 8 * 60 * 1000;

function run(command, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28, ...options });
  return { good: status === 0, stdout: stdout ?? '', why: error?.message ?? (stderr ?? '').trim().split('\n').at(-1) };
}

/**
 * BERT_PREFLIGHT_PYTHON_ENVS names a folder in which environments are made.
 * @param {string} name
 * @param {string[]} requirements  as pip takes them
 * @returns {{python: string}|{why: string}}
 */
export function pythonEnv(name, requirements) {
  const asked = process.env.BERT_PREFLIGHT_PYTHON_ENVS;
  const key = createHash('sha256').update(requirements.join('\n')).digest('hex').slice(0, 12);
  const root = asked ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'bert-preflight');
  const place = join(root, `${name}-${key}`), python = join(place, 'bin/python');
  if (existsSync(join(place, 'complete'))) return { python };
  if (!asked) return { why: `set BERT_PREFLIGHT_PYTHON_ENVS to a folder, in which ${name} is then installed` };
  const found = run('python3', ['-c', 'import sys, venv; print(sys.version_info[:2] in [(3, 9), (3, 10), (3, 11)])']);
  if (!found.good) return { why: `there is no python3 with venv: ${found.why}` };
  if (found.stdout.trim() !== 'True') return { why: 'python3 is not 3.9, 3.10 or 3.11, for which these packages are made' };
  rmSync(place, { recursive: true, force: true });
  mkdirSync(root, { recursive: true });
  const made = run('python3', ['-m', 'venv', place]);
  if (!made.good) return { why: `python3 -m venv failed: ${made.why}` };
  const installed = run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...requirements], { timeout: kInstallTime });
  if (!installed.good) {
    rmSync(place, { recursive: true, force: true });
    return { why: `pip install ${requirements.join(' ')} failed: ${installed.why}` };
  }
  mkdirSync(join(place, 'making'));
  renameSync(join(place, 'making'), join(place, 'complete'));
  return { python };
}

/** What a script prints, as JSON. */
export function pythonJson(python, script, args) {
  const { good, stdout, why } = run(python, [script, ...args], { env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3', HF_HUB_OFFLINE: '1', TRANSFORMERS_OFFLINE: '1', CUDA_VISIBLE_DEVICES: '' } });
  if (!good) throw new Error(`${script}: ${why}`);
  return JSON.parse(stdout.trim().split('\n').at(-1));
}
