// The sample app's own test records a fixture. Replayed twice it is the same to the byte; checks pass on it, and fail on
// copies with one planted fault each, for that fault alone.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ENVIRONMENT, PROGRAM, run } from '../node/obsview.mjs';
import { note, test } from '../node/tap.mjs';
import { FAULTS, slowVitals } from './fixture_faults.mjs';
import { CHROMIUM } from './stage.mjs';

const APP = fileURLToPath(new URL('../../fixtures/vite-app/', import.meta.url));
const LEAST = '8'; // visits of a route, as the app's test makes them
const SIZES = ['80x24', '200x50'];
// What the test leaves behind: the functions' lines, and requests of all four kinds.
const DOORS = ['emf-stdin', '/metrics/web-vitals', '/errors/report', '/api/send', '/ingest/v1/web/start', '/ingest/v1/web/i'];
const DUMP = 'import sqlite3, sys\nfor line in sqlite3.connect(sys.argv[1]).iterdump(): print(line)';

export async function fixture() {
  const folder = mkdtempSync(join(tmpdir(), 'obsview-fixture-'));
  const scene = {
    folder,
    file: join(folder, 'shop.jsonl'),
    // As a pipeline calls them: what was good once is what is compared with.
    checks: {
      emf: [],
      naming: [],
      logs: [],
      contract: [],
      cardinality: [],
      pii: [],
      vitals: ['--least', LEAST, '--baseline', join(folder, 'vitals.json')],
      errors: ['--baseline', join(folder, 'errors.json')],
    },
  };

  try {
    await test("the app's test passes in Chromium, and all doors are in what it recorded", () => record(scene));
    await test('the recording is verified clean', () => verified(scene));
    await test('a replay gets the answers that the app got', () => expected(scene));
    await test(`two replays leave the same store, reports and frames of all views (${SIZES})`, () => alike(scene));
    await test('each check passes on it', () => passes(scene));
    for (const fault of FAULTS) await test(`planted: ${fault.name}`, () => planted(scene, fault));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function record(scene) {
  const [shop, emulator] = [await freePort(), await freePort()];
  const child = spawn(join(APP, 'node_modules/.bin/playwright'), ['test', '--output', join(scene.folder, 'results')], {
    cwd: APP,
    env: { ...ENVIRONMENT, OBSVIEW: PROGRAM, CHROMIUM, RECORD: scene.file, SHOP_PORT: shop, EMULATOR_PORT: emulator },
  });
  const said = [];

  for (const name of ['stdout', 'stderr']) child[name].on('data', (data) => said.push(data));
  const [code] = await once(child, 'close');

  assert.equal(code, 0, said.join(''));
  assert.match(said.join(''), /obsview: \d+ events are in /);
  assert.doesNotMatch(said.join(''), /obsview: \d+ are not/, 'nothing was left out');
  scene.events = readFileSync(scene.file, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line));
  const seen = new Set(scene.events.slice(1).map(({ source, request }) => request?.path.split('?')[0] ?? source));

  assert.deepEqual([...seen].sort(), [...DOORS].sort());
  assert.match(scene.events[0].redaction, /^[0-9a-f]{8}$/);
}

// Below the ports that the system gives out by itself, so that nobody gets it in between.
async function freePort() {
  for (;;) {
    const port = 20000 + Math.floor(12000 * Math.random());
    const server = createServer();
    const isFree = await new Promise((resolve) => {
      server.on('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
    });

    await new Promise((resolve) => server.close(resolve));
    if (isFree) return String(port);
  }
}

async function verified({ file }) {
  const { code, stdout, stderr } = await run('fixture', 'verify', file);

  assert.equal(code, 0, stdout + stderr);
}

async function expected({ file }) {
  const { code, stdout, stderr } = await run('replay', '--expect', file);

  assert.equal(code, 0, stdout + stderr);
  assert.match(stderr, /[1-9]\d* answers compared, 0 not as expected/);
}

async function alike({ folder, file }) {
  const turns = [];

  for (const turn of ['a', 'b']) {
    const database = join(folder, `${turn}.db`);
    const reports = await shown(file, '--db', database, '--format', 'json');
    const frames = await Promise.all(SIZES.map((size) => shown(file, '--size', size)));
    const store = execFileSync('python3', ['-c', DUMP, database], { maxBuffer: 1 << 28 });

    turns.push(Object.fromEntries([['reports', reports], ...SIZES.map((size, i) => [size, frames[i]]), ['store', store]]));
  }
  for (const [what, first] of Object.entries(turns[0])) {
    assert.ok(first.length > 1000, `${what}: ${first.length} bytes`);
    assert.equal(digest(turns[1][what]), digest(first), what);
  }
}

async function shown(...words) {
  const { code, stdout, stderr } = await run('replay', '--show', 'all', ...words);

  assert.equal(code, 0, stderr);
  return stdout;
}

function digest(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

// On a machine that is busy enough the app really is slow. What is measured here is whether the check says so, and no
// more: p75 is computed beside it.
async function passes(scene) {
  for (const name of ['vitals', 'errors']) {
    const { code, stdout, stderr } = await run('check', name, ...(name === 'vitals' ? ['--least', LEAST] : []), '--save', scene.checks[name].at(-1), scene.file);

    assert.ok(code === 0 || (name === 'vitals' && code === 1), `${name} --save: ${stdout}${stderr}`);
  }
  scene.slow = slowVitals(scene.events);
  if (scene.slow.length > 0) note(`this machine was slow: ${scene.slow}`);
  await judge(scene, scene.file, {});
}

async function planted(scene, { plant, tells }) {
  const events = structuredClone(scene.events);
  const file = join(scene.folder, 'planted.jsonl');
  const place = plant(events);
  const lines = Array.isArray(place) ? place : [place];

  writeFileSync(file, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  await judge({ ...scene, slow: slowVitals(events) }, file, tells(...lines.map((index) => `${file}:${index + 1}`)));
}

// Each check finds what it should, by rule and place, and nothing else.
async function judge({ checks, slow }, file, wanted) {
  await Promise.all(
    Object.entries(checks).map(async ([name, options]) => {
      const { code, stdout, stderr } = await run('check', name, ...options, '--format', 'json', file);
      const expectations = [...(wanted[name] ?? []), ...(name === 'vitals' ? slow.map((subject) => ['vitals.p75', subject]) : [])];

      assert.ok(stdout.startsWith('{'), `${name}: ${stderr}`);
      const found = JSON.parse(stdout).findings.filter(({ level }) => level !== 'ok');

      assert.deepEqual(found.map(({ rule }) => rule).sort(), expectations.map(([rule]) => rule).sort(), `${name}: ${JSON.stringify(found)}`);
      for (const [rule, place] of expectations) {
        assert.ok(found.some((one) => one.rule === rule && `${one.subject} ${one.evidence}`.includes(place)), `${rule} at ${place}: ${JSON.stringify(found)}`);
      }
      assert.equal(code, expectations.length > 0 ? 1 : 0, name);
    }),
  );
}
