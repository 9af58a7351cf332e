// Messages of OpenReplay's tracker, as bytes of a batch.
// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';

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

// The messages of all trackers, as "id  name  fields ..." says them; those with texts, and how many texts they have.
const TYPES = readFileSync(new URL('../../fixtures/openreplay/message-types.tsv', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .slice(1)
  .map((line) => line.split('\t'))
  .map(([id, name, fields]) => ({ id: Number(id), types: fields.split(' ').map((field) => typeOf(name, ...field.split(':'))) }))
  .filter(({ types }) => types.some((type) => type === 'string' || type === 'code'));
const BATCH_METADATA = 81;
const METADATA = 30;
const TAB_DATA = 118;
const OWN = [BATCH_METADATA, METADATA, TAB_DATA];

export const TEXTS = TYPES.filter(({ id }) => !OWN.includes(id)).flatMap(({ types }) => types.filter((type) => type === 'string')).length;

// Texts of style sheets and of positions in sources, whose digits mean nothing.
function typeOf(message, field, type) {
  const isCode = /^(SetCSS.*\.data|.*CSS.*\.rule|AdoptedSS.*\.(text|rule)|.*\.styles|LoadFontFace\.(source|descriptors)|JSException\.payload)/.test(`${message}.${field}`);

  return isCode ? 'code' : type;
}

// A batch with a message of each type, whose texts are all `said`, or `code` where they are code; with the metadata given, the batch of a session.
export function batchOfAll({ said, code }, metadata, at) {
  const values = { uint: uint(1), int: int(1), bool: Buffer.from([1]), string: text(said), code: text(code) };
  const head = Buffer.concat([uint(BATCH_METADATA), uint(1), uint(0), uint(0), int(at), text(`http://localhost/?q=${encodeURIComponent(said)}`)]);

  return Buffer.concat([
    head,
    message(0, uint(at)),
    message(TAB_DATA, text('tab000000001')),
    ...Object.entries(metadata).map(([name, value]) => message(METADATA, text(name), text(value))),
    ...TYPES.filter(({ id }) => !OWN.includes(id)).map(({ id, types }) => message(id, ...types.map((type) => values[type]))),
  ]);
}
