// Traffic full of planted secrets, by every door: whether it is redacted on its way into the recording or afterwards,
// nothing of them is left in it, in whatever form, and what belonged together still does.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { run, startEmulator } from '../node/obsview.mjs';
import { test, until } from '../node/tap.mjs';
import { batchOfAll, TEXTS } from './openreplay_batch.mjs';

const START = '2026-11-24T10:00:00.000Z';
const SESSION = '0d2c6c2e-8a52-4d1c-9a53-0a1f5d0c3b11';
const WEBSITE = '5b3a7c1e-90d4-4f6b-8a2e-c0de5401b0a7';
const AGENT = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36';

// Fictional, all of it. Cut in two where a scanner of this repository would take it for a real one.
const PLANTED = {
  mail: 'ada.lovelace@corp.io',
  phone: '(415) 555-0132',
  ssn: '219-09-9999',
  card: '4111 1111 1111 1111',
  key: `AKIA${'IOSFODNN7ABCDEFG'}`,
  bearer: 'Zt8Kq0vW3xYb7Lm2Rn5Ps9Td',
  jwt: `eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.${'eyJzdWIiOiIxMjM0NTY3ODkwIn0'}.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U`,
  ip: '81.2.69.142',
  ip6: '2a02:c7c:5b41:9a00:1c2d:3e4f:5a6b:7c8d',
  account: '123412341234',
  secret: `wJalrXUtnFEMIK7M${'DENGbPxRfiCYzz9Kq1Lm2No3'}`,
};
// In places of their own, found by the name beside them.
const BESIDE = { cookie: 'sid-5f0e77aa51', apiKey: 'kq0-vW3x-Yb7L', password: 'Zanz1bar-0f-Glass', token: 'tok9-99lo-ngen' };
const BASIC = `Basic ${Buffer.from(`ada:${BESIDE.password}`).toString('base64')}`;
const SENTENCE = sentence(PLANTED);
const CODE = `/* ${PLANTED.mail} ${PLANTED.ip} */ a { background: url(https://shop.example/?token=${BESIDE.token}&q=${PLANTED.jwt}&id=${PLANTED.key}) }`;
const COMPACT = { card: digits(PLANTED.card), mailInCapitals: PLANTED.mail.toUpperCase() };

function sentence({ mail, phone, ssn, card, key, bearer, jwt, ip, ip6, account, secret }) {
  return (
    `mail ${mail}; phone ${phone}; ssn ${ssn}; card ${card}; key ${key}; Authorization: Bearer ${bearer}; jwt ${jwt}; ip ${ip}; ` +
    `ip6 ${ip6}; arn:aws:iam::${account}:role/x; aws_secret_access_key=${secret}; end`
  );
}
const TOLD =
  /mail (?<mail>.*?); phone (?<phone>.*?); ssn (?<ssn>.*?); card (?<card>.*?); key (?<key>.*?); Authorization: Bearer (?<bearer>.*?); jwt (?<jwt>.*?); ip (?<ip>.*?); ip6 (?<ip6>.*?); arn:aws:iam::(?<account>.*?):role\/x; aws_secret_access_key=(?<secret>.*?); end/g;

export async function secrets() {
  const scene = { folder: mkdtempSync(join(tmpdir(), 'obsview-secrets-')) };

  scene.key = join(scene.folder, 'key');
  writeFileSync(scene.key, randomBytes(32));
  try {
    await test('planted secrets come in by all doors, recorded as they are and redacted', () => record(scene));
    await test('what was recorded as it is has them, and is not verified', () => isThere(scene));
    await test('redacted afterwards it is what was redacted on the way in', () => redactedAfterwards(scene));
    await test('it is verified clean, and redacting it again changes nothing', () => isClean(scene));
    await test('none of them is left, in whatever form', () => isGone(scene));
    await test('each has one pseudonym, the same by all doors', () => isJoined(scene));
    await test('checks tell the same kinds of both', () => isTold(scene));
    await test('a replay ties together what was tied together', () => isTied(scene));
    await test('a server to which it is sent tells the same of the session', () => isFollowed(scene));
  } finally {
    rmSync(scene.folder, { recursive: true, force: true });
  }
}

/* --- recording ---------------------------------------------------------------------------------------------------- */

async function record(scene) {
  scene.plain = await recorded(scene, 'plain', '--no-redact');
  scene.redacted = await recorded(scene, 'redacted', '--redaction-key', scene.key);
  assert.equal(scene.plain.counts.written, scene.redacted.counts.written);
}

async function recorded({ folder }, name, ...options) {
  const file = join(folder, `${name}.jsonl`);
  const emulator = await startEmulator({ args: ['--record', file, '--clock', START, '--emf-stdin', ...options], stdin: 'pipe' });

  try {
    const { sent, recording } = await send(emulator);
    const health = async () => (await (await fetch(`${emulator.url}/_obsview/health`)).json()).recording;

    await until('all that was sent to be recorded', async () => {
      const { written, dropped, refused } = await health();

      return written + dropped + refused >= sent;
    });
    const counts = await health();

    assert.deepEqual(counts, { written: sent, dropped: 0, refused: 0, reason: '' });
    return { file, counts, links: await linksOf(emulator), doors: await doorsOf(emulator), recording };
  } finally {
    await emulator.stop();
  }
}

async function send(emulator) {
  const tracked = [
    ['/metrics/web-vitals', vitals()],
    ['/metrics/web-vitals', gzipSync(JSON.stringify(vitals())), { 'content-encoding': 'gzip' }],
    ['/errors/report', error()],
    [`/api/send?token=${BESIDE.token}`, hit('identify', { id: PLANTED.mail, data: { sessionId: SESSION, said: SENTENCE } })],
    ['/api/send', hit('event', { name: 'order', data: { ...BESIDE, ...COMPACT, cookie: `sid=${BESIDE.cookie}`, account: Number(PLANTED.account) } })],
    ['/api/batch', [hit('event', { url: `/?${new URLSearchParams({ q: SENTENCE })}` })]],
  ];
  const lines = [logLine(), document()];

  for (const [path, body, headers] of tracked) await post(emulator, path, body, headers);
  const recording = await replay(emulator);
  const socket = connect(Number(emulator.emf.split(':')[1]), '127.0.0.1');

  socket.end(`${lines.join('\n')}\n`);
  await once(socket, 'close');
  for (const line of lines) emulator.child.stdin.write(`${line}\n`);
  return { sent: tracked.length + 2 + 2 * lines.length, recording };
}

// Each also has what headers may give away.
async function post(emulator, path, body, headers) {
  const answer = await fetch(emulator.url + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'user-agent': AGENT,
      'x-forwarded-for': PLANTED.ip,
      cookie: `sid=${BESIDE.cookie}`,
      authorization: `Bearer ${PLANTED.bearer}`,
      'x-api-key': BESIDE.apiKey,
      'x-csrf-token': BESIDE.token,
      'x-told': SENTENCE,
      referer: `https://shop.example/?q=${encodeURIComponent(SENTENCE)}`,
      ...headers,
    },
    body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
  });
  const said = await answer.text();

  assert.equal(answer.status, 200, `${path}: ${said}`);
  return said;
}

async function replay(emulator) {
  const { token, sessionID } = JSON.parse(
    await post(emulator, '/ingest/v1/web/start', { projectKey: 'shop', trackerVersion: '19.0.1', timestamp: Date.parse(START), userID: PLANTED.mail }),
  );
  const batch = batchOfAll({ said: SENTENCE, code: CODE }, { sessionId: SESSION }, Date.parse(START));

  await post(emulator, '/ingest/v1/web/i', batch, { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' });
  return sessionID;
}

function vitals() {
  const metric = { name: 'LCP', value: 1200, rating: 'good', url: `https://shop.example/?q=${encodeURIComponent(SENTENCE)}`, timestamp: START };

  return { metrics: [{ ...metric, attribution: { element: SENTENCE, ...COMPACT } }], sessionId: SESSION, userAgent: AGENT };
}

function error() {
  const query = new URLSearchParams({ said: SENTENCE });

  return {
    error: { message: SENTENCE, type: 'TypeError', stack: `TypeError: ${SENTENCE}\n    at pay (https://shop.example/pay.js?${query}:1:1)\n${PLANTED.ip}` },
    context: { url: `https://shop.example/?${query}`, userAgent: AGENT, timestamp: START, sessionId: SESSION },
  };
}

function hit(type, payload) {
  return { type, payload: { website: WEBSITE, hostname: 'shop.example', url: '/', screen: '1x1', language: 'en', title: 'Shop', ...payload } };
}

// JSON in JSON in JSON, as what a function logs that was called by another.
function logLine() {
  const event = JSON.stringify({ body: JSON.stringify({ said: SENTENCE, ...BESIDE, cookie: `sid=${BESIDE.cookie}; theme=dark`, authorization: BASIC }), accountId: Number(PLANTED.account) });

  return JSON.stringify({ timestamp: START, level: 'INFO', message: SENTENCE, functionName: 'shop', requestId: SESSION, context: { event } });
}

function document() {
  const directive = { Namespace: 'UserMetrics/Lambda', Dimensions: [['functionName']], Metrics: [{ Name: 'Orders', Unit: 'Count' }] };

  return JSON.stringify({ _aws: { Timestamp: Date.parse(START), CloudWatchMetrics: [directive] }, functionName: 'shop', Orders: 1, said: SENTENCE });
}

/* --- what is in the file ------------------------------------------------------------------------------------------ */

async function isThere({ plain }) {
  const { code, stdout } = await run('fixture', 'verify', plain.file, '--format', 'json');
  const found = new Set(JSON.parse(stdout).findings.map(({ evidence }) => evidence));
  const all = forms(readFileSync(plain.file, 'utf8'));

  assert.equal(code, 1);
  for (const kind of ['email', 'phone', 'ssn', 'card', 'aws-key', 'bearer', 'jwt', 'ip', 'account-id', 'secret']) assert.ok(found.has(kind), kind);
  for (const [name, value] of Object.entries(planted())) {
    assert.ok(all.some((form) => form.includes(value)), name);
  }
}

async function redactedAfterwards({ folder, key, plain, redacted }) {
  const file = join(folder, 'afterwards.jsonl.gz');
  const { code, stderr } = await run('fixture', 'redact', plain.file, file, '--redaction-key', key);
  const lines = (bytes) => bytes.toString().replaceAll(/"took":\d+,/g, '').split('\n');

  assert.equal(code, 0, stderr);
  assert.deepEqual(lines(gunzipSync(readFileSync(file))), lines(readFileSync(redacted.file)));
}

async function isClean({ folder, key, redacted }) {
  const again = join(folder, 'again.jsonl');
  const verify = await run('fixture', 'verify', redacted.file);
  const redact = await run('fixture', 'redact', redacted.file, again, '--redaction-key', key);

  assert.equal(verify.code, 0, verify.stdout);
  assert.equal(redact.code, 0, redact.stderr);
  assert.equal(readFileSync(again, 'utf8'), readFileSync(redacted.file, 'utf8'));
}

function isGone({ redacted }) {
  const all = forms(readFileSync(redacted.file, 'utf8')).map((form) => form.toLowerCase());

  assert.ok(all.length > 100, `${all.length} forms`);
  for (const [name, value] of Object.entries(planted())) {
    const left = all.filter((form) => form.includes(value.toLowerCase()));

    assert.deepEqual(left.map((form) => form.slice(0, 200)), [], name);
  }
  for (const name of ['phone', 'ssn', 'card']) assert.ok(!all.some((form) => form.includes(digits(PLANTED[name]))), `digits of ${name}`);
}

function planted() {
  return { ...PLANTED, ...BESIDE, ...COMPACT, basic: BASIC };
}

// All that a text may mean: itself, its JSON strings (which may be JSON), percent-encoded, forms, base64, gzip; each once.
function forms(whole) {
  const seen = new Set();
  const look = (text) => {
    if (seen.has(text)) return;
    seen.add(text);
    for (const read of [decodeURIComponent, (form) => decodeURIComponent(form.replaceAll('+', ' ')), unpacked]) attempt(() => look(read(text)));
    attempt(() => walk(JSON.parse(text)));
  };
  const walk = (value) => {
    if (typeof value === 'string') look(value);
    else if (typeof value === 'object' && value !== null) Object.entries(value).forEach(([name, member]) => (walk(name), walk(member)));
  };

  for (const line of whole.split('\n')) look(line);
  return [...seen];
}

function unpacked(text) {
  const bytes = Buffer.from(text, 'base64');

  if (!/^[\w+/-]{16,}=*$/.test(text)) throw new Error('no base64');
  return (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('latin1');
}

function attempt(act) {
  try {
    act();
  } catch {
    // it has no such form
  }
}

function isJoined(scene) {
  const all = forms(readFileSync(scene.redacted.file, 'utf8'));
  const told = all.flatMap((form) => [...form.matchAll(TOLD)].map(({ groups }) => ({ ...groups })));
  const lines = readFileSync(scene.redacted.file, 'utf8').trimEnd().split('\n').slice(1).map((line) => JSON.parse(line));
  const bodies = lines.map(({ request }) => (typeof request?.body === 'string' ? attemptJson(request.body) : request?.body));
  const identified = bodies.find((body) => body?.type === 'identify');
  const started = bodies.find((body) => body?.projectKey !== undefined);

  assert.ok(told.length > TEXTS, `${told.length} sentences`);
  for (const one of told) assert.deepEqual(one, told[0]);
  assert.equal(new Set(Object.values(told[0])).size, Object.keys(PLANTED).length, 'no two values have one pseudonym');
  [scene.pseudonyms] = told;
  assert.equal(identified.payload.id, told[0].mail);
  assert.equal(started.userID, told[0].mail);
  for (const { request } of lines.filter(({ source }) => source === 'http')) assert.equal(request.headers['x-forwarded-for'], told[0].ip);
}

// A pseudonym hides the value, and not that there was one.
async function isTold({ plain, redacted }) {
  for (const check of ['pii', 'logs']) {
    const [before, after] = await Promise.all([plain, redacted].map(({ file }) => kindsOf(check, file)));

    assert.ok(before.length >= 7, `${before}`);
    assert.deepEqual(after, before, check);
  }
}

async function kindsOf(check, file) {
  const { code, stdout, stderr } = await run('check', check, '--severity', 'low', '--format', 'json', file);

  assert.equal(code, 1, stderr);
  return [...new Set(JSON.parse(stdout).findings.map(({ rule }) => rule).filter((rule) => rule.includes('pii')))].sort();
}

function attemptJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function digits(value) {
  return value.replaceAll(/\D/g, '');
}

/* --- what belongs together ---------------------------------------------------------------------------------------- */

async function linksOf({ url }) {
  const answer = await fetch(`${url}/_obsview/links?kind=app-session&id=${SESSION}&hops=3`);

  return (await answer.json()).links.map(({ kind, id }) => ({ kind, id }));
}

// The doors that `why` finds the session behind, and what it is linked to.
async function doorsOf({ url }) {
  const { code, stdout, stderr } = await run('why', SESSION, '--format', 'json', '--endpoint-url', url);

  assert.equal(code, 0, stderr);
  return [...new Set(JSON.parse(stdout).steps.map(({ door }) => door))].sort();
}

async function isTied({ folder, plain, redacted, pseudonyms }) {
  const database = join(folder, 'replayed.db');
  const { code, stdout, stderr } = await run('replay', '--expect', redacted.file, '--db', database);

  assert.equal(code, 0, stdout + stderr);
  const emulator = await startEmulator({ args: ['--db', database, '--clock', START] });

  try {
    const links = await linksOf(emulator);
    const kinds = (list) => list.map(({ kind }) => kind).sort();
    const one = (list, wanted) => list.filter(({ kind }) => kind === wanted).map(({ id }) => id);

    assert.ok(['visitor', 'recording', 'error', 'umami-session'].every((kind) => kinds(plain.links).includes(kind)), `${kinds(plain.links)}`);
    assert.deepEqual(kinds(links), kinds(plain.links));
    assert.deepEqual(one(plain.links, 'visitor'), [PLANTED.mail]);
    assert.deepEqual(one(links, 'visitor'), [pseudonyms.mail]);
    assert.deepEqual(one(links, 'recording'), [redacted.recording]);
  } finally {
    await emulator.stop();
  }
}

// Sent to a server it is followed through the same doors.
async function isFollowed({ plain, redacted }) {
  const emulator = await startEmulator();

  try {
    const { code, stdout, stderr } = await run('replay', '--to', emulator.url, '--expect', redacted.file);

    assert.equal(code, 0, stdout + stderr);
    assert.ok(plain.doors.length > 3, `${plain.doors}`);
    await until(`the doors ${plain.doors}`, async () => `${await doorsOf(emulator)}` === `${plain.doors}`);
  } finally {
    await emulator.stop();
  }
}
