import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runInLab } from '../support/lab.ts';
import { type Packet, routerPackets } from './router-packets.ts';

/** The recipes in the lab kernel, over Fig. 9's network, without signalling: what the processes saw and what the router saw. */
const C1 = '2001:db8:1::2';
const C2 = '2001:db8:2::2';
const H = '2001:db8:1::100';
const A = '2001:db8:1::1';
const CN = '2001:db8:c::2';

const REPLAYED = 'XfrmInStateSeqError     \t1';

interface Phase {
  readonly name: string;
  /** nanoseconds since the epoch */
  readonly start: string;
  readonly seen: Record<string, unknown>;
}

let phases: readonly Phase[] = [];
let packets: readonly Packet[] = [];
/** index of the router's interface on the client's second link */
let secondLink = 0;

before(async () => {
  const inLab = (name: string) => fileURLToPath(new URL(`lab/${name}`, import.meta.url));
  const programs = { 'recipe-host': inLab('recipe-host.ts'), 'end-to-end': inLab('end-to-end.ts') };
  const names = ['network.sh', 'mobility-header.py'];
  const contents = await Promise.all(names.map(async (name) => [name, await readFile(inLab(name), 'utf8')]));
  const body = 'bash network.sh\n$NODE /run/lab/nodes/end-to-end.cjs';
  await using lab = await runInLab({ body, programs, files: Object.fromEntries(contents) });
  assert.equal(lab.status, 0, lab.console);
  ({ phases, secondLink } = JSON.parse(await readFile(join(lab.folder, 'report.json'), 'utf8')));
  packets = routerPackets(join(lab.folder, 'router.pcap'));
});

test('home registration: the client reaches the contact node and back through the home tunnel', () => {
  assert.deepEqual(seen('tunnel'), { ping: true, echo: 'node1:one', signalling: `${H} 5`, deviations: [] });
  const ofClient = during('tunnel').filter(({ ports }) => ports.includes('40001'));
  assert.ok(ofClient.length >= 4);
  assert.deepEqual(
    ofClient.filter((packet) => !bare(packet)),
    [],
  );
});

test('binding: every packet to the member has the routing header, every one back the Home Address option', () => {
  assert.deepEqual(seen('bound'), { ping: true, echo: 'node1:two', deviations: [] });
  assertOptimised(during('bound'), C1);
});

test('a new care-of address through the reconciler moves the very next packet of an open connection', () => {
  assert.deepEqual(seen('moved'), {
    ping: true,
    echo: 'node2:four',
    resetsDropped: true,
    deviations: [],
  });
  assertOptimised(during('moved'), C2);
  const [next] = during('moved').filter(({ ports }) => ports[0] === '40001');
  assert.deepEqual(next?.destination, [C2]);
  // Address and path: with the states alone updated, the cached route still leads to the first link.
  const arriving = packets.filter(({ leaving, destination }) => !leaving && destination[0] === C2);
  const fromClient = arriving.filter(({ source }) => source[0] === CN);
  assert.ok(fromClient.length >= 4);
  assert.deepEqual(
    fromClient.filter(({ interfaceIndex }) => interfaceIndex !== secondLink),
    [],
  );
});

test('no binding: a new connection goes to the contact node', () => {
  assert.deepEqual(seen('unbound'), { echo: 'node1:five' });
  const third = during('unbound').filter(({ ports }) => ports.includes('40003'));
  assert.ok(third.length >= 4 && third.every(bare));
});

test('per-flow forwarding: one connection goes on to the other member by the member tunnel, its neighbour does not', () => {
  assert.deepEqual(seen('flow'), { forwarded: 'node2:six', other: 'node1:seven', deviations: [] });
  const tunnelled = during('flow').filter(({ source }) => source.length === 2);
  assert.ok(tunnelled.length >= 4);
  for (const { source, destination, ports } of tunnelled) {
    const out = ports[0] === '40004';
    assert.deepEqual(ports, out ? ['40004', '8080'] : ['8080', '40004']);
    assert.deepEqual(source, out ? [C1, CN] : [C2, H]);
    assert.deepEqual(destination, out ? [C2, H] : [C1, CN]);
  }
});

test('ESP: Binding Update, Home Test Init and Home Test arrive', () => {
  assert.deepEqual(seen('protected'), {
    update: `${H} 5`,
    homeTestInit: `${H} 1`,
    homeTest: `${CN} 3`,
    deviations: [],
  });
});

test('takeover: tunnel and associations move to the other member, and their counters go on', () => {
  const { counters, ...rest } = seen('takeover') ?? {};
  assert.deepEqual(rest, { update: `${H} 5`, homeTestInit: `${H} 1`, homeTest: `${CN} 3`, deviations: [] });
  // Each association carried one message before and one after; the backup node began 1000 higher.
  const [tunnelIn, tunnelOut, , updates] = counters as string[];
  assert.deepEqual(
    [tunnelIn, tunnelOut, updates],
    ['seq 0x0, oseq 0x2', 'seq 0x3e9, oseq 0x0', 'seq 0x3e9, oseq 0x0'],
  );
  const protectedOnes = during('takeover').filter(({ spi }) => spi !== '');
  const flat = protectedOnes.map(({ spi, source, destination, homeAddressOption }) => [
    spi,
    source[0],
    destination[0],
    homeAddressOption,
  ]);
  assert.deepEqual(flat, [
    ['0x00001001', C2, A, H],
    ['0x00001003', C2, A, ''],
    ['0x00001004', A, C2, ''],
  ]);
});

test('clearAll leaves nothing, the kernel counted no error but the replay, and nobody sent a reset', () => {
  const { left, errors } = seen('end') as { left: Record<string, string>; errors: Record<string, string[]> };
  for (const [node, text] of Object.entries(left)) {
    assert.equal(text, '0:\tfrom all lookup local\n32766:\tfrom all lookup main\n', node);
  }
  assert.equal(Object.keys(left).length, 6);
  // The replayed Home Test Init: the association's next care-of address did not make it acceptable again.
  assert.deepEqual(errors, {
    ...Object.fromEntries(Object.keys(left).map((node) => [node, []])),
    ha1: [REPLAYED],
  });
  assert.deepEqual(
    packets.filter(({ reset }) => reset),
    [],
  );
});

function seen(name: string): Record<string, unknown> | undefined {
  return phases.find((phase) => phase.name === name)?.seen;
}

/** Packets that left the router in a phase. */
function during(name: string): Packet[] {
  const index = phases.findIndex((phase) => phase.name === name);
  assert.ok(index >= 0 && index + 1 < phases.length, `the report lacks ${name} or its successor`);
  const [from, to] = [BigInt(phases[index]!.start), BigInt(phases[index + 1]!.start)];
  return packets.filter(({ leaving, timeNs }) => leaving && timeNs >= from && timeNs < to);
}

/** Neither route optimisation nor tunnel. */
function bare({ source, routingHeader, homeAddressOption }: Packet): boolean {
  return source.length === 1 && routingHeader === '' && homeAddressOption === '';
}

function assertOptimised(all: readonly Packet[], careOfAddress: string): void {
  const toMember = all.filter(({ source }) => source[0] === CN);
  const toClient = all.filter(({ destination }) => destination[0] === CN);
  assert.ok(toMember.length >= 4 && toClient.length >= 3);
  for (const { destination, routingHeader } of toMember) {
    assert.deepEqual([destination, routingHeader], [[careOfAddress], H]);
  }
  for (const { source, homeAddressOption } of toClient) {
    assert.deepEqual([source, homeAddressOption], [[careOfAddress], H]);
  }
}
