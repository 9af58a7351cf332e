// Brings what the tests import and the pages they open: packages by lock file, the sample app built.
// SPDX-License-Identifier: MIT
//
// Does only what is missing or older than its source, so that a second run starts at once.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const TESTS = fileURLToPath(new URL('.', import.meta.url));
const APP = fileURLToPath(new URL('../../fixtures/vite-app/', import.meta.url));

export function prepare({ withApp = false } = {}) {
  install(TESTS);
  if (!withApp) return;
  install(APP);
  build('dist', ['build']);
  for (const mode of ['vitals3', 'obsview']) build(`dist-${mode}`, ['build', '--mode', mode, '--outDir', `dist-${mode}`]);
}

function install(folder) {
  const isFresh = newest(`${folder}node_modules/.package-lock.json`) >= newest(`${folder}package-lock.json`);

  if (!isFresh) run(folder, 'npm', ['ci', '--no-audit', '--no-fund']);
}

function build(out, args) {
  const sources = ['src', 'index.html', '.env', 'vite.config.ts', 'package-lock.json'];
  const isFresh = newest(`${APP}${out}/index.html`) >= Math.max(...sources.map((name) => newest(APP + name)));

  if (!isFresh) run(APP, 'node_modules/.bin/vite', [...args, '--logLevel', 'warn']);
}

// When the newest file under a path was written; 0 when there is none.
function newest(path) {
  if (!existsSync(path)) return 0;
  const { mtimeMs } = statSync(path);

  if (!statSync(path).isDirectory()) return mtimeMs;
  return Math.max(mtimeMs, ...readdirSync(path).map((name) => newest(`${path}/${name}`)));
}

// What the tools print belongs to the log, not to the test protocol.
function run(folder, command, args) {
  execFileSync(command, args, { cwd: folder, stdio: ['ignore', 2, 2] });
}
