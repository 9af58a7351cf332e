// Serves the sample app as `npm run dev` does, for the test that started this: says where, and reloads what it is told.
// SPDX-License-Identifier: MIT
//
//   node tests/browser/vite.mjs MODE     each line of standard input is a module, as the browser names it
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createServer } from '../../fixtures/vite-app/node_modules/vite/dist/node/index.js';

const server = await createServer({
  root: fileURLToPath(new URL('../../fixtures/vite-app/', import.meta.url)),
  mode: process.argv[2],
  server: { port: 0 },
  clearScreen: false,
});

await server.listen();
console.log(`ready http://127.0.0.1:${server.httpServer.address().port}`);

for await (const url of createInterface({ input: process.stdin })) {
  await server.reloadModule(await server.moduleGraph.getModuleByUrl(url));
}
await server.close(); // whoever started this has gone
