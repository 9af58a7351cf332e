// The recordings bucket by the JS SDK: what a tracker sent is there, whole and in ranges.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { noted } from '../../node/calls.mjs';
import { s3 as sdk } from '../../node/deps.mjs';
import { clientOptions, startEmulator } from '../../node/obsview.mjs';
import { test } from '../../node/tap.mjs';

const CAPTURES = new URL('../../../fixtures/openreplay/', import.meta.url);
const Bucket = 'mobs';

export async function s3() {
  const emulator = await startEmulator();
  const client = noted(new sdk.S3Client({ ...clientOptions(emulator.url), forcePathStyle: true }));

  try {
    const sessions = [await record(emulator.url, 'v19-default-p1'), await record(emulator.url, 'v19-default-p2')];

    await test('S3: the bucket is listed, has a region, a lifecycle and an encryption', () => assertBucket(client));
    await test('S3: sessions are prefixes, and pages name every file once', () => assertLists(client, sessions));
    await test('S3: a file is the same whole, in ranges and by its ETag', () => assertFile(client, `${sessions[0]}/obsview.full`));
    await test('S3: errors have S3\'s names', () => assertErrors(client, sessions));
    await test('S3: a session is removed as a whole or not at all', () => assertRemoval(client, sessions[0]));
  } finally {
    await emulator.stop();
  }
}

// As the tracker does; gives the session's number.
async function record(url, capture) {
  const folder = new URL(`${capture}/`, CAPTURES);
  const start = await fetch(`${url}/ingest/v1/web/start`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ projectKey: 'shop', trackerVersion: '19.0.1', timestamp: Date.now(), userUUID: null, width: 1280, height: 720 }),
  });
  const { token, sessionID } = await start.json();

  for (const name of readdirSync(folder).filter((file) => /-i\.bin$/.test(file)).sort()) {
    const sent = await fetch(`${url}/ingest/v1/web/i`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}` },
      body: readFileSync(new URL(name, folder)),
    });

    assert.equal(sent.status, 200);
  }
  return sessionID;
}

async function assertBucket(client) {
  const { Buckets } = await client.send(new sdk.ListBucketsCommand({}));

  assert.deepEqual(Buckets.map(({ Name }) => Name), [Bucket]);
  assert.ok(Math.abs(Date.now() - Buckets[0].CreationDate) < 600000);
  assert.equal((await client.send(new sdk.HeadBucketCommand({ Bucket }))).BucketRegion, 'us-east-1');
  assert.ok(!(await client.send(new sdk.GetBucketLocationCommand({ Bucket }))).LocationConstraint);
  const { Rules } = await client.send(new sdk.GetBucketLifecycleConfigurationCommand({ Bucket }));

  assert.equal(Rules[0].Expiration.Days, 30);
  const { ServerSideEncryptionConfiguration: encryption } = await client.send(new sdk.GetBucketEncryptionCommand({ Bucket }));

  assert.equal(encryption.Rules[0].ApplyServerSideEncryptionByDefault.SSEAlgorithm, 'AES256');
}

async function assertLists(client, sessions) {
  const { CommonPrefixes } = await client.send(new sdk.ListObjectsV2Command({ Bucket, Delimiter: '/' }));
  const keys = [];

  assert.deepEqual(CommonPrefixes.map(({ Prefix }) => Prefix), sessions.map((id) => `${id}/`).sort());
  for await (const page of sdk.paginateListObjectsV2({ client, pageSize: 2 }, { Bucket })) {
    assert.ok(page.KeyCount <= 2);
    keys.push(...page.Contents.map(({ Key }) => Key));
  }
  assert.deepEqual(keys, sessions.sort().flatMap((id) => ['devtools.mob', 'dom.mobs', 'obsview.full'].map((name) => `${id}/${name}`)));
  const old = await client.send(new sdk.ListObjectsCommand({ Bucket, Prefix: `${sessions[0]}/d` }));

  assert.deepEqual(old.Contents.map(({ Key }) => Key), keys.slice(0, 2));
}

async function assertFile(client, Key) {
  const head = await client.send(new sdk.HeadObjectCommand({ Bucket, Key }));
  const whole = await client.send(new sdk.GetObjectCommand({ Bucket, Key }));
  const bytes = await whole.Body.transformToByteArray();
  const part = await client.send(new sdk.GetObjectCommand({ Bucket, Key, Range: 'bytes=4096-5000' }));

  assert.equal(head.ContentLength, bytes.length);
  assert.equal(head.ETag, whole.ETag);
  assert.equal(head.ServerSideEncryption, 'AES256');
  assert.equal(JSON.parse(new TextDecoder().decode(bytes.slice(0, 4096))).session, Key.split('/')[0]);
  assert.equal(part.ContentRange, `bytes 4096-5000/${bytes.length}`);
  assert.deepEqual(await part.Body.transformToByteArray(), bytes.slice(4096, 5001));
  const same = await client.send(new sdk.GetObjectCommand({ Bucket, Key, IfNoneMatch: head.ETag })).then(assert.fail, (e) => e);

  assert.equal(same.$metadata.httpStatusCode, 304);
}

async function assertErrors(client, [id]) {
  const refused = async (command) => (await client.send(command).then(assert.fail, (e) => e)).name;

  assert.equal(await refused(new sdk.GetObjectCommand({ Bucket, Key: '7/dom.mobs' })), 'NoSuchKey');
  assert.equal(await refused(new sdk.ListObjectsV2Command({ Bucket: 'other' })), 'NoSuchBucket');
  assert.equal(await refused(new sdk.GetObjectCommand({ Bucket, Key: `${id}/dom.mobs`, Range: 'bytes=99999999-' })), 'InvalidRange');
  assert.equal(await refused(new sdk.PutObjectCommand({ Bucket, Key: 'a', Body: 'b' })), 'NotImplemented');
  assert.equal(await refused(new sdk.DeleteObjectCommand({ Bucket, Key: `${id}/dom.mobs` })), 'AccessDenied');
}

async function assertRemoval(client, id) {
  const keys = (names) => ({ Bucket, Delete: { Objects: names.map((name) => ({ Key: `${id}/${name}` })) } });
  const half = await client.send(new sdk.DeleteObjectsCommand(keys(['obsview.full'])));

  assert.equal(half.Errors[0].Code, 'AccessDenied');
  assert.match(half.Errors[0].Message, /devtools\.mob is not among the keys/);
  const all = await client.send(new sdk.DeleteObjectsCommand(keys(['devtools.mob', 'dom.mobs', 'dom.mobe', 'obsview.full'])));

  assert.equal(all.Errors, undefined);
  assert.equal((await client.send(new sdk.ListObjectsV2Command({ Bucket, Prefix: `${id}/` }))).KeyCount, 0);
  await client.send(new sdk.DeleteObjectCommand({ Bucket, Key: `${id}/dom.mobs` }));
}
