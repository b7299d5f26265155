import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Recognition } from '../../mip6/roles/mobile-node/mobile-node-types.ts';
import { ipv6 } from '../../mip6/wire/address.ts';
import { type MobilityReceiver, whoAsked } from '../../nodes/member/mobility-headers.ts';

const arrival = {
  kind: 'parameter-problem',
  source: ipv6('2001:db8:c:1::2'),
  bytes: new Uint8Array(),
} as const;

function receivers(...recognitions: readonly Recognition[]): readonly MobilityReceiver[] {
  return recognitions.map((recognition, index) => ({
    homeAddress: ipv6(`2001:db8:1::10${index}`),
    recognizes: () => recognition,
    handle: () => undefined,
  }));
}

test('of several home addresses the one that asks gets the answer, then one that has asked', () => {
  const chosen = (...recognitions: readonly Recognition[]): number => {
    const all = receivers(...recognitions);
    const one = whoAsked(all, arrival);
    return one === undefined ? -1 : all.indexOf(one);
  };
  assert.equal(chosen('settled', 'awaited'), 1);
  assert.equal(chosen('awaited', 'settled'), 0);
  assert.equal(chosen(undefined, 'settled', 'settled'), 1);
  assert.equal(chosen(undefined, undefined), -1);
});
