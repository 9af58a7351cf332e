// What the libraries write is never a finding, as a function prints it or as an emulator takes it in.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { PROGRAM } from '../../node/obsview.mjs';
import { note, test } from '../../node/tap.mjs';

const DOCUMENTS = fileURLToPath(new URL('documents.mjs', import.meta.url));
const ROUNDS = 40;
const REQUEST = '2f1c9a52-6f0e-4d5a-9d0c-0a4f1e9b7c11';

export async function lint() {
  for (const library of ['aws-embedded-metrics', 'powertools']) {
    await test(`check emf finds nothing in what ${library} writes`, () => assertClean(library, written(library)));
    await test(`check emf finds nothing in it behind Lambda's prefix`, () =>
      assertClean(library, written(library).map((line) => `${new Date().toISOString()}\t${REQUEST}\tINFO\t${line}`)));
    await test(`check emf finds each of ${library}'s documents that a logger wrapped`, () => assertWrapped(written(library)));
  }
}

function written(library) {
  const { stdout, status } = spawnSync(process.execPath, [DOCUMENTS, library, String(ROUNDS)], {
    env: { PATH: process.env.PATH, AWS_EMF_ENVIRONMENT: 'Local', AWS_EMF_SERVICE_NAME: 'shop', AWS_EMF_LOG_GROUP_NAME: '/shop' },
    encoding: 'utf8', maxBuffer: 2 ** 28,
  });

  assert.equal(status, 0);
  return stdout.split('\n').filter((line) => line.includes('"_aws"'));
}

function check(lines) {
  const { stdout, status } = spawnSync(PROGRAM, ['check', 'emf', '-', '--format', 'json'], { input: lines.join('\n'), encoding: 'utf8', maxBuffer: 2 ** 28 });

  return { status, ...JSON.parse(stdout) };
}

function assertClean(library, lines) {
  const { status, findings, notes } = check(lines);

  assert.deepEqual(findings.filter(({ level }) => level !== 'ok'), []);
  assert.equal(status, 0);
  assert.ok(lines.length >= 10 * ROUNDS, `${lines.length} documents`);
  assert.equal(findings[0].evidence, `${lines.length} of ${lines.length} documents are whole`);
  note(`${library}: ${notes[0]}`);
}

function assertWrapped(lines) {
  const { status, findings } = check(lines.map((line) => JSON.stringify({ level: 'INFO', message: line })));

  assert.equal(status, 1);
  assert.deepEqual(findings.filter(({ level }) => level !== 'ok').map(({ rule, subject }) => [rule, subject]), [['emf.document-inside-text', '/message']]);
  assert.match(findings[0].evidence, new RegExp(`\\(${lines.length} times`));
  assert.deepEqual(findings[0].corrected, JSON.parse(lines[0]), 'what is corrected is what the library wrote');
}
