import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { readNftTable, removeFilterTable, setFilterTable } from '../../../linux/nft.ts';
import { canonical, describe, KernelObjects } from '../../../linux/objects/objects.ts';
import type { EspStateObject, KernelObject } from '../../../linux/objects/types.ts';
import {
  CLOSED_WINDOW_MARK,
  memberFirewall,
  memberTable,
  RESET_MARK,
} from '../../../linux/recipes/member-firewall.ts';
import {
  ANYWHERE,
  between,
  homeAddressOption,
  host,
  mobilityBetween,
  mobilityState,
  policy,
  routingHeader,
  wildcardState,
} from '../../../linux/recipes/parts.ts';
import { ipv6 } from '../../../mip6/wire/address.ts';

/**
 * Runs in the lab: every kind of object is added, read back by netlink and by `ip`, updated, read back, deleted, and
 * must be gone. Writes one line per case to `object-cycle.jsonl` in the working directory; any failure is in its line.
 */
interface Case {
  readonly name: string;
  readonly object: KernelObject;
  /** the same object in another version */
  readonly changed?: KernelObject;
  /** the `ip` command that shows it, and what its output must match before and after the change */
  readonly show: readonly string[];
  readonly seen: RegExp;
  readonly seenChanged?: RegExp;
}

const H = ipv6('2001:db8:1::100');
const A = ipv6('2001:db8:1::1');
const C1 = ipv6('2001:db8:1::2');
const C2 = ipv6('2001:db8:2::2');
const CN = ipv6('2001:db8:c::2');
const XFRM_STATES = ['xfrm', 'state', 'list'];
const XFRM_POLICIES = ['xfrm', 'policy', 'list'];
const ESP: EspStateObject = {
  kind: 'esp-state',
  source: C1,
  destination: A,
  mode: 'tunnel',
  spi: 0x1003,
  requestId: 3,
  encryptionKey: new Uint8Array(16).fill(0x11),
  authenticationKey: new Uint8Array(20).fill(0x22),
  replay: { inbound: 9, outbound: 7, bitmap: 0x155 },
};
const OPTIMISED = policy('out', 'sub', 16, between(CN, H), routingHeader);
const TYPED = policy('out', 'main', 2, mobilityBetween(H, A, 5));

const CASES: readonly Case[] = [
  {
    name: 'address',
    object: { kind: 'address', address: H, device: 'lo', skipDuplicateDetection: true, homeAddress: true },
    show: ['-6', 'addr', 'show', 'dev', 'lo'],
    seen: /2001:db8:1::100\/128 scope global nodad home/,
  },
  {
    name: 'tunnel',
    object: { kind: 'tunnel', name: 'tha', local: C1, remote: A },
    changed: { kind: 'tunnel', name: 'tha', local: C1, remote: C2 },
    show: ['-6', 'tunnel', 'show', 'tha'],
    seen: /tha: ipv6\/ipv6 remote 2001:db8:1::1 local 2001:db8:1::2 encaplimit none hoplimit 64/,
    seenChanged: /tha: ipv6\/ipv6 remote 2001:db8:2::2 local 2001:db8:1::2 encaplimit none hoplimit 64/,
  },
  {
    name: 'route',
    object: { kind: 'route', destination: ANYWHERE, device: 'd0', table: 100 },
    changed: { kind: 'route', destination: ANYWHERE, device: 'd1', table: 100, initialCongestionWindow: 40 },
    show: ['-6', 'route', 'show', 'table', 'all', 'default'],
    seen: /default dev d0 table 100/,
    seenChanged: /default dev d1 table 100 .*initcwnd 40/,
  },
  {
    name: 'route by way of a router, in a table beyond 255',
    object: { kind: 'route', destination: host(CN), via: ipv6('2001:db8:9::1'), device: 'd0', table: 1000 },
    changed: { kind: 'route', destination: host(CN), via: ipv6('2001:db8:9::7'), device: 'd0', table: 1000 },
    show: ['-6', 'route', 'show', 'table', '1000'],
    seen: /2001:db8:c::2 via 2001:db8:9::1 dev d0/,
    seenChanged: /2001:db8:c::2 via 2001:db8:9::7 dev d0/,
  },
  {
    name: 'rule of one flow',
    object: {
      kind: 'rule',
      preference: 50,
      from: host(CN),
      to: host(H),
      incomingDevice: 'tha',
      protocol: 6,
      sourcePort: 4000,
      destinationPort: 8080,
      table: 202,
    },
    show: ['-6', 'rule', 'show'],
    seen: /^50:\tfrom 2001:db8:c::2 to 2001:db8:1::100 iif tha .*ipproto tcp sport 4000 dport 8080 lookup 202/m,
  },
  {
    name: 'rule of a mark',
    object: { kind: 'rule', preference: 60, mark: 2, table: 1000 },
    show: ['-6', 'rule', 'show'],
    seen: /^60:\tfrom all fwmark 0x2 lookup 1000/m,
  },
  {
    name: 'local rule',
    object: { kind: 'local-rule', preference: 100 },
    changed: { kind: 'local-rule', preference: 200 },
    show: ['-6', 'rule', 'show'],
    seen: /^100:\tfrom all lookup local/,
    seenChanged: /^200:\tfrom all lookup local/,
  },
  {
    name: 'wildcard state',
    object: wildcardState('routing-header-2'),
    show: XFRM_STATES,
    seen: /src :: dst ::\n\tproto route2 .*mode ro\n.*flag wildrecv[\s\S]*coa ::\n[\s\S]*sel src ::\/0 dst ::\/0/,
  },
  {
    name: 'home address option state',
    object: mobilityState('home-address-option', H, CN, C1),
    changed: mobilityState('home-address-option', H, CN, C2),
    show: XFRM_STATES,
    seen: /src 2001:db8:1::100 dst 2001:db8:c::2\n\tproto hao .*mode ro\n[\s\S]*coa 2001:db8:1::2\n[\s\S]*sel src 2001:db8:1::100\/128 dst 2001:db8:c::2\/128/,
    seenChanged: /proto hao [\s\S]*coa 2001:db8:2::2\n/,
  },
  {
    name: 'ESP state, whose counters go along when its address changes',
    object: ESP,
    changed: { ...ESP, source: C2 },
    show: ['-s', ...XFRM_STATES],
    seen: /src 2001:db8:1::2 dst 2001:db8:1::1\n\tproto esp spi 0x00001003[\s\S]*reqid 3\(0x00000003\) mode tunnel[\s\S]*0x(11){16}[\s\S]*seq 0x9, oseq 0x7, bitmap 0x00000155/,
    seenChanged:
      /src 2001:db8:2::2 dst 2001:db8:1::1\n\tproto esp spi 0x00001003[\s\S]*seq 0x9, oseq 0x7, bitmap 0x00000155/,
  },
  {
    name: 'route optimisation policy',
    object: OPTIMISED,
    changed: { ...OPTIMISED, priority: 17, templates: [homeAddressOption(CN, H)] },
    show: XFRM_POLICIES,
    seen: /src 2001:db8:c::2\/128 dst 2001:db8:1::100\/128 \n\tdir out priority 16 ptype sub \n\ttmpl src :: dst ::\n\t\tproto route2 reqid 0 mode ro\n\t\tlevel use/,
    seenChanged:
      /dir out priority 17 ptype sub \n\ttmpl src 2001:db8:c::2 dst 2001:db8:1::100\n\t\tproto hao/,
  },
  {
    name: 'policy of one Mobility Header type',
    object: TYPED,
    changed: {
      ...TYPED,
      templates: [
        { protocol: 'esp', mode: 'tunnel', source: C1, destination: A, requestId: 3, level: 'required' },
      ],
    },
    show: XFRM_POLICIES,
    seen: /src 2001:db8:1::100\/128 dst 2001:db8:1::1\/128 proto mobility-header type 5 \n\tdir out priority 2/,
    seenChanged: /tmpl src 2001:db8:1::2 dst 2001:db8:1::1\n\t\tproto esp reqid 3 mode tunnel/,
  },
];

const kernel = new KernelObjects();
const lines = CASES.map((one) => JSON.stringify({ name: one.name, failure: failureOf(() => cycle(one)) }));
lines.push(
  JSON.stringify({ name: 'packet filter table, as nft(8) shows it', failure: failureOf(filterTable) }),
);
lines.push(JSON.stringify({ name: 'changes that go to the kernel together', failure: failureOf(together) }));
writeFileSync('object-cycle.jsonl', `${lines.join('\n')}\n`);
kernel.close();

function failureOf(act: () => void): string | null {
  try {
    act();
    return null;
  } catch (error) {
    return error instanceof Error ? `${error.message}\n${error.stack}` : String(error);
  }
}

function cycle({ object, changed, show, seen, seenChanged }: Case): void {
  const before = allOf(object.kind);
  kernel.add(object);
  assert.match(ip(show), seen);
  assert.deepEqual(added(before, object.kind), [canonical(object)]);
  const last = changed ?? object;
  if (changed !== undefined) {
    kernel.update(changed, object);
    assert.match(ip(show), seenChanged!);
    assert.deepEqual(added(before, object.kind), [canonical(changed)]);
  }
  assert.throws(
    () => kernel.add(last),
    /the kernel refused: .*\n {2}command: ip .*\n {2}answer: .+\n {2}remedy: /,
  );
  kernel.remove(last);
  assert.deepEqual(allOf(object.kind), before);
  assert.throws(() => kernel.remove(last), /the kernel refused/);
  assert.ok(describe(object).length > 0);
}

/** Ours and the one that nft(8) makes of the same rules in words look alike to it; a second one replaces the first. */
function filterTable(): void {
  const words = (address: string): string =>
    `ip6 saddr ${address} tcp flags & rst == rst meta mark != ${RESET_MARK} counter drop\n` +
    `ip6 saddr ${address} meta l4proto tcp meta mark == ${CLOSED_WINDOW_MARK} tcp window set 0`;
  const chain = 'type filter hook output priority filter; policy accept;';
  const script = `table ip6 ${memberTable} { chain output { ${chain}\n${words(H)}\n${words(CN)}\n}\n}\n`;
  execFileSync('nft', ['-f', '-'], { input: script });
  const expected = readNftTable(memberTable);
  removeFilterTable(memberTable);
  assert.equal(readNftTable(memberTable), undefined);
  removeFilterTable(memberTable);
  setFilterTable(memberFirewall([A]));
  setFilterTable(memberFirewall([H, CN]));
  assert.equal(readNftTable(memberTable), expected);
  assert.match(expected ?? '', /2001:db8:c::2 tcp flags & rst == rst/);
  removeFilterTable(memberTable);
  const mark = 'ip6 dscp set cs6';
  const channel = (port: string): string => `ip6 saddr ${C1} tcp ${port} 7000 ${mark}`;
  const marking = [`meta l4proto 135 ${mark}`, channel('sport'), channel('dport'), words(H)].join('\n');
  execFileSync('nft', ['-f', '-'], {
    input: `table ip6 ${memberTable} { chain output { ${chain}\n${marking}\n}\n}\n`,
  });
  const marked = readNftTable(memberTable);
  removeFilterTable(memberTable);
  setFilterTable(memberFirewall([H], { dscp: 48, careOfAddress: C1, channelPort: 7000 }));
  assert.equal(readNftTable(memberTable), marked);
  assert.match(marked ?? '', /l4proto mobility-header ip6 dscp set cs6/);
  removeFilterTable(memberTable);
  const name = 'n'.repeat(300);
  assert.throws(
    () => setFilterTable({ ...memberFirewall([H]), name }),
    /the kernel refused: nft table ip6 nnn/,
  );
  assert.equal(execFileSync('nft', ['list', 'ruleset'], { encoding: 'utf8' }), '');
}

/** One change in the middle is refused: those beside it are made, and the kernel's words are those of the refused one. */
function together(): void {
  const states = [1, 2, 3].map((number) =>
    mobilityState('home-address-option', H, ipv6(`2001:db8:c::${number}`), C1),
  );
  const before = allOf('mobility-state');
  kernel.add(states[1]!);
  const outcomes = kernel.changeAll(states.map((object) => ({ verb: 'add', object })));
  assert.deepEqual(
    outcomes.map(({ failure }) => failure === undefined),
    [true, false, true],
  );
  assert.match(
    String(outcomes[1]!.failure),
    /the kernel refused: ip xfrm state add .*2001:db8:c::2[\s\S]*EEXIST/,
  );
  assert.equal(added(before, 'mobility-state').length, 3);
  const tunnel: KernelObject = { kind: 'tunnel', name: 'tha', local: C1, remote: A };
  const removed = kernel.changeAll([
    ...states.map((object) => ({ verb: 'remove', object }) as const),
    { verb: 'add', object: tunnel },
    { verb: 'add', object: OPTIMISED },
    { verb: 'remove', object: OPTIMISED },
    { verb: 'remove', object: tunnel },
  ]);
  assert.deepEqual(removed, [{}, {}, {}, {}, {}, {}, {}]);
  assert.deepEqual(allOf('mobility-state'), before);
  const stopped = kernel.changeAll([
    { verb: 'remove', object: OPTIMISED },
    { verb: 'add', object: tunnel },
  ]);
  assert.equal(stopped.length, 1);
  assert.deepEqual(allOf('tunnel'), []);
}

function added(before: readonly KernelObject[], kind: KernelObject['kind']): KernelObject[] {
  const known = new Set(before.map(describe));
  return kernel.list(kind).filter((object) => !known.has(describe(object)));
}

function allOf(kind: KernelObject['kind']): KernelObject[] {
  return kernel.list(kind);
}

function ip(words: readonly string[]): string {
  return execFileSync('ip', [...words], { encoding: 'utf8' });
}
