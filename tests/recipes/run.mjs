// Tries the recipes of the README as their readers would: the workflow in a runner, the Vitest example in Vitest, each also
// with a fault planted, which has to be found for the right reason.
// SPDX-License-Identifier: MIT
//
//   OBSVIEW=build/obsview node tests/recipes/run.mjs
//
// OBSVIEW_FROM_SOURCE=1 runs the workflow alone, and lets it build obsview in a clone of this repository, as it does at
// GitHub, instead of using the program that is there.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepare } from '../node/prepare.mjs';
import { closing, test as tried } from '../node/tap.mjs';

prepare({ withRecipes: true });
const { runWorkflow } = await import('./actions.mjs');
const { parseYaml } = await import('../node/deps.mjs');

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const APP = join(ROOT, 'fixtures/vitest-app');
const PROGRAM = resolve(process.env.OBSVIEW || join(ROOT, 'build/obsview'));
const scratch = mkdtempSync(join(tmpdir(), 'obsview-recipes-'));
const fromSource = process.env.OBSVIEW_FROM_SOURCE === '1';
const WHOLE = 'the workflow succeeds';
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

async function test(name, body) {
  if (!fromSource || name === WHOLE) await tried(name, body);
}

// A copy of the sample app, with texts replaced: { 'src/checkout.mjs': ['Orders', 'Order'] }.
function appWith(changes = {}) {
  const folder = mkdtempSync(join(scratch, 'app-'));

  cpSync(APP, folder, { recursive: true, filter: (path) => basename(path) !== 'node_modules' });
  for (const [file, words] of Object.entries(changes)) {
    const path = join(folder, file);
    let text = readFileSync(path, 'utf8');

    for (let i = 0; i < words.length; i += 2) {
      assert.ok(text.includes(words[i]), `${file} has no ${words[i]}`);
      text = text.replaceAll(words[i], words[i + 1]);
    }
    writeFileSync(path, text);
  }
  return folder;
}

// --- Vitest ----------------------------------------------------------------------------------------------------------

function vitest(changes, ...words) {
  const folder = appWith(changes);

  symlinkSync(join(APP, 'node_modules'), join(folder, 'node_modules'));
  const done = spawnSync(join(folder, 'node_modules/.bin/vitest'), ['run', ...words], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: scratch, OBSVIEW: PROGRAM, CI: 'true', NO_COLOR: '1' },
    encoding: 'utf8',
  });
  return { status: done.status, said: done.stdout + done.stderr };
}

const VITEST_FAULTS = [
  ['a metric under another name', { 'src/checkout.mjs': ['Orders', 'Order'] }, 'seen instead: {"namespace":"UserMetrics/Shop","name":"Order"'],
  ['a metric without a dimension', { 'src/checkout.mjs': ["functionName: 'checkout', ", ''] }, 'dim.functionName'],
  ['a metric that CloudWatch would drop', { 'src/checkout.mjs': ["unit: 'Count'", "unit: 'Things'"] }, 'with namespace UserMetrics/Shop, name Orders: 0 came'],
  ['an order counted twice', { 'src/checkout.mjs': ['await publish(', 'for (let i = 0; i < 2; i++) await publish('] }, 'to have a length of 3'],
  ['a vital of another page', { 'src/tracking.mjs': ['value, url,', "value, url: 'https://shop.example/',"] }, '"route":"/"'],
  ['an error without its type', { 'src/tracking.mjs': ['type: error.name', "type: 'Error'"] }, 'seen instead: {"message":"cart is undefined","type":"Error"'],
  ['a switch that switches nothing off', { 'src/tracking.mjs': ['if (!enabled) return silent;', ''] }, 'no request with anything was to come for 500 ms: 2 came'],
  ['a tracker that ignores refusals', { 'src/tracking.mjs': ['if (!answer.ok)', 'if (false)'] }, 'promise resolved'],
];

for (const pool of ['forks', 'threads']) {
  await test(`the Vitest example passes in ${pool}`, () => {
    const { status, said } = vitest({}, `--pool=${pool}`);

    assert.equal(status, 0, said);
    assert.match(said, /Tests +6 passed/);
  });
}
for (const [what, changes, reason] of VITEST_FAULTS) {
  await test(`it finds ${what}`, () => {
    const { status, said } = vitest(changes);

    assert.equal(status, 1, said);
    assert.ok(said.includes(reason), `no "${reason}" in:\n${said}`);
  });
}
await test('without obsview it says what is missing', () => {
  const { status, said } = vitest({ 'test/setup.mjs': ['startObsview()', "startObsview({ program: 'no-such-program' })"] });

  assert.equal(status, 1, said);
  assert.match(said, /cannot start no-such-program: .*install obsview, or let OBSVIEW name it/);
});

// --- GitHub Actions --------------------------------------------------------------------------------------------------

const WORKFLOW = readFileSync(join(ROOT, 'fixtures/ci/github-actions.yml'), 'utf8');

function freePort() {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();

      server.close(() => done(port));
    });
  });
}

// On GitHub the job has a machine of its own; here other tests run, so it is told other ports than the usual ones.
async function runner() {
  const home = mkdtempSync(join(scratch, 'home-'));
  const [http, emf] = [await freePort(), await freePort()];

  return {
    PATH: process.env.PATH,
    HOME: home,
    LANG: 'C.UTF-8',
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    npm_config_cache: execFileSync('npm', ['config', 'get', 'cache'], { encoding: 'utf8' }).trim(),
    npm_config_userconfig: execFileSync('npm', ['config', 'get', 'userconfig'], { encoding: 'utf8' }).trim(),
    npm_config_prefer_offline: 'true',
    OBSVIEW_LISTEN: `127.0.0.1:${http}`,
    OBSVIEW_EMF_LISTEN: `127.0.0.1:${emf}`,
    AWS_EMF_AGENT_ENDPOINT: `tcp://127.0.0.1:${emf}`,
  };
}

async function workflow({ text = WORKFLOW, changes, instead = {}, github = { event_name: 'push' } } = {}) {
  const workspace = mkdtempSync(join(scratch, 'workspace-'));
  const artifacts = mkdtempSync(join(scratch, 'artifacts-'));
  const uses = {
    'actions/checkout': ({ repository, path = '.' }) => {
      if (repository === undefined) return cpSync(appWith(changes), workspace, { recursive: true });
      assert.equal(repository, 'owner/obsview');
      if (fromSource) execFileSync('git', ['clone', '--quiet', ROOT, join(workspace, path)]);
      else mkdirSync(join(workspace, path));
    },
    'actions/setup-node': ({ 'node-version': version }) => assert.match(version, /^\d+$/),
    'actions/upload-artifact': ({ path }) => {
      for (const name of path.split('\n').filter(Boolean)) if (existsSync(join(workspace, name))) cpSync(join(workspace, name), join(artifacts, name));
    },
  };
  const build = ({ path }) => {
    mkdirSync(join(workspace, '.obsview/build'));
    symlinkSync(PROGRAM, join(workspace, '.obsview/build/obsview'));
    path.push(join(workspace, '.obsview/build'));
  };
  const result = await runWorkflow(text, {
    workspace,
    folder: join(scratch, `runner-${basename(workspace)}`),
    env: { ...(await runner()), GITHUB_WORKSPACE: workspace },
    uses,
    instead: { ...(fromSource ? {} : { 'Build obsview': build }), ...instead },
    contexts: { github, vars: { OBSVIEW_REPOSITORY: 'owner/obsview' } },
  });

  return { ...result, artifacts, log: result.steps.map((step) => `== ${step.name}: ${step.outcome}\n${step.log}`).join('\n') };
}

const untested = { 'Test, with an emulator for each worker': () => {} }; // these faults are none of the unit tests'

await test(WHOLE, async () => {
  const { conclusion, annotations, summary, artifacts, log } = await workflow();

  assert.equal(conclusion, 'success', log);
  assert.deepEqual(annotations, []);
  assert.match(summary, /## obsview diff: (?!.*worse)/, summary);
  for (const what of ['fixture verify', 'replay', 'check emf', 'check contract', 'check naming', 'check cardinality', 'check errors', 'check vitals']) {
    assert.ok(summary.includes(`### obsview ${what}: ok\n`), `${what} in ${summary}`);
  }
  const recorded = readFileSync(join(artifacts, 'run.jsonl'), 'utf8').split('\n');
  assert.match(recorded[0], /^\{"obsview-fixture":2,/);
  assert.equal(recorded.filter(Boolean).length, 62);
});

const JUDGED = {
  'src/checkout.mjs': ["items.length, unit: 'Count'", "items.length, unit: 'Things'", 'Duration: {', 'duration_ms: {'],
  'test/smoke.mjs': ['new RangeError(\'no stock\')', "new TypeError('cart is undefined')"],
  'src/tracking.mjs': ['name, value, url,', "name, value: name === 'LCP' ? value * 2.5 : value, rating: 'good', url,"],
};

await test('it fails for what the app sends wrongly, each with its own annotation', async () => {
  const { failed, steps, annotations, summary, artifacts, log } = await workflow({ changes: JUDGED, instead: untested });
  const titles = new Set(annotations.map(({ title }) => title));

  assert.deepEqual(failed, ['Judge it', 'Compare it with the main branch'], log);
  assert.deepEqual([...titles].sort(), ['contract.rating', 'emf.unit-unknown', 'errors.new', 'naming.metric-case', 'vitals.p75', 'vitals.regression'], log);
  const [unit] = annotations.filter(({ title }) => title === 'emf.unit-unknown');
  assert.equal(unit.file, 'run.jsonl');
  assert.match(readFileSync(join(artifacts, 'run.jsonl'), 'utf8').split('\n')[unit.line - 1], /Things/);
  assert.match(summary, /### obsview check emf: not ok\n\n[^]*\| \*\*\w+\*\* \| emf\.unit-unknown \|/);
  assert.equal(steps.at(-1).outcome, 'success', 'the recording is kept');
});

// The comments of one pull request as GitHub's API has them: listed by pages, added, written anew.
async function startGitHub(comments) {
  const asked = [];
  const server = createHttpServer((request, response) => {
    const url = new URL(request.url, origin());
    let text = '';

    request.on('data', (chunk) => (text += chunk));
    request.on('end', () => {
      asked.push(`${request.method} ${request.url}`);
      if (request.headers.authorization !== 'Bearer a-token') return answer(401, { message: 'Bad credentials' });
      if (request.method === 'GET' && url.pathname === COMMENTS) {
        const [size, number] = ['per_page', 'page'].map((name) => Number(url.searchParams.get(name)));

        return answer(200, comments.slice((number - 1) * size, number * size));
      }
      if (server.isReadOnly) return answer(403, { message: 'Resource not accessible by integration' });
      const { body } = JSON.parse(text);
      if (request.method === 'POST' && url.pathname === COMMENTS) {
        comments.push(comment(comments.length, 'github-actions[bot]', body));
        return answer(201, comments.at(-1));
      }
      const old = comments.find(({ id }) => request.method === 'PATCH' && url.pathname === `${ONE}/${id}`);
      if (!old) return answer(404, { message: 'Not Found' });
      old.body = body;
      return answer(200, old);
    });
    const answer = (status, said) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(said));
  });
  const origin = () => `http://127.0.0.1:${server.address().port}`;
  const comment = (id, login, body) => ({ id, url: `${origin()}${ONE}/${id}`, user: { login }, body });

  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  comments.forEach(([login, body], id) => (comments[id] = comment(id, login, body)));
  const event = { pull_request: { comments_url: `${origin()}${COMMENTS}` } };
  return { server, asked, github: { event_name: 'pull_request', token: 'a-token', event } };
}
const COMMENTS = '/repos/owner/app/issues/7/comments';
const ONE = '/repos/owner/app/issues/comments';

// The step that comments alone, on a diff that is there.
async function commentOn(github, diff) {
  const { steps } = parseYaml(WORKFLOW).jobs.observability;
  const step = steps.find(({ name }) => name === 'Comment on the pull request');
  const write = { name: 'diff', id: 'diff', run: `cat >diff.md <<'END'\n${diff}END` };
  const text = JSON.stringify({ on: 'push', jobs: { one: { defaults: { run: { shell: 'bash' } }, steps: [write, step] } } });

  return workflow({ text, github });
}

await test('a pull request is told what it changes', async () => {
  const comments = [];
  const { server, github } = await startGitHub(comments);

  try {
    const { failed, artifacts, log } = await workflow({ changes: JUDGED, instead: untested, github });

    assert.deepEqual(failed, ['Judge it', 'Compare it with the main branch'], log);
    assert.deepEqual(comments.map(({ body }) => body), [readFileSync(join(artifacts, 'diff.md'), 'utf8')], log);
    for (const what of ['TypeError', 'LCP', 'duration_ms']) assert.ok(comments[0].body.includes(what), comments[0].body);
    const now = comments[0].body.replace('TypeError', 'RangeError');
    assert.equal((await commentOn(github, now)).conclusion, 'success');
    assert.deepEqual(comments.map(({ body }) => body), [now], 'the next run writes the same comment');
  } finally {
    server.close();
  }
});

await test('of many comments its own one is written anew', async () => {
  const own = '<!-- obsview diff -->\n## obsview diff: no difference\n';
  const comments = [['ada', own], ['github-actions[bot]', `> ${own}`], ...Array(150).fill(['grace', 'text']), ['github-actions[bot]', own], ['ada', 'thanks']];
  const { server, asked, github } = await startGitHub(comments);

  try {
    const { conclusion, log } = await commentOn(github, `${own}new\n`);

    assert.equal(conclusion, 'success', log);
    assert.deepEqual(asked, [`GET ${COMMENTS}?per_page=100&page=1`, `GET ${COMMENTS}?per_page=100&page=2`, `PATCH ${ONE}/152`]);
    assert.deepEqual(comments.filter(({ body }) => body.includes('new')).map(({ id }) => id), [152]);
    assert.equal(comments.length, 154);
  } finally {
    server.close();
  }
});

await test('a run that may not comment says so, and an empty diff is no comment', async () => {
  const { server, asked, github } = await startGitHub([]);

  try {
    server.isReadOnly = true;
    const { conclusion, annotations, log } = await commentOn(github, '<!-- obsview diff -->\n');
    assert.equal(conclusion, 'success', log);
    assert.match(annotations[0].message, /may not write one/);
    asked.length = 0;
    assert.equal((await commentOn(github, '')).conclusion, 'success');
    assert.deepEqual(asked, []);
    const { failed } = await commentOn({ ...github, token: 'another' }, 'x\n');
    assert.deepEqual(failed, ['Comment on the pull request'], 'what else is wrong is not passed over');
  } finally {
    server.close();
  }
});

await test('it fails when there is nothing to compare with', async () => {
  const { failed, log } = await workflow({ changes: { 'test/baseline.jsonl': ['{"obsview-fixture":2', '{"fixture":2'] }, instead: untested });

  assert.deepEqual(failed, ['Judge it', 'Compare it with the main branch'], log);
});

await test('it fails for personal data in the recording', async () => {
  const text = WORKFLOW.replace('--record run.jsonl', '--record run.jsonl --no-redact');
  const { failed, annotations, artifacts, log } = await workflow({
    text,
    changes: { 'test/smoke.mjs': ["new RangeError('no stock')", "new RangeError('no stock for jane.doe@gmail.com')"] },
    instead: untested,
  });

  assert.deepEqual(failed, ["Nobody's data is in it"], log);
  assert.deepEqual(readdirSync(artifacts), [], 'and it stays here');
  assert.ok(annotations.every(({ file, line }) => file === 'run.jsonl' && line > 1), log);
  assert.match(annotations[0].message, /email/i);
  assert.ok(!log.includes('jane.doe'), 'and the log does not repeat it');
});

await test('it fails when nothing arrives, and says what came instead', async () => {
  const { failed, steps, log } = await workflow({
    text: WORKFLOW.replaceAll('obsview await metric', 'obsview await metric --timeout 300ms'),
    changes: { 'src/checkout.mjs': ['Orders', 'Order'] },
    instead: untested,
  });

  assert.deepEqual(failed, ['Record what the app sends'], log);
  assert.match(steps.find(({ outcome }) => outcome === 'failure').log, /where name=Orders and dim.functionName=checkout: 0 came[^]*does not: .*"name":"Order"/);
  assert.equal(steps.at(-1).outcome, 'success', log);
});
closing();
