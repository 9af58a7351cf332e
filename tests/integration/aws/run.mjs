// Runs the tests of the AWS doors and clients against the real program.
// SPDX-License-Identifier: MIT
//
//   OBSVIEW=build/obsview node tests/integration/aws/run.mjs
import { prepare } from '../../node/prepare.mjs';
import { closing } from '../../node/tap.mjs';

prepare({ withApp: true });

const { cbor } = await import('./cbor.mjs');
const { emf } = await import('./emf.mjs');
const { functions } = await import('./functions.mjs');
const { lambda } = await import('./lambda.mjs');
const { tail } = await import('./tail.mjs');

await cbor();
await emf();
await functions();
await lambda();
await tail();
closing();
