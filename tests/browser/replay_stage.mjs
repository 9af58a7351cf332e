// The shop under Vite's development server, recorded by OpenReplay's tracker into an emulator with a database to look at.
// SPDX-License-Identifier: MIT
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ENVIRONMENT, run, startEmulator } from '../node/obsview.mjs';
import { until } from '../node/tap.mjs';

const VITE = fileURLToPath(new URL('vite.mjs', import.meta.url));
const MODES = { 17: 'tracker17', 19: 'development' }; // as vite.config.ts has them

export async function openReplay({ browser, tracker = 19, masking = 'masked', args = [] }) {
  const folder = mkdtempSync(join(tmpdir(), 'obsview-replay-'));
  const database = join(folder, 'obsview.db');
  const emulator = await startEmulator({ args: ['--db', database, ...args] });
  const vite = await serveSources({ emulator, mode: MODES[tracker], masking }).catch(async (error) => {
    await emulator.stop();
    throw error;
  });
  const obsview = (...words) => run(...words, '--endpoint-url', emulator.url);

  return {
    emulator,
    database,
    folder,
    vite,
    obsview,
    sessions: async () => JSON.parse((await obsview('sessions', 'ls', '--format', 'json')).stdout).sessions,
    story: async (session) => JSON.parse((await obsview('sessions', 'show', session, '--format', 'json')).stdout).lines,
    // The views that this program has: it names them when it is asked for another.
    views: async () => /there are (.*)/.exec((await obsview('report', 'nothing')).stderr)[1].split(', '),
    // A page that is being recorded.
    open: async (path) => {
      const page = await browser.newPage();

      await page.goto(vite.url + path);
      await page.waitForFunction(() => window.replay?.isActive());
      return page;
    },
    close: async () => {
      await vite.stop();
      await emulator.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

// As `npm run dev`, with the switch of .env set, and all that it writes kept.
async function serveSources({ emulator, mode, masking }) {
  const child = spawn(process.execPath, [VITE, mode], {
    env: {
      ...ENVIRONMENT,
      VITE_REPLAY: masking,
      VITE_TRACKING_ENDPOINT: emulator.url,
      AWS_EMF_AGENT_ENDPOINT: `tcp://${emulator.emf}`,
    },
  });
  const said = [];
  const url = await new Promise((resolve, reject) => {
    for (const name of ['stdout', 'stderr']) {
      createInterface({ input: child[name] }).on('line', (line) => {
        said.push(line);
        if (line.startsWith('ready ')) resolve(line.slice('ready '.length));
      });
    }
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`Vite left with ${code}:\n${said.join('\n')}`)));
  });

  return {
    url,
    said,
    // Takes the module anew, as after an edit.
    reload: (module) => child.stdin.write(`${module}\n`),
    stop: async () => {
      const gone = once(child, 'exit');

      child.stdin.end();
      await gone;
    },
  };
}

// The batches that came in, oldest first, as the Intake view has them.
export async function batches({ emulator }) {
  return (await emulator.events('replay')).filter(({ path, status }) => path.split('?')[0] === '/ingest/v1/web/i' && status === 200);
}

// All that the page has done is recorded: the tracker was told to send, and nothing is under way.
export async function flushed(stage, page) {
  const before = (await batches(stage)).length;

  await page.evaluate(() => window.replay.forceFlushBatch());
  await until('a batch', async () => (await batches(stage)).length > before);
}
