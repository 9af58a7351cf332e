// STS by the JS SDK, its signatures verified: whose keys these are, and keys of roles that work.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { noted } from '../../node/calls.mjs';
import { sts as sdk } from '../../node/deps.mjs';
import { clientOptions, startEmulator } from '../../node/obsview.mjs';
import { test } from '../../node/tap.mjs';

const ROLE = { RoleArn: 'arn:aws:iam::123456789012:role/team/web', DurationSeconds: 900 };

export async function sts() {
  const emulator = await startEmulator({ args: ['--require-auth'] });
  const by = (credentials) => noted(new sdk.STSClient({ ...clientOptions(emulator.url), ...(credentials && { credentials }) }));
  const client = by();

  try {
    await test('STS: GetCallerIdentity names the key and the account', async () => {
      const { UserId, Account } = await client.send(new sdk.GetCallerIdentityCommand({}));

      assert.deepEqual([UserId, Account], ['AKIDEXAMPLE', '000000000000']);
    });
    await test('STS: the keys of AssumeRole speak for the role', async () => {
      const answer = await client.send(new sdk.AssumeRoleCommand({ ...ROLE, RoleSessionName: 'ci' }));

      assert.equal(answer.AssumedRoleUser.Arn, 'arn:aws:sts::123456789012:assumed-role/web/ci');
      await assertSpeaksFor(by, answer);
    });
    await test('STS: so do those of AssumeRoleWithWebIdentity', async () => {
      const answer = await client.send(
        new sdk.AssumeRoleWithWebIdentityCommand({ ...ROLE, RoleSessionName: 'pod', WebIdentityToken: 'abcd' }),
      );

      assert.equal(answer.AssumedRoleUser.Arn, 'arn:aws:sts::123456789012:assumed-role/web/pod');
      await assertSpeaksFor(by, answer);
    });
    await test('STS: the keys of GetSessionToken are the same caller', async () => {
      const { Credentials } = await client.send(new sdk.GetSessionTokenCommand({ DurationSeconds: 900 }));
      const { UserId } = await by(asKeys(Credentials)).send(new sdk.GetCallerIdentityCommand({}));

      assert.equal(UserId, 'AKIDEXAMPLE');
      assertLasts(Credentials, 900);
    });
    await test('STS: another secret is refused', () =>
      assert.rejects(by({ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'guess' }).send(new sdk.GetCallerIdentityCommand({})), {
        name: 'SignatureDoesNotMatch',
      }));
  } finally {
    await emulator.stop();
  }
}

async function assertSpeaksFor(by, { Credentials, AssumedRoleUser }) {
  const { Arn, Account, UserId } = await by(asKeys(Credentials)).send(new sdk.GetCallerIdentityCommand({}));

  assert.deepEqual([Arn, Account, UserId], [AssumedRoleUser.Arn, '123456789012', AssumedRoleUser.AssumedRoleId]);
  assertLasts(Credentials, ROLE.DurationSeconds);
}

function assertLasts({ Expiration }, seconds) {
  assert.ok(Math.abs(Expiration - Date.now() - seconds * 1000) < 60000, `they last until ${Expiration}`);
}

function asKeys({ AccessKeyId, SecretAccessKey, SessionToken }) {
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}
