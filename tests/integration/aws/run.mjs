// Runs the tests of the AWS doors and clients against the real program.
// SPDX-License-Identifier: MIT
//
//   OBSVIEW=build/obsview node tests/integration/aws/run.mjs
import assert from 'node:assert/strict';
import { prepare } from '../../node/prepare.mjs';
import { closing, test } from '../../node/tap.mjs';

prepare({ withApp: true });

const { uncalled } = await import('../../node/calls.mjs');
const { budgets } = await import('./budgets.mjs');
const { cbor } = await import('./cbor.mjs');
const { ce } = await import('./ce.mjs');
const { ecs } = await import('./ecs.mjs');
const { elb } = await import('./elb.mjs');
const { emf } = await import('./emf.mjs');
const { functions } = await import('./functions.mjs');
const { lambda } = await import('./lambda.mjs');
const { lint } = await import('./lint.mjs');
const { loggers } = await import('./loggers.mjs');
const { logs } = await import('./logs.mjs');
const { pi } = await import('./pi.mjs');
const { rds } = await import('./rds.mjs');
const { s3 } = await import('./s3.mjs');
const { sts } = await import('./sts.mjs');
const { tagging } = await import('./tagging.mjs');
const { tail } = await import('./tail.mjs');

await budgets();
await cbor();
await ce();
await ecs();
await elb();
await emf();
await functions();
await lambda();
await lint();
await loggers();
await logs();
await pi();
await rds();
await s3();
await sts();
await tagging();
await tail();
await test('every operation that the program lists was answered to a client that is not ours', () => assert.deepEqual(uncalled(), []));
closing();
