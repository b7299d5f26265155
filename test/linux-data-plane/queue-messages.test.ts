import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { emitMessage, parseMessages } from '../../linux/netlink/message.ts';
import { bindQueue, queuedPacket, verdictOn } from '../../linux/netlink/queue-messages.ts';
import { MOST_PACKETS } from '../../linux/packet-queue.ts';
import { MOST_HELD_SEGMENTS } from '../../server/successor/input-gate.ts';

/** By golden/make-queue-messages.py, with libnetfilter_queue. */
const golden: Readonly<
  Record<'accept' | 'bind' | 'drop' | 'longest' | 'packet' | 'parameters' | 'payload', string>
> & {
  readonly number: number;
} = JSON.parse(readFileSync(new URL('golden/queue-messages.json', import.meta.url), 'utf8'));

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex');

test('what binds a packet queue and what decides on a packet are, octet for octet, what libnetfilter_queue writes', () => {
  assert.equal(MOST_PACKETS, 16_384);
  const bound = bindQueue(golden.number, MOST_PACKETS).map((request) => hex(emitMessage(request, 0)));
  assert.deepEqual(bound, [golden.bind, golden.parameters, golden.longest]);
  assert.equal(hex(emitMessage(verdictOn(golden.number, 0x0102_0304, true), 0)), golden.accept);
  assert.equal(hex(emitMessage(verdictOn(golden.number, 0xffff_ffff, false), 0)), golden.drop);
});

test('a queue has places for more connections than one that waits with all its segments', () => {
  assert.ok(MOST_PACKETS >= 64 * MOST_HELD_SEGMENTS);
});

test('a packet that waits is read as libmnl writes it', () => {
  const [message] = parseMessages(Buffer.from(golden.packet, 'hex'));
  const packet = queuedPacket(message!);
  assert.deepEqual([packet?.id, hex(packet!.octets)], [0x0102_0304, golden.payload]);
  const [other] = parseMessages(Buffer.from(golden.accept, 'hex'));
  assert.equal(queuedPacket(other!), undefined);
});
