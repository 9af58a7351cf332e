// Brings what the tests import and the pages they open: packages by lock file, the sample app built.
// SPDX-License-Identifier: MIT
//
// Does only what is missing or older than its source, so that a second run starts at once.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const TESTS = fileURLToPath(new URL('.', import.meta.url));
const APP = fileURLToPath(new URL('../../fixtures/vite-app/', import.meta.url));
const RECIPES = fileURLToPath(new URL('../../fixtures/vitest-app/', import.meta.url));

export function prepare({ withApp = false, withRecipes = false } = {}) {
  install(TESTS);
  if (withRecipes) install(RECIPES);
  if (!withApp) return;
  install(APP);
  build('dist', ['build']);
  for (const mode of ['vitals3', 'obsview']) build(`dist-${mode}`, ['build', '--mode', mode, '--outDir', `dist-${mode}`]);
}

// The only tracker of Umami's own that npm holds: that of 2.10, as source that a browser runs as it is. Its package is
// the whole of Umami, so one file is taken out of it and its dependencies stay where they are.
const PUBLISHED = {
  name: 'umami@2.10.0',
  integrity: '+lmrnV0751R6U2rkIgVAlE1nWI7yZawlMlJDguW9tlFacCKhnGeCyc7tCMIhNNYIiGIQy4DEX5IzJhm4b3+dPA==',
  member: 'package/src/tracker/index.js',
};

export function publishedTracker() {
  const folder = `${TESTS}node_modules/.umami`;
  const file = join(folder, 'tracker-2.10.0.js');

  if (existsSync(file)) return file;
  const work = mkdtempSync(join(tmpdir(), 'obsview-umami-'));
  try {
    run(work, 'npm', ['pack', PUBLISHED.name, '--loglevel=error']);
    const archive = join(work, readdirSync(work)[0]);
    const sum = createHash('sha512').update(readFileSync(archive)).digest('base64');

    if (sum !== PUBLISHED.integrity) throw new Error(`${PUBLISHED.name} is not what it was: sha512 ${sum}`);
    run(work, 'tar', ['xzf', archive, PUBLISHED.member]);
    mkdirSync(folder, { recursive: true });
    copyFileSync(join(work, PUBLISHED.member), `${file}.tmp`);
    renameSync(`${file}.tmp`, file);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return file;
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
