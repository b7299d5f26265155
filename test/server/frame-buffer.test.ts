import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import { ipv6 } from '../../mip6/wire/address.ts';
import { type AnyChannelFrame, encodeFrame, FrameReader } from '../../server/channel/channel-frames.ts';
import { FRAME_PATIENCE, FrameBuffer } from '../../server/channel/frame-buffer.ts';
import { FRAME_HEADER_OCTETS, frameLength, largestBody } from '../../server/channel/frame-length.ts';
import {
  LARGEST_INIT_OCTETS,
  LARGEST_PADDING_OCTETS,
  LONGEST_LIST,
  LONGEST_TEXT_OCTETS,
  MOST_FORWARDED,
} from '../../server/channel/frame-limits.ts';

const [client, contactAddress] = [ipv6('2001:db8:c::2'), ipv6('2001:db8:1::100')];
const init = (octets: number) =>
  Buffer.from(
    encodeFrame({
      ...{ kind: 'init', handoff: 1, client, contactAddress, sequence: 1 },
      tcpState: new Uint8Array(octets),
      applicationState: new Uint8Array(0),
    }),
  );
const header = (type: number, body: number, inner?: number): Buffer => {
  const octets = Buffer.alloc(inner === undefined ? 5 : 22);
  octets.writeUInt32BE(body + 1, 0);
  octets.writeUInt8(type, 4);
  if (inner !== undefined) octets.writeUInt8(inner, 21);
  return octets;
};

test('a frame that comes octet by octet costs its own size, and as much as one in one piece', () => {
  const frame = init(100_000);
  const buffer = new FrameBuffer();
  let most = 0;
  let frames: Buffer[] = [];
  for (const octet of frame) {
    frames = buffer.push(Buffer.of(octet), 0);
    most = Math.max(most, buffer.capacity - 2 * buffer.size);
  }
  assert.deepEqual(frames, [frame]);
  assert.ok(most <= 64, `${most} octets more than twice what had come`);
  assert.equal(buffer.capacity, 0);
});

test('memory grows with what has come, not with what is announced', () => {
  const buffer = new FrameBuffer();
  assert.deepEqual(buffer.push(header(3, LARGEST_INIT_OCTETS), 0), []);
  assert.ok(buffer.capacity <= 64, `${buffer.capacity} octets for a header`);
});

test('an incomplete frame is overdue at a time that its later octets do not move', () => {
  const buffer = new FrameBuffer({ ms: 1000, octetsPerMs: 10 });
  assert.equal(buffer.deadline(), undefined);
  const frame = init(8000);
  buffer.push(frame.subarray(0, 3), 50);
  assert.equal(buffer.deadline(), 1050);
  for (let at = 3; at < 3000; at++) buffer.push(frame.subarray(at, at + 1), at);
  assert.equal(buffer.deadline(), 1050 + frame.length / 10);
  assert.equal(buffer.push(frame.subarray(3000), 9000).length, 1);
  assert.equal(buffer.deadline(), undefined);
  // The next one has its own time.
  buffer.push(Buffer.concat([frame, frame.subarray(0, 1)]), 20_000);
  assert.equal(buffer.deadline(), 21_000);
});

test('the longest Init has time enough on a line of 128 kbit/s', () => {
  const buffer = new FrameBuffer();
  buffer.push(header(3, LARGEST_INIT_OCTETS), 0);
  assert.ok(buffer.deadline()! > (LARGEST_INIT_OCTETS * 8) / 128 + FRAME_PATIENCE.ms);
});

test('a frame that is too long for its type is refused by its header, whole types and inner ones', () => {
  for (let type = 0; type < 256; type++) {
    if (type === 45) continue;
    const most = largestBody(type);
    assert.equal(frameLength(header(type, most)), most + FRAME_HEADER_OCTETS, `type ${type}`);
    assert.throws(() => frameLength(header(type, most + 1)), ProtocolError, `type ${type}`);
    const inner = header(45, most + 17, type);
    if (most > 256) assert.equal(frameLength(inner), inner.readUInt32BE(0) + 4, `inner type ${type}`);
    assert.throws(() => frameLength(header(45, most + 18 + 256, type)), ProtocolError, `inner type ${type}`);
  }
  assert.throws(() => frameLength(header(1, -1)), ProtocolError);
});

test('what a writer may write a reader reads: the longest frame of each kind that is not small', () => {
  const head = { contactAddress, client, sequence: 1 };
  const text = 'ä'.repeat(LONGEST_TEXT_OCTETS);
  const connections = Array.from({ length: MOST_FORWARDED }, (_, port) => ({
    clientPort: port + 1,
    servicePort: 80,
  }));
  const longest: readonly AnyChannelFrame[] = [
    { kind: 'refuse', handoff: 1, bound: true, reason: text },
    { kind: 'padding', octets: LARGEST_PADDING_OCTETS },
    { ...head, kind: 'forwarded', outcome: 'refused', reason: text },
    { ...head, kind: 'forward', what: 'forward', connections },
    { kind: 'of-contact', contactAddress, frame: { kind: 'refuse', handoff: 1, bound: true, reason: text } },
    { ...head, kind: 'contact-survey', epoch: 1, dead: client, clients: Array(LONGEST_LIST).fill(client) },
    {
      ...{ ...head, kind: 'contact-surveyed', epoch: 1, dead: client },
      clients: Array(LONGEST_LIST).fill({ client, taken: true }),
    },
  ];
  for (const frame of longest) {
    const [read] = new FrameReader().push(encodeFrame(frame), 0);
    assert.equal(read?.kind, frame.kind);
    if (read?.kind === 'refuse') assert.equal(read.reason, 'ä'.repeat(LONGEST_TEXT_OCTETS / 2));
  }
  const more = [...connections, { clientPort: 9, servicePort: 80 }];
  const tooMany = encodeFrame({ ...head, kind: 'forward', what: 'forward', connections: more });
  assert.throws(() => new FrameReader().push(tooMany, 0), ProtocolError);
});
