import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import { Leaving, type LeavingUnit } from '../../nodes/member/membership/leaving.ts';
import { loadPolicy } from '../../nodes/member/membership/load-policy.ts';
import {
  MembershipService,
  type MembershipServiceOptions,
} from '../../nodes/member/membership/membership-service.ts';
import type { EventWriter } from '../../nodes/support/event-log.ts';
import { GroupAddresses } from '../../server/admission/group-addresses.ts';
import type { AnyChannelFrame } from '../../server/channel/channel-frames.ts';
import { handoffVariant } from '../../server/variants/variants.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { virtualClock } from '../support/virtual-clock.ts';

const member = (number: number): Ipv6Address => ipv6(`2001:db8:1:${number}::2`);
const client = (number: number): Ipv6Address => ipv6(`2001:db8:c:${number}::2`);

interface Written {
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

function quietLog(): { readonly log: EventWriter; readonly written: Written[] } {
  const written: Written[] = [];
  return { log: { write: (event, fields = {}) => void written.push({ event, fields }) }, written };
}

/** A member among others whose channels stand as soon as they are known. */
function world(options: Partial<MembershipServiceOptions> = {}) {
  const { log, written } = quietLog();
  const standing: Ipv6Address[] = [];
  const sent: (readonly [Ipv6Address, AnyChannelFrame])[] = [];
  const added: Ipv6Address[] = [];
  const left: Ipv6Address[] = [];
  const removed: Ipv6Address[] = [];
  const forgotten: (readonly [Ipv6Address, boolean])[] = [];
  const service = new MembershipService({
    policy: loadPolicy('least-clients'),
    introduced: false,
    probeMs: 50,
    group: new GroupAddresses([]),
    forgetMs: 1000,
    stays: () => false,
    log,
    channel: () => ({
      add: (peer) => {
        if (standing.includes(peer) || added.includes(peer)) return 'known';
        if (added.length >= 2) return 'full';
        added.push(peer);
        return 'added';
      },
      remove: (peer) => {
        removed.push(peer);
        if (standing.includes(peer)) standing.splice(standing.indexOf(peer), 1);
      },
      send: (peer, frame) => {
        sent.push([peer, frame]);
        return standing.includes(peer);
      },
      standing,
    }),
    clients: () => 0,
    measure: () => Promise.resolve(undefined),
    onMember: () => undefined,
    onReady: () => undefined,
    onLeft: (peer) => left.push(peer),
    onForgotten: (peer, ended) => forgotten.push([peer, ended]),
    ...options,
  });
  const joins = (number: number, clients = 0): void => {
    standing.push(member(number));
    service.onPeer(member(number), 'up');
    service.onFrame(member(number), { kind: 'member-status', status: 'serving', clients });
  };
  return { service, standing, sent, added, left, removed, forgotten, written, joins };
}

test('a newcomer is told of the others, calls those that it is told of, and takes nobody before it says so', async () => {
  const { service, standing, sent, added, joins } = world({ introduced: true });
  assert.equal(service.joined, false);
  joins(1);
  service.onFrame(member(1), { kind: 'member-list', members: [member(2), member(3)] });
  assert.equal(service.joined, true);
  assert.deepEqual(added, [member(2), member(3)]);
  standing.push(member(4));
  service.onPeer(member(4), 'up');
  const list = sent.findLast(([to, { kind }]) => to === member(4) && kind === 'member-list');
  assert.deepEqual(list?.[1], { kind: 'member-list', members: [member(1)] });
  assert.equal(await service.chooseAcceptor(client(1), new Set([member(1)])), undefined);
  service.close();
});

test('how many clients a member has is told to its peers when that has changed, and not otherwise', (t) => {
  const clock = virtualClock(t);
  let clients = 1;
  const { service, sent, joins } = world({ clients: () => clients });
  joins(1);
  const told = () => sent.flatMap(([, frame]) => (frame.kind === 'member-status' ? [frame.clients] : []));
  const changed = (now: number): void => {
    clients = now;
    service.clientsChanged();
    clock.tick(10_000);
  };
  const before = told().length;
  changed(2);
  changed(2);
  changed(3);
  assert.deepEqual(told().slice(before), [2, 3]);
  service.close();
});

test('members that are away are forgotten after a time, unless they come back or are configured', async (t) => {
  const clock = virtualClock(t);
  const { service, removed, forgotten, left, written, joins } = world({ stays: (one) => one === member(9) });
  for (const number of [1, 2, 3, 4, 9]) joins(number);
  service.onPeer(member(1), 'lost');
  service.onPeer(member(2), 'lost');
  clock.tick(600);
  // Its host answers again, and says that nobody is there.
  service.onPeer(member(2), 'gone');
  service.onPeer(member(3), 'lost');
  service.onPeer(member(3), 'restored');
  service.onFrame(member(4), { kind: 'member-left' });
  service.onPeer(member(9), 'gone');
  assert.deepEqual(left, [member(4)]);
  clock.tick(600);
  assert.deepEqual(forgotten, [
    [member(1), false],
    [member(2), true],
  ]);
  clock.tick(60_000);
  assert.deepEqual(forgotten.slice(2), [[member(4), true]]);
  assert.deepEqual(removed, [member(4), member(1), member(2), member(4)]);
  assert.equal(written.filter(({ event }) => event === 'member-forgotten').length, 3);
  assert.equal(await service.chooseAcceptor(client(1), new Set([member(3)])), undefined);
  service.close();
});

test('members that one is told of and that never come are forgotten too; a list is taken as far as there is room', (t) => {
  const clock = virtualClock(t);
  const { service, added, forgotten, written, joins } = world();
  joins(1);
  const members = [2, 3, 4, 5].map(member);
  service.onFrame(member(1), { kind: 'member-list', members: [member(1), ...members] });
  assert.deepEqual(added, [member(2), member(3)]);
  const refused = written.find(({ event }) => event === 'members-refused');
  assert.deepEqual(refused?.fields, { by: member(1), refused: 2 });
  service.onPeer(member(3), 'up');
  clock.tick(5000);
  assert.deepEqual(forgotten, [[member(2), true]]);
  service.onPeer(member(3), 'lost');
  service.close();
  clock.tick(5000);
  assert.equal(forgotten.length, 1);
});

test('least-clients counts those that were promised and not counted yet; who leaves or is cut off takes none', async () => {
  const { service, standing, left, joins } = world();
  joins(1, 1);
  joins(2);
  const chosen = [];
  for (const number of [1, 2, 3]) chosen.push(await service.chooseAcceptor(client(number)));
  assert.deepEqual(chosen, [member(2), member(1), member(2)]);
  service.onFrame(member(1), { kind: 'member-status', status: 'leaving', clients: 0 });
  assert.equal(await service.chooseAcceptor(client(4)), member(2));
  service.onFrame(member(1), { kind: 'member-left' });
  assert.deepEqual([left, standing], [[member(1)], [member(2)]]);
  standing.length = 0;
  assert.equal(await service.chooseAcceptor(client(4)), undefined);
  service.close();
});

test('nearest waits for what the candidates measure, and no longer than it may', async () => {
  const { service, sent, joins } = world({ policy: loadPolicy('nearest') });
  for (const number of [1, 2, 3]) joins(number);
  const choice = service.chooseAcceptor(client(1));
  assert.equal(sent.filter(([, { kind }]) => kind === 'client-probe').length, 3);
  service.onFrame(member(1), { kind: 'client-distance', client: client(1), roundTripMs: 90 });
  service.onFrame(member(3), { kind: 'client-distance', client: client(1), roundTripMs: 70 });
  // member 2 never answers
  assert.equal(await choice, member(3));
  service.close();
});

test('a policy of one’s own comes from a module; one that makes none is refused', async () => {
  await using folder = await temporaryFolder();
  const good = join(folder.path, 'good.cjs');
  const bad = join(folder.path, 'bad.cjs');
  await writeFile(
    good,
    `exports.default = (options) => ({ name: 'mine', description: '', choose: (all) => all[options.at] });`,
  );
  await writeFile(bad, `exports.default = () => 'nearest';`);
  const { service, joins } = world({ policy: loadPolicy({ file: good, options: { at: 1 } }) });
  joins(1);
  joins(2, 9);
  assert.equal(await service.chooseAcceptor(client(1)), member(2));
  service.close();
  assert.throws(() => loadPolicy({ file: bad }), /makes no policy/);
  assert.throws(() => loadPolicy('farthest'), /unknown acceptor policy/);
});

interface FakeUnit extends LeavingUnit {
  readonly done: string[];
}

/** `refusing`: members that take nobody. */
function unit(
  served: readonly Ipv6Address[],
  how: {
    readonly plain?: readonly Ipv6Address[];
    readonly refusing?: readonly Ipv6Address[];
    readonly hasBackup?: boolean;
  },
): FakeUnit {
  const clients = new Set(served);
  const handshakes = [2, 1];
  const done: string[] = [];
  return {
    done,
    clients: () => [...clients],
    isPlain: (one) => how.plain?.includes(one) ?? false,
    isClosing: () => false,
    portsOf: () => [4711],
    refuseClients: () => done.push('refuses'),
    handshakes: () => handshakes.shift() ?? 0,
    handOff: (one, { acceptor }) => {
      const taken = !(how.refusing?.includes(acceptor) ?? false);
      if (taken) clients.delete(one);
      done.push(`${one} ${taken ? 'to' : 'refused by'} ${acceptor}`);
      return Promise.resolve();
    },
    holdsContact: true,
    hasBackup: how.hasBackup ?? false,
    leaveContact: () => Promise.resolve(void done.push('contact left')),
    deregister: () => Promise.resolve(void done.push('deregistered')),
  };
}

async function leave(units: readonly LeavingUnit[], members: readonly number[], leaveMs = 2000) {
  const { service, written, joins, sent } = world();
  for (const number of members) joins(number);
  const { log, written: told } = quietLog();
  await new Leaving({
    membership: service,
    units,
    variant: handoffVariant('drain'),
    leaveMs,
    log,
  }).run();
  service.close();
  return { written, told, last: sent.at(-1)?.[1].kind };
}

test('a contact node hands its plain clients off first, then the address, then the others', async () => {
  const leaving = unit([client(1), client(2)], { plain: [client(2)], hasBackup: true });
  const { last } = await leave([leaving], [1]);
  assert.deepEqual(leaving.done, [
    'refuses',
    `${client(2)} to ${member(1)}`,
    'contact left',
    `${client(1)} to ${member(1)}`,
  ]);
  assert.equal(last, 'member-left');
});

test('without a backup the address is kept until the clients have gone, and then deregistered', async () => {
  const leaving = unit([client(1)], { refusing: [member(1)] });
  await leave([leaving], [1, 2]);
  assert.deepEqual(leaving.done, [
    'refuses',
    `${client(1)} refused by ${member(1)}`,
    `${client(1)} to ${member(2)}`,
    'deregistered',
    'contact left',
  ]);
});

test('several contact addresses: each has its own clients handed off, and goes by itself', async () => {
  const units = [unit([client(1)], { hasBackup: true }), unit([client(1), client(2)], {})];
  await leave(units, [1]);
  assert.deepEqual(
    units.map(({ done }) => done.toSorted()),
    [
      [`${client(1)} to ${member(1)}`, 'contact left', 'refuses'],
      [
        `${client(1)} to ${member(1)}`,
        `${client(2)} to ${member(1)}`,
        'contact left',
        'deregistered',
        'refuses',
      ],
    ],
  );
});

test('what nobody takes in time is reported as lost', async () => {
  const leaving = unit([client(1)], {});
  const { told } = await leave([leaving], [], 100);
  assert.deepEqual(
    told.filter(({ event }) => event === 'connection-lost').map(({ fields }) => [fields.client, fields.port]),
    [[client(1), 4711]],
  );
  assert.ok(leaving.done.includes('deregistered'));
});

test('nobody is called at an address that no member can have, whoever tells of it', () => {
  const contactAddress = ipv6('2001:db8:1::100');
  const group = new GroupAddresses([[contactAddress, 'contact address']]);
  const { service, added, joins, written } = world({ introduced: true, group });
  joins(1);
  service.onFrame(member(1), {
    kind: 'member-list',
    members: [ipv6('ff02::1'), ipv6('::1'), contactAddress, member(2)],
  });
  assert.deepEqual(added, [member(2)]);
  assert.equal(written.find(({ event }) => event === 'members-refused')?.fields.refused, 3);
});
