import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { CellRecord } from '../../analysis/cell.ts';
import { churnFamily } from '../../analysis/churn/churn-family.ts';
import { ipv6 } from '../../mip6/wire/address.ts';
import { type CaptureRecord, writeCapture } from '../support/capture-file.ts';
import { ipv6Packet, tcpSegment } from '../support/capture-packets.ts';

const client = ipv6('2001:db8:c:1::2');
const contactAddress = ipv6('2001:db8:1:1::100');
const epochNs = 1_000_000_000n * 1_000_000_000n;
const [bytes, serverPort, clientPort, start] = [10_000, 8080, 40_000, 7001];
const flags = { syn: 2, reset: 4, ack: 16 } as const;
const startsMs = [0, 10_000] as const;

const cell: CellRecord = {
  ...{
    experiment: 'churn',
    cell: 'synthetic',
    parameters: { clients: 1, bytes },
    variant: '',
    clock: 'virtual',
  },
  ...{ seed: 1, repetitions: startsMs.length, addresses: { client1: client, contactAddress } },
  ...{ servicePort: serverPort, channelPort: 7000, interfaces: { 2: 'access1', 3: 'ha1' } },
};

function at(ms: number): bigint {
  return epochNs + BigInt(ms) * 1_000_000n;
}

function fromClient(ms: number, fields: { seq: number; ack?: number; flags: number }): CaptureRecord {
  const segment = tcpSegment(client, contactAddress, { from: clientPort, to: serverPort, ...fields });
  return {
    timeNs: at(ms),
    interfaceIndex: 2,
    direction: 'in',
    packet: ipv6Packet(client, contactAddress, segment),
  };
}

function toClient(ms: number, fields: { seq: number; flags: number; payload?: Buffer }): CaptureRecord {
  const segment = tcpSegment(contactAddress, client, {
    from: serverPort,
    to: clientPort,
    ack: 101,
    ...fields,
  });
  return {
    timeNs: at(ms),
    interfaceIndex: 2,
    direction: 'out',
    packet: ipv6Packet(contactAddress, client, segment),
  };
}

/** One download; both repetitions use one port. */
function download(index: number, acknowledged = bytes): CaptureRecord[] {
  const ms = startsMs[index]!;
  const data = Array.from({ length: bytes / 1000 }, (_, part) =>
    toClient(ms + 100 + part, { seq: start + 1000 * part, flags: flags.ack, payload: Buffer.alloc(1000, 1) }),
  );
  return [
    fromClient(ms + 10, { seq: 100 + index, flags: flags.syn }),
    toClient(ms + 20, { seq: start - 1, flags: flags.syn }),
    ...data,
    fromClient(ms + 200, { seq: 101, ack: start + acknowledged, flags: flags.ack }),
  ];
}

function told(): readonly object[] {
  return startsMs.flatMap((ms, repetition) => {
    const own = { node: 'download-client1', repetition };
    return [
      { ...own, t: String(at(ms)), event: 'repetition-started' },
      { ...own, t: String(at(ms + 30)), event: 'connected', port: clientPort },
      { ...own, t: String(at(ms + 300)), event: 'repetition-finished', ok: true, intact: true },
    ];
  });
}

/** By repetition: the share of completed downloads, or why the repetition has failed. */
async function completed(
  records: readonly CaptureRecord[],
): Promise<readonly (number | string | undefined)[]> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'handoff-lab-churn-'));
  try {
    writeCapture(path.join(folder, 'router.pcap'), records);
    writeFileSync(
      path.join(folder, 'events.jsonl'),
      told()
        .map((line) => `${JSON.stringify(line)}\n`)
        .join(''),
    );
    const readings = await churnFamily.read(folder, cell);
    return readings.map((one) => ('failed' in one ? one.failed : one.measure('churn-completed')?.value));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('a download is completed when its last octet is acknowledged, though a port serves twice', async () => {
  assert.deepEqual(await completed([...download(0), ...download(1)]), [100, 100]);
});

test('a client that tells of octets which it has not acknowledged is not believed', async () => {
  const [first, second] = await completed([...download(0), ...download(1, bytes - 1)]);
  assert.equal(first, 100);
  assert.match(String(second), /client1 has acknowledged 9999 of the 10000 octets/);
});

test('what goes wrong counts against the repetition in which it does, and no other', async () => {
  const reset = toClient(startsMs[1] + 150, { seq: start, flags: flags.reset });
  const [before, during] = await completed([...download(0), ...download(1).toSpliced(-1, 0, reset)]);
  assert.equal(before, 100);
  assert.match(String(during), /^reset by a member in packet/);
});
