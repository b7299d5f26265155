import assert from 'node:assert/strict';
import { createCipheriv, createHmac } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import type { FrameExtent } from '../../analysis/events/channel-frames.ts';
import { TlsKeyLog } from '../../analysis/events/channel-keys.ts';
import { TlsFrameScanner } from '../../analysis/events/channel-records.ts';
import { TlsSession } from '../../analysis/events/channel-session.ts';
import { ipv6 } from '../../mip6/wire/address.ts';
import { channelFrame } from '../support/capture-packets.ts';

const snap = 180;
const contact = { address: ipv6('2001:db8:1:2::101'), octets: '20010db8000100020000000000000101' };
const full = 16 * 1024;
const random = 'ab'.repeat(32);
const secret = Buffer.alloc(32, 7);
const keyLog = new TlsKeyLog(
  `CLIENT_HANDSHAKE_TRAFFIC_SECRET ${random} ${'00'.repeat(32)}\nCLIENT_TRAFFIC_SECRET_0 ${random} ${secret.toString('hex')}\n`,
);
const kinds = [
  undefined,
  'hello',
  'prepare',
  'init',
  'done',
  'refuse',
  'cancel',
  'released',
  'padding',
] as const;

interface Segment {
  readonly offset: number;
  readonly bytes: Buffer;
}

/** HKDF-Expand-Label (RFC 8446 §7.1), for one block of SHA-256: written out anew, not the scanner's. */
function expanded(from: Uint8Array, label: string, octets: number): Buffer {
  const info = Buffer.from(
    `00${octets.toString(16).padStart(2, '0')}${(label.length + 6).toString(16).padStart(2, '0')}`,
    'hex',
  );
  const text = Buffer.concat([info, Buffer.from(`tls13 ${label}`), Buffer.of(0, 1)]);
  return createHmac('sha256', from).update(text).digest().subarray(0, octets);
}

/** One record; an encoder that shares nothing with the scanner's decoder. */
function sealed(content: Uint8Array, sequence: number, type = 23, from: Uint8Array = secret): Buffer {
  const nonce = Buffer.from(expanded(from, 'iv', 12));
  nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ sequence) >>> 0, 8);
  const header = Buffer.from([23, 3, 3, 0, 0]);
  header.writeUInt16BE(content.length + 17, 3);
  const cipher = createCipheriv('aes-128-gcm', expanded(from, 'key', 16), nonce).setAAD(header);
  const body = Buffer.concat([cipher.update(Buffer.concat([content, Buffer.of(type)])), cipher.final()]);
  return Buffer.concat([header, body, cipher.getAuthTag()]);
}

/** What comes in front of the first frame: Client Hello, change of cipher, Finished under other keys, a ticket. */
const opening = Buffer.concat([
  Buffer.from(`1603010029010000250303${random}000000`, 'hex'),
  Buffer.from('140303000101', 'hex'),
  sealed(Buffer.alloc(36, 20), 0, 22, Buffer.alloc(32, 1)),
  sealed(Buffer.from([4, 0, 0, 50, ...Buffer.alloc(50, 9)]), 0, 22),
]);
const ticketRecords = 1;

/** Frames, a write each, behind the opening; in segments of at most `mss`. */
function stream(
  frames: readonly { type: number; body: number; further?: boolean }[],
  mss: number,
): { segments: Segment[]; extents: FrameExtent[] } {
  const segments: Segment[] = [];
  const extents: FrameExtent[] = [];
  let at = 0;
  let sequence = ticketRecords;
  const put = (bytes: Buffer): void => {
    for (let from = 0; from < bytes.length; from += mss) {
      segments.push({ offset: at + from, bytes: bytes.subarray(from, from + mss) });
    }
    at += bytes.length;
  };
  put(opening);
  for (const { type, body, further = false } of frames) {
    const frame = channelFrame(type, body, further ? contact.octets : '');
    const records: Buffer[] = [];
    for (let from = 0; from < frame.length; from += full) {
      records.push(sealed(frame.subarray(from, from + full), sequence++));
    }
    const start = at;
    put(Buffer.concat(records));
    extents.push({
      kind: kinds[type]!,
      ...(further ? { contactAddress: contact.address } : {}),
      octets: frame.length,
      start,
      end: at,
    });
  }
  return { segments, extents };
}

function scan(segments: readonly Segment[], log = keyLog): { frames: FrameExtent[]; unreadable: number } {
  const scanner = new TlsFrameScanner(new TlsSession(log), 'client');
  const frames = segments.flatMap(({ offset, bytes }) => [
    ...scanner.segment(offset, bytes.length, bytes.subarray(0, snap)),
  ]);
  return { frames, unreadable: scanner.unreadable };
}

const frameList = fc.array(
  fc.record({ type: fc.integer({ min: 1, max: 8 }), body: fc.nat({ max: 40_000 }), further: fc.boolean() }),
  { minLength: 1, maxLength: 8 },
);

test('every frame is found under TLS, in order, whatever its length, with record headers out of sight', () => {
  fc.assert(
    fc.property(frameList, fc.integer({ min: 200, max: 1428 }), (list, mss) => {
      const { segments, extents } = stream(list, mss);
      assert.deepEqual(scan(segments), { frames: extents, unreadable: 0 });
    }),
  );
});

test('under TLS, too, segments may come twice and out of order', () => {
  fc.assert(
    fc.property(frameList, fc.infiniteStream(fc.nat()), (list, keys) => {
      const { segments, extents } = stream(list, 1000);
      const shuffled = [...segments, ...segments]
        .map((segment) => ({ segment, key: keys.next().value ?? 0 }))
        .sort((a, b) => a.key - b.key)
        .map(({ segment }) => segment);
      assert.deepEqual(scan(shuffled), { frames: extents, unreadable: 0 });
    }),
  );
});

test('a frame whose record header the snap length cut away is counted; the next one that starts a segment is found', () => {
  const { segments, extents } = stream(
    [
      { type: 2, body: 36 },
      { type: 3, body: 200 },
      { type: 4, body: 6 },
      { type: 7, body: 4 },
    ],
    1428,
  );
  // Init and the Done behind it share a segment.
  const init = segments.at(-3)!;
  const joined = { offset: init.offset, bytes: Buffer.concat([init.bytes, segments.at(-2)!.bytes]) };
  const found = scan([...segments.slice(0, -3), joined, segments.at(-1)!]);
  assert.deepEqual(found, { frames: extents.filter(({ kind }) => kind !== 'done'), unreadable: 1 });
});

test('a session that the key log does not know is unreadable, and so is a record that was tampered with', () => {
  const { segments } = stream([{ type: 2, body: 36 }], 1428);
  assert.deepEqual(scan(segments, new TlsKeyLog('')), { frames: [], unreadable: 1 });
  const last = segments.at(-1)!;
  last.bytes[last.bytes.length - 1]! ^= 1;
  assert.deepEqual(scan(segments), { frames: [], unreadable: 1 });
});
