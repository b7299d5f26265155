import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import { ContactRecordFile } from '../../nodes/member/contact/contact-record.ts';
import type { ContactRole } from '../../nodes/member/contact/contact-role.ts';
import { ContactService } from '../../nodes/member/contact/contact-service.ts';
import type { MemberPaths } from '../../nodes/member/contact/member-paths.ts';
import { RETRY_MS } from '../../server/channel/calls.ts';
import { groupTiming } from '../support/group-world.ts';
import { virtualClock } from '../support/virtual-clock.ts';

const [self, other, homeAgent, contactAddress] = [
  '2001:db8:1::2',
  '2001:db8:2::2',
  '2001:db8:1::1',
  '2001:db8:1::100',
].map(ipv6) as [Ipv6Address, Ipv6Address, Ipv6Address, Ipv6Address];
const association = {
  spi: 256,
  requestId: 1,
  encryptionKey: new Uint8Array(16),
  authenticationKey: new Uint8Array(20),
};
const founding = {
  homeAgent,
  bindingUpdates: association,
  bindingAcknowledgements: association,
  tunnelOut: association,
  tunnelIn: association,
};
/** The other members have called by then, and its contact node has shown that it lives. */
const patienceMs = RETRY_MS.longest + groupTiming.suspectMs;

/** The member that creates the contact address; `lastEpoch`: from an earlier life. */
function founder(context: TestContext, lastEpoch?: number) {
  const clock = virtualClock(context);
  const events: string[] = [];
  const ignore = (): void => undefined;
  const order = [self, other];
  const service = new ContactService({
    plan: {
      contactAddress,
      self,
      order,
      timing: groupTiming,
      ...(lastEpoch === undefined ? {} : { lastEpoch }),
    },
    peers: () => [other],
    founding,
    role: { held: false, assume: ignore, resign: ignore } as unknown as ContactRole,
    paths: { follow: ignore } as unknown as MemberPaths,
    record: new ContactRecordFile(undefined),
    log: { write: (event) => void events.push(event) },
    send: () => false,
    onReleased: ignore,
    onContactNode: ignore,
  });
  context.after(() => service.close());
  service.start();
  return { service, events, clock };
}

test('a founder creates the contact address at once', (context) => {
  assert.deepEqual(founder(context).events, ['contact-claimed']);
});

test('started again it gives the others the time to call it, and a contact node the time to show itself', (context) => {
  const { events, clock } = founder(context, 0);
  clock.tick(patienceMs - 1);
  assert.deepEqual(events, []);
  clock.tick(1);
  assert.deepEqual(events, ['contact-claimed']);
});

test('a successor that is heard of in the last moment keeps the address', (context) => {
  const { service, events, clock } = founder(context, 0);
  clock.tick(patienceMs - 1);
  service.onPeer(other, 'up');
  const inbound = { bindingAcknowledgements: 0, tunnelIn: 0 };
  service.onFrame(other, {
    ...{ kind: 'contact-heartbeat', contactAddress, epoch: 1, holder: other, stage: 'serving', inbound },
  });
  clock.tick(patienceMs);
  assert.deepEqual(events, ['contact-followed']);
  assert.equal(service.contactNode, other);
});
