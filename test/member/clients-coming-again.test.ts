import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { after, test } from 'node:test';
import { FdPoller } from '../../linux/fd-poller.ts';
import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import { ClosingClients } from '../../nodes/member/closing-clients.ts';

const client = ipv6('2001:db8:c::2');
const poller = FdPoller.open();
after(() => poller.close());

/** `steps`: what was asked of the mobile-node part and the listening socket, in order. */
function member({ holdsContact = false } = {}) {
  const steps: string[] = [];
  const note = (step: string) => (): void => void steps.push(step);
  const connected = new Set<Ipv6Address>();
  const closing = new ClosingClients({
    poller,
    mobility: { lastSequence: () => 41, unbind: note('unbind'), forget: note('forget') },
    plain: { holdsContact },
    isConnected: (one) => connected.has(one),
    isConnecting: () => false,
    holdNewConnections: () => {
      steps.push('hold');
      return note('release');
    },
  });
  const ended = (): Promise<unknown> => {
    const socket = new net.Socket();
    const left = once(socket, 'client-left').then(() => steps.push('left'));
    closing.ended(socket, client);
    return left;
  };
  return { closing, steps, connected, ended };
}

test('at an acceptor a client’s new connections wait until its binding is deleted: they would break off with it', async () => {
  const { closing, steps, ended } = member();
  const left = ended();
  assert.deepEqual(steps, ['hold', 'unbind']);
  assert.deepEqual(closing.leaving, [client]);
  closing.unbound(client);
  await left;
  assert.deepEqual(steps, ['hold', 'unbind', 'forget', 'release', 'left']);
  assert.deepEqual(closing.leaving, []);
});

test('the contact node takes them: they come to it whether the client is bound or not', {
  timeout: 5000,
}, async () => {
  const { closing, steps, connected, ended } = member({ holdsContact: true });
  const left = ended();
  assert.deepEqual(steps, ['unbind']);
  connected.add(client);
  closing.cameAgain(client);
  await left;
  closing.unbound(client);
  assert.deepEqual(steps, ['unbind', 'left'], 'what it is bound by anew is not forgotten');
});

test('one that has come again is bound again: nobody waits for the deletion, and nothing is held any more', {
  timeout: 5000,
}, async () => {
  const { closing, steps, connected, ended } = member();
  const left = ended();
  connected.add(client);
  closing.cameAgain(client);
  await left;
  closing.unbound(client);
  assert.deepEqual(steps, ['hold', 'unbind', 'release', 'left']);
});
