import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TcpSegment } from '../../analysis/capture/upper-layer.ts';
import type { Passage } from '../../analysis/events/testbed.ts';
import { SessionConnection } from '../../analysis/frontend/session-connection.ts';
import { ipv6 } from '../../mip6/wire/address.ts';
import { TCP_FLAG } from '../../mip6/wire/tcp-header.ts';

const passage = { timeNs: 0 } as Passage;
const segment = (flags: number): TcpSegment => ({
  ...{ kind: 'tcp', sourcePort: 5000, destinationPort: 8080, sequence: 1, acknowledgement: 1, flags },
  ...{ window: 100, payloadLength: 0, payloadPrefix: new Uint8Array() },
});
const { ack, fin, rst, syn } = TCP_FLAG;

/** Flags of segments, each from the client or to it; the resets that count. */
function resetsOf(...segments: readonly (readonly ['from' | 'to', number])[]): number {
  const connection = new SessionConnection(ipv6('2001:db8:c::2'), segment(syn));
  for (const [way, flags] of segments)
    if (way === 'from') connection.fromClient(segment(flags), passage);
    else connection.toClient(segment(flags), passage);
  return connection.resets;
}

test('a reset of the client’s own behind both ends breaks nothing off; any other does', () => {
  const ends = [['to', fin | ack] as const, ['from', fin | ack] as const];
  assert.equal(resetsOf(...ends, ['from', rst]), 0);
  assert.equal(resetsOf(...ends, ['to', rst]), 1);
  for (const end of ends) assert.equal(resetsOf(end, ['from', rst]), 1);
  assert.equal(resetsOf(['from', rst]), 1);
});
