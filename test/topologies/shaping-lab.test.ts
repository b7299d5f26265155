import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fig9 } from '../../topologies/fig9.ts';
import { pair } from '../../topologies/pair.ts';
import { topology } from '../../topologies/topology-builder.ts';
import { compareReadBack } from '../../topologies/verify.ts';
import { tsharkFields } from '../support/capture-tshark.ts';
import {
  bulk,
  ping,
  roundTripRange,
  roundTrips,
  runNetwork,
  startCapture,
  stopCapture,
} from '../support/network-lab.ts';

test('an asymmetric line has its delay and each direction its own rate', async () => {
  const network = pair({ delayMs: 20.125, upKbit: 10_000, downKbit: 100_000 });
  const body = [
    ping('client', '2001:db8:b::2', 'ping', 3),
    startCapture('router'),
    bulk('server', 'client', '2001:db8:b::2', 8_000_000),
    bulk('client', 'server', '2001:db8:a::2', 2_000_000),
    stopCapture,
  ];
  await using lab = await runNetwork(network, body.join('\n'));
  assert.equal(lab.status, 0, lab.console);
  assert.deepEqual((await compareReadBack(network, join(lab.folder, 'network'))).map(String), []);
  const { least, most } = roundTripRange(await readFile(join(lab.folder, 'ping'), 'utf8'));
  assert.ok(Math.max(Math.abs(least - 40.25), Math.abs(most - 40.25)) <= 0.01, `${least}…${most} ms`);
  const capture = join(lab.folder, 'capture.pcap');
  assertRate(steadyRate(capture, 'ipv6.src == 2001:db8:b::2 && sll.ifindex == 102'), 100_000);
  assertRate(steadyRate(capture, 'ipv6.src == 2001:db8:a::2 && sll.ifindex == 102'), 10_000);
});

test('packets of the DSCP that passes first do not wait behind others for the rate', async () => {
  const network = topology('first')
    .addHost('client')
    .addRouter('router')
    .addHost('server')
    .addLink('client', 'router', {
      prefix: '2001:db8:a::/64',
      addresses: ['2001:db8:a::2', '2001:db8:a::1'],
      bToA: { rateKbit: 1000, firstDscp: 48 },
    })
    .addLink('router', 'server', { prefix: '2001:db8:b::/64', addresses: ['2001:db8:b::1', '2001:db8:b::2'] })
    .build();
  // Answers have the class of their request; half a second behind the start of two megabytes.
  const pings = [0, 192].map(
    (tos) => `sleep 0.5; on client ping -n -c 3 -i 1 -Q ${tos} 2001:db8:b::2 >/run/job/class${tos}`,
  );
  const body = `(${pings.join('; ')}) & pings=$!\n${bulk('server', 'client', '2001:db8:b::2', 2_000_000)}\nwait $pings`;
  await using lab = await runNetwork(network, body);
  assert.equal(lab.status, 0, lab.console);
  assert.deepEqual((await compareReadBack(network, join(lab.folder, 'network'))).map(String), []);
  const range = async (tos: number) =>
    roundTripRange(await readFile(join(lab.folder, `class${tos}`), 'utf8'));
  // One full segment at 1 Mbit/s is on the line.
  assert.ok((await range(192)).most < 13, `${(await range(192)).most} ms`);
  assert.ok((await range(0)).least > 100, `${(await range(0)).least} ms`);
});

test('loss and jitter are of both directions, and are drawn from the seed', async () => {
  const network = fig9({ cs1Ms: 40, cs2Ms: 40, ssMs: 20, lossPct: 10, jitterMs: 5 });
  const answers = async (seed: number): Promise<string> => {
    await using lab = await runNetwork(network, ping('client', '2001:db8:1::2', 'ping', 200), { seed });
    assert.equal(lab.status, 0, lab.console);
    assert.deepEqual((await compareReadBack(network, join(lab.folder, 'network'))).map(String), []);
    return readFile(join(lab.folder, 'ping'), 'utf8');
  };
  const first = await answers(1);
  assert.equal(await answers(1), first);
  assert.notEqual(await answers(2), first);
  const times = [...roundTrips(first).values()];
  // Both directions must let it pass: 0.9² of 200 = 162, standard deviation 5.5.
  assert.ok(times.length > 140 && times.length < 184, `${times.length} answers of 200`);
  assert.ok(
    Math.min(...times) >= 70 && Math.max(...times) <= 90.01,
    `${Math.min(...times)}…${Math.max(...times)} ms`,
  );
  assert.ok(Math.max(...times) - Math.min(...times) > 10);
});

test('a network that cannot be built ends the lab with status 3 and the name of the step', async () => {
  const network = pair();
  const broken = { ...network, sysctls: { 'net.ipv6.conf.all.nonsense': '1' } };
  await using lab = await runNetwork(broken, 'echo built >/run/job/built');
  assert.equal(lab.status, 3);
  assert.match(lab.console, /settings: client: net\/ipv6\/conf\/all\/nonsense: No such file/);
  assert.match(lab.console, /network pair: building failed/);
  await assert.rejects(readFile(join(lab.folder, 'built')), { code: 'ENOENT' });
});

/** kbit/s of Ethernet frames in the second half of the data which the filter selects, when slow start is over. */
function steadyRate(capture: string, filter: string): number {
  const rows = tsharkFields(capture, ['frame.time_epoch', 'frame.len'], '-Y', `${filter} && tcp.len > 1000`);
  const half = rows.slice(Math.floor(rows.length / 2));
  assert.ok(half.length > 100, `${half.length} packets`);
  const cookedHeader = 20;
  const ethernetHeader = 14;
  const octets = half.slice(1).reduce((sum, row) => sum + Number(row[1]) - cookedHeader + ethernetHeader, 0);
  return (octets * 8) / (Number(half.at(-1)![0]) - Number(half[0]![0])) / 1000;
}

function assertRate(kbit: number, asked: number): void {
  assert.ok(Math.abs(kbit / asked - 1) < 0.01, `${kbit} kbit/s instead of ${asked}`);
}
