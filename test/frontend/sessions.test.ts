import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analyzeCell } from '../../analysis/analyze-cell.ts';
import type { Sample } from '../../analysis/sample.ts';
import frontend from '../../experiments/frontend.ts';
import type { CaptureRecord } from '../support/capture-file.ts';
import { ipv6Packet } from '../support/capture-packets.ts';
import {
  bytes,
  clientAddresses,
  contactAddress,
  document,
  FrontendCell,
  type FrontendChange,
  indices,
  latencies,
  requestTimes,
  sighting,
  toClient,
} from '../support/frontend-cell.ts';

const [client] = clientAddresses;
/** Headers: IPv6 and TCP without options; IPv6 around it. */
const header = 60;
const tunnel = 40;

async function samplesOf(service: number, change?: FrontendChange): Promise<Sample[]> {
  using cell = new FrontendCell(service, change);
  return await analyzeCell(cell.folder, frontend.measures);
}

function measured(samples: readonly Sample[], measure: string): number {
  const sample = samples.find((candidate) => candidate.measure === measure)!;
  assert.equal(sample.outcome, 'succeeded', sample.reason);
  return sample.value!;
}

/** A packet of so many octets of data crosses the front's link there and, in a tunnel, back. */
const crossings = (octets: number): number => 2 * (header + octets) + tunnel;

const { cs1, cs2, ss } = latencies;
/** By way of the contact node, ms. */
const latency0 = 2 * (cs1 + ss);
const expectedLatency = [2 * (cs1 + ss), 2 * cs2, 2 * (cs1 + ss), cs1 + ss + cs2];
const request = `GET ${bytes}\n`.length;
const acknowledgements = document.segments * crossings(0);
const data = document.segments * crossings(document.octets);
const both = crossings(request) + acknowledgements + data;
const expectedOctets = [both, 0, both, crossings(request) + acknowledgements];

for (const service of [0, 1, 2, 3]) {
  test(`two faultless sessions, service ${service}: latency, throughput and load to the octet`, async () => {
    const samples = await samplesOf(service);
    const latency = expectedLatency[service]!;
    assert.equal(measured(samples, 'first-octet-latency'), latency);
    const documentMs = latency + (document.segments - 1) * document.apartMs;
    assert.ok(Math.abs(measured(samples, 'throughput-client') - (bytes * 8) / documentMs) < 1e-6);
    assert.equal(measured(samples, 'front-octets-client'), expectedOctets[service]);
    assert.equal(measured(samples, 'front-octets'), 2 * expectedOctets[service]!);
    const crossed = [2 * document.segments + 1, 0, 2 * document.segments + 1, document.segments + 1][
      service
    ]!;
    assert.equal(measured(samples, 'front-packets-client'), 2 * crossed);
    assert.equal(measured(samples, 'front-packets'), 4 * crossed);
  });
}

test('together the clients have what leaves for both in the middle half of the time in which both are sent to', async () => {
  // The second client is 1 ms behind: from its first segment to the other's last it is 39 ms. Two of each leave in the middle half.
  const sum = measured(await samplesOf(0), 'throughput-sum');
  assert.ok(Math.abs(sum - (4 * document.octets * 8) / 19.5) < 1e-6, String(sum));
});

test('of a document that has left before the middle half there is no common throughput', async () => {
  const samples = await samplesOf(0, {
    records: (all) =>
      all.map((record) => (isMiddle(record) ? { ...record, timeNs: record.timeNs - 20_000_000n } : record)),
  });
  const sum = samples.find(({ measure }) => measure === 'throughput-sum')!;
  assert.deepEqual([sum.outcome, sum.reason], ['unsupported', 'the documents are too short for it']);
});

/** The first client's segments between the first and the last of its document, on their way to it. */
function isMiddle({ packet, timeNs, interfaceIndex, direction }: CaptureRecord): boolean {
  const ms = Number((timeNs - 10n ** 18n) / 1_000_000n);
  const first = requestTimes[2] + latency0;
  return (
    interfaceIndex === indices.access1 &&
    direction === 'out' &&
    packet.length === header + document.octets &&
    packet.readUInt16BE(42) === 40_000 &&
    ms > first &&
    ms < first + (document.segments - 1) * document.apartMs
  );
}

test('what passes before the probes is the connection’s and the handoff’s, not the documents’', async () => {
  const message = ipv6Packet(contactAddress, client, { protocol: 17, bytes: Buffer.alloc(360) });
  const early = await samplesOf(1, { records: (all) => [...all, sighting('ha1', 'in', 500, message)] });
  assert.equal(measured(early, 'setup-octets-client'), 400 / 2);
  assert.equal(measured(early, 'front-octets'), 0);
  const meanwhile = await samplesOf(1, { records: (all) => [...all, sighting('ha1', 'out', 2050, message)] });
  assert.equal(measured(meanwhile, 'setup-octets-client'), 0);
  assert.equal(measured(meanwhile, 'front-octets'), 400);
  assert.equal(measured(meanwhile, 'front-packets'), 1);
});

test('the link’s own neighbour discovery is no load', async () => {
  const solicitation = ipv6Packet(contactAddress, client, {
    protocol: 58,
    bytes: Buffer.from([135, 0, 0, 0, 0, 0, 0, 0]),
  });
  const samples = await samplesOf(1, {
    records: (all) => [...all, sighting('ha1', 'in', 2050, solicitation)],
  });
  assert.equal(measured(samples, 'front-octets'), 0);
});

test('of two repetitions each has its own measures, and one that fails leaves the other alone', async () => {
  const good = await samplesOf(3, { repetitions: 2 });
  const loads = good.filter(({ measure }) => measure === 'front-octets').map(({ value }) => value);
  assert.deepEqual(loads, [2 * expectedOctets[3]!, 2 * expectedOctets[3]!]);
  const half = await samplesOf(3, {
    repetitions: 2,
    records: (all) => [...all, sighting('access1', 'in', 13_000, Buffer.alloc(43, 0x60))],
  });
  const outcomes = half.filter(({ measure }) => measure === 'front-octets').map(({ outcome }) => outcome);
  assert.deepEqual(outcomes, ['succeeded', 'failed']);
});

test('a last segment that TCP took for lost is measured once', async () => {
  const probe = toClient(3, { client, port: 40_000 }, 2200, {
    seq: 7000 + 101 + bytes - 50,
    flags: 16,
    payload: Buffer.alloc(50),
  });
  const [plain, probed] = [await samplesOf(3), await samplesOf(3, { records: (all) => [...all, ...probe] })];
  for (const measure of ['throughput-client', 'throughput-sum', 'front-octets'])
    assert.equal(measured(probed, measure), measured(plain, measure), measure);
});
