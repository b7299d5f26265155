import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attribute, concat, parseAttributes } from '../../linux/netlink/attributes.ts';
import { emitStruct, parseStruct } from '../../linux/netlink/layout.ts';
import type { NetlinkMessage, NetlinkRequest } from '../../linux/netlink/message.ts';
import type { KernelConnection } from '../../linux/objects/adapter.ts';
import { espStateAdapter, readReplayCounters } from '../../linux/objects/esp-state.ts';
import type { EspStateObject, ReplayCounters } from '../../linux/objects/types.ts';
import { ATTRIBUTE, REPLAY, STATE } from '../../linux/objects/xfrm-layouts.ts';
import { DELETE_STATE, GET_STATE, NEW_STATE } from '../../linux/objects/xfrm-messages.ts';
import { ipv6 } from '../../mip6/wire/address.ts';

const association: EspStateObject = {
  kind: 'esp-state',
  source: ipv6('2001:db8:1::1'),
  destination: ipv6('2001:db8:1::2'),
  mode: 'tunnel',
  spi: 0x1004,
  requestId: 4,
  encryptionKey: new Uint8Array(16).fill(1),
  authenticationKey: new Uint8Array(20).fill(2),
};
const elsewhere = { ...association, destination: ipv6('2001:db8:3::2') };

/** A kernel with room for one association: it keeps what it was told of its counters until they are set. */
class OneAssociation {
  counters: ReplayCounters | undefined;
  readonly connection = {
    xfrm: { request: (request: NetlinkRequest) => this.#answer(request) },
  } as unknown as KernelConnection;

  #answer({ type, attributes = [] }: NetlinkRequest): NetlinkMessage[] {
    if (type === NEW_STATE) {
      assert.equal(this.counters, undefined, 'the old one is deleted first');
      const told = parseAttributes(concat(attributes)).get(ATTRIBUTE.replay);
      this.counters = told === undefined ? { outbound: 0, inbound: 0, bitmap: 0 } : parseStruct(REPLAY, told);
      return [];
    }
    if (this.counters === undefined) throw new Error('No such process');
    if (type === DELETE_STATE) this.counters = undefined;
    if (type !== GET_STATE) return [];
    const replay = attribute(ATTRIBUTE.replay, emitStruct(REPLAY, this.counters as Required<ReplayCounters>));
    return [
      { type: NEW_STATE, flags: 0, payload: concat([new Uint8Array(STATE.size), replay]) } as NetlinkMessage,
    ];
  }
}

const counted = { outbound: 178, inbound: 40, bitmap: 0x155 };

test('an association that was not wanted for a time goes on from its counters, elsewhere too', () => {
  const kernel = new OneAssociation();
  espStateAdapter.add(association, kernel.connection);
  kernel.counters = counted;
  espStateAdapter.remove(association, kernel.connection);
  espStateAdapter.add(elsewhere, kernel.connection);
  assert.deepEqual(kernel.counters, counted);
});

test('one whose address changes goes on from its counters', () => {
  const kernel = new OneAssociation();
  espStateAdapter.add(association, kernel.connection);
  kernel.counters = counted;
  espStateAdapter.update(elsewhere, association, kernel.connection);
  assert.deepEqual(readReplayCounters(elsewhere, kernel.connection), counted);
});

test('numbers never go back, whichever is told to begin with; what lies below a told number counts as received', () => {
  const kernel = new OneAssociation();
  espStateAdapter.add(association, kernel.connection);
  kernel.counters = counted;
  espStateAdapter.remove(association, kernel.connection);
  espStateAdapter.add({ ...association, replay: { outbound: 100, inbound: 50 } }, kernel.connection);
  assert.deepEqual(kernel.counters, { outbound: 178, inbound: 50, bitmap: 0xffffffff });
  espStateAdapter.remove(association, kernel.connection);
  espStateAdapter.add({ ...association, replay: { outbound: 32_768, inbound: 7 } }, kernel.connection);
  assert.deepEqual(kernel.counters, { outbound: 32_768, inbound: 50, bitmap: 0xffffffff });
});

test('other keys, another index and another kernel begin with what they are told', () => {
  const kernel = new OneAssociation();
  const fresh = { outbound: 0, inbound: 0, bitmap: 0 };
  espStateAdapter.add(association, kernel.connection);
  kernel.counters = counted;
  espStateAdapter.remove(association, kernel.connection);
  for (const other of [
    { ...association, encryptionKey: new Uint8Array(16).fill(9) },
    { ...association, authenticationKey: new Uint8Array(20).fill(9) },
    { ...association, spi: 0x2004 },
  ]) {
    espStateAdapter.add(other, kernel.connection);
    assert.deepEqual(kernel.counters, fresh);
    kernel.counters = undefined;
  }
  const another = new OneAssociation();
  espStateAdapter.add(association, another.connection);
  assert.deepEqual(another.counters, fresh);
});

test('one that somebody else has removed is told by the deletion', () => {
  const kernel = new OneAssociation();
  assert.throws(() => espStateAdapter.remove(association, kernel.connection), /No such process/);
  espStateAdapter.add(association, kernel.connection);
  assert.deepEqual(kernel.counters, { outbound: 0, inbound: 0, bitmap: 0 });
});
