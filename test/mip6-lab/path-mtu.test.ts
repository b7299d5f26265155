import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { tsharkFields } from '../support/capture-tshark.ts';
import { guestFiles } from '../support/guest-files.ts';
import { type MobilityTestbedRun, runMobilityTestbed } from '../support/mobility-testbed.ts';

const CONTACT = '2001:db8:1::100';
/** as tshark writes it */
const HOME_ADDRESS_OPTION = '0xc9';
const settings = { csMs: [10], ssMs: [10] };

/** Both ends of the link from ha1 to `neighbour`: lowering one would drop what arrives there in silence. */
function lower(end: string, neighbour: string, neighbourEnd: string): string {
  return `ip -n ha1 link set ${end} mtu 1400; ip -n ${neighbour} link set ${neighbourEnd} mtu 1400`;
}

function script(before: string, drop: string): string {
  return `
start_all
mkfifo /run/serving
on node1 /usr/bin/python3 transfer.py serve ${CONTACT} 9000 3 >/run/serving &
server=$!
read -r -t 60 _ </run/serving
${before}
on client ip xfrm policy >policy
on client /usr/bin/python3 transfer.py run ${CONTACT} 9000 >first
# The link gets smaller while the second transfer is on its way down, at 2 Mbit/s.
on client /usr/bin/python3 transfer.py run ${CONTACT} 9000 >second &
transfer=$!
sleep 2.5
${drop}
wait "$transfer"
on client /usr/bin/python3 transfer.py run ${CONTACT} 9000 >third
wait "$server"
# Both ends close, and what they have for that still goes the way that is tested.
sleep 5`;
}

test('home tunnel: full-size segments pass both ways, before and after a smaller link behind the home agent', async () => {
  const files = await guestFiles('transfer.py');
  const body = `${script('', lower('ha1-eth1', 'node1', 'node1-eth0'))}\nfinish_all`;
  await using run = await runMobilityTestbed({ body, files, settings, capture: 'ha1' });
  assert.equal(run.status, 0, run.console);
  assert.doesNotMatch(await run.file('policy'), /priority 16/);
  await assertIntact(run);
  const packets = read(run);
  assert.ok(packets.some(({ tunnelled, octets }) => tunnelled && octets === 1500));
  assert.equal(packets.filter(({ optimised }) => optimised).length, 0);
});

test('route optimisation: full-size segments pass both ways, before and after a smaller link on the path', async () => {
  const files = await guestFiles('transfer.py');
  // The held connection makes the member register with the client; data is sent on another one.
  const before = `
mkfifo /run/holding /run/hold
on client /usr/bin/python3 transfer.py hold ${CONTACT} 8080 </run/hold >/run/holding &
holder=$!
exec 6>/run/hold
read -r -t 60 _ </run/holding
for ((i = 0; i < 100; i++)); do on node1 ip xfrm policy >active; grep -q "priority 15" active && break; sleep 0.1; done`;
  const body = `${script(before, lower('ha1-eth0', 'router', 'router-eth1'))}
exec 6>&-
wait "$holder"
finish_all`;
  await using run = await runMobilityTestbed({ body, files, settings, capture: 'ha1' });
  assert.equal(run.status, 0, run.console);
  assert.match(await run.file('policy'), /priority 16/);
  await assertIntact(run);
  const ofTransfers = read(run).filter(({ ports }) => ports.includes('9000'));
  assert.ok(ofTransfers.length > 4000);
  assert.deepEqual(ofTransfers.filter(({ optimised }) => !optimised).slice(0, 20), []);
  const largest = (end: 0 | 1) =>
    Math.max(...ofTransfers.filter(({ ports }) => ports[end] === '9000').map(({ octets }) => octets));
  // The member's segments leave room for the home tunnel (40 octets), of which the Home Address option takes 24.
  assert.deepEqual([largest(0), largest(1)], [1500 - 40 + 24, 1500]);
});

interface Packet {
  /** of the IPv6 packet */
  readonly octets: number;
  readonly tunnelled: boolean;
  /** with a Home Address option or a type 2 routing header */
  readonly optimised: boolean;
  readonly ports: readonly string[];
}

async function assertIntact(run: MobilityTestbedRun): Promise<void> {
  for (const transfer of ['first', 'second', 'third']) {
    assert.equal((await run.file(transfer)).trim(), 'intact', transfer);
  }
  const capture = join(run.folder, 'capture.pcap');
  assert.deepEqual(tsharkFields(capture, ['frame.number'], '-Y', 'ipv6.fraghdr'), [], 'no fragment');
  for (const machine of ['client', 'node1']) {
    const counters = (await run.events(machine === 'client' ? 'correspondent-node' : machine)).find(
      ({ event }) => event === 'counters',
    );
    assert.deepEqual(
      Object.keys(counters ?? {}).filter((name) => name.startsWith('Xfrm')),
      [],
      machine,
    );
  }
}

function read(run: MobilityTestbedRun): Packet[] {
  const fields = ['ipv6.plen', 'ipv6.opt.type', 'ipv6.routing.type', 'tcp.srcport', 'tcp.dstport'];
  return tsharkFields(join(run.folder, 'capture.pcap'), fields, '-Y', 'tcp').map(
    ([lengths = '', options = '', routing = '', source = '', destination = '']) => ({
      octets: Number(lengths.split(',')[0]) + 40,
      tunnelled: lengths.includes(','),
      optimised: routing.split(',').includes('2') || options.split(',').includes(HOME_ADDRESS_OPTION),
      ports: [source, destination],
    }),
  );
}
