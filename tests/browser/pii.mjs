// A day of personal data: a form full of it is recorded as the tracker does it, and as the rules say; nobody tells what it was.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { logs } from '../node/deps.mjs';
import { test, until } from '../node/tap.mjs';
import { flushed, openReplay } from './replay_stage.mjs';
import { appears, capture, withScreen } from './terminal.mjs';

const TABLES = fileURLToPath(new URL('tables.py', import.meta.url));
// What leaves the browser in page text, of all that is typed.
const DAYS = [
  { tracker: 19, masking: 'defaults', leaks: ['phone', 'ssn'] },
  { tracker: 19, masking: 'masked', leaks: [] },
  { tracker: 17, masking: 'defaults', leaks: ['email', 'phone', 'ssn'] }, // knows e-mails by short top-level domains alone
  { tracker: 17, masking: 'masked', leaks: [] },
];

const SCREENS = ['overview', 'intake', 'logs', 'sessions', 'privacy'];

// Fictional, all of it.
const TYPED = {
  name: 'Wilhelmina Quintrell',
  email: 'w.quintrell@leaky.example',
  phone: '(212) 555-0187',
  ssn: '219-09-9999',
  password: 'Zanz1bar-0f-Glass',
  note: 'ring +44 20 7946 0958, file 078-05-1120',
};
const PLANTED = [...Object.values(TYPED), '+44 20 7946 0958', '078-05-1120'];
const PARTS = ['Quintrell', 'quintrell', 'leaky', '555-0187', '9-09-9999', 'Zanz1bar', '7946 0958', '8-05-1120'];
// As they stand, in addresses, in XML, without what groups digits, and in part.
const FORMS = [...new Set([...PLANTED.flatMap((value) => [value, encodeURIComponent(value), value.replaceAll('@', '&#64;'), digitsOf(value) ?? value]), ...PARTS])];

export async function pii({ browser }) {
  for (const { tracker, masking, leaks } of DAYS) {
    const stage = await openReplay({ browser, tracker, masking });
    const day = { stage, tracker, leaks, said: {} };
    const isClean = leaks.length === 0;

    try {
      await test(`a form, tracker ${tracker}, ${masking}: check pii ${isClean ? 'ends with 0' : `tells ${leaks} and ends with 1`}`, () => judged(day));
      await test(`a form, tracker ${tracker}, ${masking}: the recording has ${isClean ? 'none of it' : 'what was found, and no more'}`, () => recorded(day));
      await test(`a form, tracker ${tracker}, ${masking}: no planted value is in what was said, shown, reported or kept beside it`, () => silent(day));
    } finally {
      await stage.close();
    }
  }
}

async function judged({ stage, leaks, said }) {
  await fillIn(stage);
  await until('the search to end', async () => {
    const { privacy } = await (await fetch(`${stage.emulator.url}/_obsview/health`)).json();

    return privacy.batches > 0 && !privacy.isSearching;
  });
  const { code, stdout, stderr } = await stage.obsview('check', 'pii', '--format', 'json');

  assert.ok(stdout.startsWith('{'), stderr);
  const { findings } = JSON.parse(stdout);
  const found = findings.filter(({ level }) => level !== 'ok').map(({ kind, field, record }) => `${kind} in ${record}.${field}`);

  said.check = stdout + stderr;
  assert.deepEqual(found.sort(), leaks.map((kind) => `${kind} in SetNodeData.data`));
  assert.equal(code, leaks.length > 0 ? 1 : 0);
}

async function fillIn(stage) {
  const page = await stage.open('/account');

  for (const [field, value] of Object.entries(TYPED)) await page.fill(`#${field}`, value);
  await page.click('#save');
  await page.waitForSelector('#saved');
  await page.click('text=Pricing');
  await flushed(stage, page);
  await until('the form in the story', async () => {
    const [{ session }] = await stage.sessions();
    const told = await stage.story(session);

    return told.some(({ kind, text }) => kind === 'page' && text.includes('/pricing')) && told.some(({ kind, text }) => kind === 'input' && text.includes('#note'));
  });
  await page.close();
}

// What the check told is what is there.
async function recorded({ stage, leaks }) {
  const [{ session }] = await stage.sessions();
  const folder = join(stage.folder, 'export');

  await stage.obsview('sessions', 'export', session, '--output', `${folder}/`);
  const files = readdirSync(join(folder, session));
  const full = readFileSync(join(folder, session, 'obsview.full'), 'latin1');
  const inTable = tables(stage, PLANTED).recording_body;

  assert.ok(files.length >= 2, `${files}`);
  for (const [i, value] of PLANTED.entries()) {
    const isThere = leaks.some((field) => TYPED[field] === value);

    assert.equal(full.includes(value), isThere, `planted value ${i} in the export`);
    assert.equal(inTable.includes(i), isThere, `planted value ${i} in the table`);
  }
}

async function silent({ stage, tracker, said }) {
  const { emulator, vite } = stage;
  const [{ session }] = await stage.sessions();
  const events = await fetch(`${emulator.url}/_obsview/events?since=0&limit=4096&body=1`);

  for (const format of ['text', 'junit', 'github']) said[`check as ${format}`] = await spoken(stage, 'check', 'pii', '--format', format);
  for (const format of ['text', 'json']) {
    said[`sessions ls as ${format}`] = await spoken(stage, 'sessions', 'ls', '--format', format);
    said[`sessions show as ${format}`] = await spoken(stage, 'sessions', 'show', session, '--format', format);
  }
  if (tracker === DAYS[0].tracker) await lookAround(stage, said);
  said['log lines'] = await logLines(emulator);
  said.intake = await events.text();
  said.emulator = JSON.stringify(emulator.lines);
  said.vite = vite.said.join('\n');

  // What is looked at is there to be looked at.
  for (const [where, text] of Object.entries(said)) {
    if (where !== 'vite') assert.ok(text.length > 20, `${where} is empty`);
    assert.deepEqual(FORMS.flatMap((form, i) => (text.includes(form) ? [i] : [])), [], `forms of planted values, ${where}`);
  }
  for (const [table, found] of Object.entries(tables(stage, FORMS))) {
    if (table !== 'recording_body') assert.deepEqual(found, [], `forms of planted values, table ${table}`);
  }
}

// All reports, and screens of what has to do with it.
async function lookAround(stage, said) {
  const views = await stage.views();

  for (const format of ['text', 'json', 'csv']) {
    await Promise.all(views.map(async (view) => (said[`report ${view} as ${format}`] = await spoken(stage, 'report', view, '--format', format))));
  }
  for (const view of SCREENS.filter((view) => views.includes(view))) said[`screen ${view}`] = await seen(stage.emulator, view);
}

async function spoken(stage, ...words) {
  const { stdout, stderr } = await stage.obsview(...words);

  return stdout + stderr;
}

async function seen(emulator, view) {
  let screen;

  await withScreen(emulator, view, async () => {
    await appears('the view', /\d\d:\d\d/);
    screen = capture();
  });
  return screen;
}

// All lines of all groups.
async function logLines({ logs: client }) {
  const { logGroups } = await client.send(new logs.DescribeLogGroupsCommand({}));
  const lines = [];

  for (const { logGroupName } of logGroups) {
    const { events } = await client.send(new logs.FilterLogEventsCommand({ logGroupName }));

    lines.push(...events.map(({ message }) => message));
  }
  assert.ok(logGroups.length > 0);
  return lines.join('\n');
}

function tables({ database }, texts) {
  return JSON.parse(execFileSync('python3', [TABLES, database], { input: JSON.stringify(texts), encoding: 'utf8' }));
}

function digitsOf(value) {
  const digits = value.replaceAll(/\D/g, '');

  return digits.length >= 9 ? digits : undefined;
}
