// Messages of OpenReplay's tracker, as bytes of a batch.
// SPDX-License-Identifier: MIT

export function uint(value) {
  const bytes = [];
  let rest = BigInt(value);

  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

export function int(value) {
  const whole = BigInt(value);

  return uint(whole < 0n ? -2n * whole - 1n : 2n * whole);
}

export function text(value) {
  const bytes = Buffer.from(value);

  return Buffer.concat([uint(bytes.length), bytes]);
}

// One that says how long it is, as all but the first of a batch do.
export function message(id, ...fields) {
  const body = Buffer.concat(fields);
  const size = Buffer.alloc(3);

  size.writeUIntLE(body.length, 0, 3);
  return Buffer.concat([uint(id), size, body]);
}

// A batch in base64 with further messages at its end.
export function appended(base64, ...messages) {
  return Buffer.concat([Buffer.from(base64, 'base64'), ...messages]).toString('base64');
}
