// Runs a workflow of GitHub Actions on this machine, step by step, as a runner does.
// SPDX-License-Identifier: MIT
//
// What a runner promises to a step is kept: `bash --noprofile --norc -eo pipefail`, a file each for the environment, the
// path, outputs and the summary, commands on standard output, `if` and `${{ }}`. Actions of others (`uses`) cannot run
// here; whoever calls says what each of them does. What is not known of the language is an error, never passed over.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseYaml } from '../node/deps.mjs';

const KEYS = {
  workflow: ['name', 'on', 'permissions', 'env', 'defaults', 'jobs'],
  job: ['name', 'runs-on', 'container', 'timeout-minutes', 'permissions', 'env', 'defaults', 'steps'],
  step: ['name', 'id', 'if', 'uses', 'with', 'run', 'env', 'shell', 'working-directory'],
};

// `uses`: what each action does, by its name without a version: (inputs, { workspace, env }) => anything.
// `instead`: the same for a step, by its name. `contexts`: github, vars and so on. `folder` is the runner's own.
export async function runWorkflow(text, { workspace, folder, env, uses, instead = {}, contexts }) {
  const workflow = parseYaml(text);
  const run = { workspace, folder, uses, instead, env: { ...env, ...strings(workflow.env) }, path: [], steps: [], contexts };

  known('workflow', workflow);
  if (workflow.on === undefined) throw new Error('the workflow says nothing about when it runs');
  mkdirSync(folder, { recursive: true });
  for (const job of Object.values(workflow.jobs)) {
    known('job', job);
    run.shell = job.defaults?.run?.shell ?? workflow.defaults?.run?.shell;
    Object.assign(run.env, strings(job.env));
    for (const step of job.steps) run.steps.push(await runStep(run, step));
  }
  return {
    conclusion: run.steps.some((step) => step.outcome === 'failure') ? 'failure' : 'success',
    steps: run.steps,
    failed: run.steps.filter((step) => step.outcome === 'failure').map((step) => step.name),
    annotations: run.steps.flatMap((step) => step.annotations),
    summary: run.steps.map((step) => step.summary).join(''),
  };
}

async function runStep(run, step) {
  known('step', step);
  if ((step.run === undefined) === (step.uses === undefined)) throw new Error('a step either runs or uses something');
  const name = step.name ?? step.uses ?? step.run.split('\n')[0];
  const done = { name, outcome: 'skipped', annotations: [], summary: '', log: '' };

  if (isWanted(run, step.if)) {
    done.outcome = 'success';
    try {
      if (run.instead[name]) await run.instead[name](run);
      else if (step.uses) await act(run, step);
      else Object.assign(done, await perform(run, step));
    } catch (error) {
      done.outcome = 'failure';
      done.log += error.stack;
    }
  }
  if (step.id !== undefined) (run.contexts.steps ??= {})[step.id] = { outcome: done.outcome, outputs: done.outputs ?? {} };
  return done;
}

async function act(run, step) {
  const action = run.uses[step.uses.split('@')[0]];

  if (!action) throw new Error(`nobody says what ${step.uses} does`);
  if (!/@v\d+$/.test(step.uses)) throw new Error(`${step.uses} has no version`);
  await action(Object.fromEntries(Object.entries(step.with ?? {}).map(([name, value]) => [name, expand(run, String(value))])), run);
}

async function perform(run, step) {
  if ((step.shell ?? run.shell) !== 'bash') throw new Error('only "shell: bash" is known here, which in a container has to be said');
  const own = join(run.folder, `step-${run.steps.length}`);
  const files = { GITHUB_ENV: `${own}.env`, GITHUB_OUTPUT: `${own}.output`, GITHUB_PATH: `${own}.path`, GITHUB_STEP_SUMMARY: `${own}.md` };

  for (const file of Object.values(files)) writeFileSync(file, '');
  writeFileSync(`${own}.sh`, expand(run, step.run));
  const log = openSync(`${own}.log`, 'w');
  const env = { ...run.env, ...strings(step.env, (text) => expand(run, text)), ...files };
  const child = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', `${own}.sh`], {
    cwd: join(run.workspace, step['working-directory'] ?? ''),
    env: { ...env, PATH: [...run.path].reverse().concat(env.PATH).join(':') },
    stdio: ['ignore', log, log],
  });
  const [code] = await once(child, 'exit');

  closeSync(log);
  Object.assign(run.env, Object.fromEntries(assignments(files.GITHUB_ENV)));
  run.path.push(...lines(files.GITHUB_PATH));
  const text = readFileSync(`${own}.log`, 'utf8');
  return {
    outcome: code === 0 ? 'success' : 'failure',
    outputs: Object.fromEntries(assignments(files.GITHUB_OUTPUT)),
    log: text,
    annotations: text.split('\n').map(annotation).filter(Boolean),
    summary: readFileSync(files.GITHUB_STEP_SUMMARY, 'utf8'),
  };
}

// "::error file=a.jsonl,line=3,title=emf.unit-unknown::text"
function annotation(line) {
  const found = /^::(error|warning|notice)(?: ([^:]*))?::(.*)$/.exec(line);

  if (!found) return undefined;
  const properties = (found[2] ?? '').split(',').filter(Boolean).map((pair) => pair.split(/=(.*)/s).slice(0, 2));
  return { level: found[1], ...Object.fromEntries(properties.map(([name, value]) => [name, unescaped(value)])), message: unescaped(found[3]) };
}

function unescaped(text) {
  return text.replaceAll('%0A', '\n').replaceAll('%0D', '\r').replaceAll('%3A', ':').replaceAll('%2C', ',').replaceAll('%25', '%');
}

function lines(path) {
  return readFileSync(path, 'utf8').split('\n').filter(Boolean);
}

// "NAME=value", or "NAME<<END", lines, "END".
function assignments(path) {
  const all = lines(path);
  const out = [];

  while (all.length > 0) {
    const line = all.shift();
    const [, name, end] = /^([^=]+?)<<(.+)$/.exec(line) ?? [];
    const value = [];

    if (name === undefined) out.push(line.split(/=(.*)/s).slice(0, 2));
    else {
      while (all.length > 0 && all[0] !== end) value.push(all.shift());
      all.shift();
      out.push([name, value.join('\n')]);
    }
  }
  return out;
}

// --- the language ----------------------------------------------------------------------------------------------------

function isWanted(run, condition) {
  const hasFailed = run.steps.some((step) => step.outcome === 'failure');

  if (condition === undefined) return !hasFailed;
  const text = String(condition).replace(/^\$\{\{(.*)\}\}$/s, '$1');
  const asksStatus = /\b(always|failure|success|cancelled)\(\)/.test(text);
  return (asksStatus || !hasFailed) && Boolean(evaluate(run, text, hasFailed));
}

function expand(run, text) {
  return text.replaceAll(/\$\{\{(.*?)\}\}/gs, (_, expression) => String(evaluate(run, expression) ?? ''));
}

// Contexts, texts in single quotes, == != && || ! and the functions that ask for the status.
function evaluate(run, text, hasFailed = false) {
  const tokens = text.match(/'(?:[^']|'')*'|[A-Za-z_][\w-]*(?:\.[\w-]+)*|==|!=|&&|\|\||[!()]|\S/g) ?? [];
  const status = { always: true, failure: hasFailed, success: !hasFailed, cancelled: false };
  let at = 0;

  const either = () => chain('||', both, (a, b) => a || b);
  const both = () => chain('&&', equal, (a, b) => a && b);
  const equal = () => chain('==', different, (a, b) => a === b);
  const different = () => chain('!=', value, (a, b) => a !== b);
  function chain(operator, next, join) {
    let left = next();

    while (tokens[at] === operator) {
      at++;
      left = join(left, next());
    }
    return left;
  }
  function value() {
    const token = tokens[at++];

    if (token === '!') return !value();
    if (token === '(') {
      const inner = either();

      if (tokens[at++] !== ')') throw new Error(`${text}: a parenthesis is open`);
      return inner;
    }
    if (token?.startsWith("'")) return token.slice(1, -1).replaceAll("''", "'");
    if (tokens[at] === '(' && tokens[at + 1] === ')' && token in status) {
      at += 2;
      return status[token];
    }
    if (!/^[A-Za-z_][\w-]*\./.test(token ?? '')) throw new Error(`${text}: ${token} is not known here`);
    return token.split('.').reduce((object, name) => object?.[name], { ...run.contexts, env: run.env });
  }
  const result = either();
  if (at !== tokens.length) throw new Error(`${text}: ${tokens[at]} is not known here`);
  return result;
}

function known(what, object) {
  const strange = Object.keys(object).filter((key) => !KEYS[what].includes(key));

  if (strange.length > 0) throw new Error(`a ${what} has no ${strange.join(', ')} here`);
}

function strings(object = {}, change = (text) => text) {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(String(value))]));
}
