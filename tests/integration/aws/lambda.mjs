// Lambda's control plane by the JS SDK: the functions whose logs are here.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { noted } from '../../node/calls.mjs';
import { lambda as sdk, logs } from '../../node/deps.mjs';
import { clientOptions, startEmulator } from '../../node/obsview.mjs';
import { test } from '../../node/tap.mjs';

const NAMES = ['api', 'shop-checkout', 'shop-products'];

export async function lambda() {
  const emulator = await startEmulator();
  const client = noted(new sdk.LambdaClient(clientOptions(emulator.url)));

  try {
    for (const name of NAMES) await emulator.logs.send(new logs.CreateLogGroupCommand({ logGroupName: `/aws/lambda/${name}` }));
    await test('Lambda: ListFunctions by pages names every function once', () => assertPages(client));
    await test('Lambda: GetFunctionConfiguration tells when the function was first seen', () => assertOne(client));
    await test('Lambda: a function that is not there is a ResourceNotFoundException', async () => {
      const error = await client.send(new sdk.GetFunctionCommand({ FunctionName: 'none' })).then(assert.fail, (e) => e);

      assert.ok(error instanceof sdk.ResourceNotFoundException, String(error));
      assert.equal(error.$metadata.httpStatusCode, 404);
      assert.match(error.message, /^Function not found: arn:aws:lambda:/);
    });
  } finally {
    await emulator.stop();
  }
}

async function assertPages(client) {
  const names = [];

  for await (const page of sdk.paginateListFunctions({ client, pageSize: 2 }, {})) {
    assert.ok(page.Functions.length <= 2);
    names.push(...page.Functions.map(({ FunctionName }) => FunctionName));
  }
  // Log groups of the emulator's own doors, if there are any, are functions too.
  assert.deepEqual(names.filter((name) => NAMES.includes(name)), NAMES);
}

async function assertOne(client) {
  const one = await client.send(new sdk.GetFunctionConfigurationCommand({ FunctionName: 'shop-products' }));
  const seen = new Date(one.LastModified.replace('+0000', 'Z'));

  assert.equal(one.FunctionArn, 'arn:aws:lambda:us-east-1:000000000000:function:shop-products');
  assert.match(one.LastModified, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/);
  assert.ok(Math.abs(Date.now() - seen) < 60000);
  assert.equal(one.MemorySize, undefined);
  const { Configuration } = await client.send(new sdk.GetFunctionCommand({ FunctionName: one.FunctionArn }));
  assert.deepEqual({ ...Configuration }, withoutMetadata(one));
}

function withoutMetadata({ $metadata, ...answer }) {
  return answer;
}
