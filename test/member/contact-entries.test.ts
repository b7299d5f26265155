import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import { ContactService } from '../../nodes/member/contact/contact-service.ts';
import { ContactTables } from '../../server/contact/contact-tables.ts';
import type { ContactEntry, GroupFrame } from '../../server/contact/group-frames.ts';

const contactAddress = ipv6('2001:db8:1::100');
const client = ipv6('2001:db8:c:1::2');
const [self, first, second] = [1, 2, 3].map((number) => ipv6(`2001:db8:1:${number}::2`)) as [
  Ipv6Address,
  Ipv6Address,
  Ipv6Address,
];

/** A backup that follows whoever says that it is the contact node. */
function backup() {
  const tables = new ContactTables(100);
  const written: string[] = [];
  const service = new ContactService({
    plan: {
      contactAddress,
      self,
      order: [first, second, self],
      timing: {
        heartbeatMs: 1000,
        suspectMs: 60_000,
        staggerMs: 1000,
        registrationMs: 1000,
        handOverMs: 1000,
      },
    },
    peers: () => [first, second],
    role: { held: false, tables, assume: () => undefined, resign: () => undefined },
    paths: { follow: () => undefined },
    record: { write: () => undefined },
    log: { write: (event) => void written.push(event) },
    send: () => true,
    onReleased: () => undefined,
    onContactNode: () => undefined,
  });
  return {
    written,
    service,
    says: (member: Ipv6Address, epoch: number, stage: 'claiming' | 'serving') =>
      service.onFrame(member, {
        kind: 'contact-heartbeat',
        contactAddress,
        epoch,
        holder: member,
        stage,
        inbound: { bindingAcknowledgements: 0, tunnelIn: 0 },
      }),
    /** Who serves the client's port by the tables, after `from` has said that `member` does. */
    told: (from: Ipv6Address, epoch: number, clientPort: number, member: Ipv6Address) => {
      const entry: ContactEntry = {
        table: 'forwarding',
        client,
        clientPort,
        servicePort: 80,
        member,
        lifetimeMs: 60_000,
      };
      const frame: GroupFrame = { kind: 'contact-entry', contactAddress, epoch, entry };
      service.onFrame(from, frame);
      return tables.serverOf(client, clientPort, 80, performance.now());
    },
  };
}

test('entries of the contact node’s tables are taken from the contact node and from nobody else', (t) => {
  const { service, says, told, written } = backup();
  t.after(() => service.close());
  assert.equal(told(first, 0, 1, first), undefined, 'before the first word of a contact node');
  says(first, 0, 'serving');
  assert.equal(told(first, 0, 1, second), second);
  assert.equal(told(second, 0, 1, first), second, 'a member that is trusted and not the contact node');
  assert.equal(told(second, 17, 2, first), undefined, 'nor in a term that it has only begun');
  assert.deepEqual(
    written.filter((event) => event === 'contact-entry-discarded'),
    Array(3).fill('contact-entry-discarded'),
  );
});

test('an entry of the old contact node that arrives behind the new one’s first word is too late', (t) => {
  const { service, says, told } = backup();
  t.after(() => service.close());
  says(first, 0, 'serving');
  assert.equal(told(first, 0, 1, second), second);
  says(second, 1, 'serving');
  assert.equal(told(first, 0, 2, first), undefined);
  assert.equal(told(first, 0, 1, first), second, 'what is known already stays');
  assert.equal(told(second, 1, 2, second), second);
});

test('while another member only claims the address, its contact node is still heard, and the claimant not yet', (t) => {
  const { service, says, told } = backup();
  t.after(() => service.close());
  says(first, 0, 'serving');
  says(second, 1, 'claiming');
  assert.equal(service.contactNode, second);
  assert.equal(told(first, 0, 1, first), first);
  assert.equal(told(second, 1, 2, second), undefined);
  says(second, 1, 'serving');
  assert.equal(told(second, 1, 2, second), second);
  assert.equal(told(first, 0, 3, first), undefined);
});
