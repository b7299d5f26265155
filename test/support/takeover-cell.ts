import { createCipheriv, createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { CellRecord } from '../../analysis/cell.ts';
import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import type { MobilityMessage } from '../../mip6/wire/messages.ts';
import { type CaptureRecord, writeCapture } from './capture-file.ts';
import {
  ipv6Packet,
  mobilityPacket,
  type Payload,
  tcpSegment,
  tunnelled,
  withHomeAddress,
  withRouting,
} from './capture-packets.ts';

export const addresses = {
  contactAddress: ipv6('2001:db8:1:1::100'),
  homeAgent1: ipv6('2001:db8:1:1::1'),
  contactNode: ipv6('2001:db8:1:2::2'),
  successor: ipv6('2001:db8:1:3::2'),
  otherMember: ipv6('2001:db8:1:1::2'),
  optimizedClient: ipv6('2001:db8:c:1::2'),
  heldClient: ipv6('2001:db8:c:2::2'),
  datagramClient: ipv6('2001:db8:c:3::2'),
} as const;

/** One-way latencies, ms; datagrams come every 2 ms. */
export const latencies = { memberMs: 30, homeMs: 20, csMs: 10 } as const;
const { memberMs, homeMs, csMs } = latencies;
const everyMs = 2;
/** what the contact node's end counts from, on the capture's clock */
const endNs = 1_000_000_010n * 1_000_000_000n;
const observedMs = 600;
/** of a contact node that is killed: the update leaves its backup, comes to the home agent, is answered */
const detectedMs = 3 * memberMs;
const registeredMs = detectedMs + homeMs;
const spis = { updates: 0x1001, acknowledgements: 0x1002 } as const;
const keys = { encryption: Buffer.alloc(16, 1), authentication: Buffer.alloc(20, 2) } as const;
const [service, channel] = [8080, 7000];

export type Line = Readonly<Record<string, unknown>>;

/** What a test may change of a faultless cell. */
export interface TakeoverChange {
  readonly records?: (records: CaptureRecord[]) => CaptureRecord[];
  readonly events?: (lines: Line[]) => Line[];
  readonly lossPct?: number;
}

/** A cell's folder with one repetition, in which the contact node is killed; removed when disposed of. */
export class TakeoverCell implements Disposable {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), 'handoff-lab-takeover-'));

  constructor({ records = (same) => same, events = (same) => same, lossPct = 0 }: TakeoverChange = {}) {
    const cell: CellRecord = {
      experiment: 'takeover',
      cell: 'synthetic',
      parameters: { ending: 0, suspectMs: 500, heartbeatMs: 100, everyMs, lossPct, ...latencies },
      variant: '',
      clock: 'virtual',
      seed: 1,
      repetitions: 1,
      addresses,
      servicePort: service,
      channelPort: channel,
      interfaces: { 2: 'ha1' },
    };
    const write = (name: string, text: string): void => writeFileSync(path.join(this.folder, name), text);
    write('cell.json', JSON.stringify(cell));
    const lines = events(told()).map((line) => `${JSON.stringify(line)}\n`);
    write('events.jsonl', lines.join(''));
    write('esp_sa', Object.values(spis).map(association).join(''));
    writeCapture(path.join(this.folder, 'router.pcap'), records(capture()));
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true });
  }
}

/** A packet at the router, ms after the end of the contact node. */
export function at(ms: number, direction: 'in' | 'out', packet: Buffer): CaptureRecord {
  return { timeNs: endNs + BigInt(Math.round(ms * 1e6)), interfaceIndex: 2, direction, packet };
}

/** The successor's Binding Update on its way, protected. */
export function update(ms: number, esp: number, sequence: number, member = addresses.successor) {
  const message = {
    kind: 'binding-update',
    ...{ sequence, acknowledge: true, homeRegistration: true },
    ...{ linkLocalCompatibility: false, keyManagement: false, lifetimeSeconds: 420, options: [] },
  } as unknown as MobilityMessage;
  const inner = protectedBy(spis.updates, esp, addresses.contactAddress, addresses.homeAgent1, message);
  const payload = withHomeAddress(addresses.contactAddress, inner);
  return crossing(ms, homeMs, ipv6Packet(member, addresses.homeAgent1, payload));
}

export function acknowledgement(ms: number, esp: number, sequence: number, status = 0) {
  const message = {
    ...{ kind: 'binding-acknowledgement', status, keyManagement: false, sequence },
    ...{ lifetimeSeconds: 420, options: [] },
  } as unknown as MobilityMessage;
  const inner = protectedBy(
    spis.acknowledgements,
    esp,
    addresses.homeAgent1,
    addresses.contactAddress,
    message,
  );
  const payload = withRouting(addresses.contactAddress, inner);
  return crossing(ms, homeMs, ipv6Packet(addresses.homeAgent1, addresses.successor, payload));
}

/** A request as the home agent relays it, or its answer. */
export function relayed(ms: number, number: number, member: Ipv6Address): CaptureRecord[] {
  const { homeAgent1, datagramClient, contactAddress } = addresses;
  const packet = ipv6Packet(datagramClient, contactAddress, datagram(number, 40_000, service));
  return crossing(ms, homeMs, tunnelled(homeAgent1, member, packet));
}

export function segmentTo(client: Ipv6Address, ms: number, flags: number, octets: number): CaptureRecord[] {
  const { contactAddress, otherMember } = addresses;
  const payload = new Uint8Array(octets);
  const segment = tcpSegment(contactAddress, client, { from: service, to: 50_000, seq: 1, flags, payload });
  return crossing(ms, csMs, ipv6Packet(otherMember, client, withHomeAddress(contactAddress, segment)));
}

function crossing(ms: number, delayMs: number, packet: Buffer): CaptureRecord[] {
  return [at(ms, 'in', packet), at(ms + delayMs, 'out', packet)];
}

function capture(): CaptureRecord[] {
  const before = [...update(-2000, 0, 1), ...acknowledgement(-1960, 0, 1)];
  const claim = [...update(detectedMs, 16_384, 65), ...acknowledgement(registeredMs, 1, 65)];
  const optimized = [...steps(-990, observedMs, 10)].flatMap((ms) =>
    segmentTo(addresses.optimizedClient, ms, 0x10, 100),
  );
  const datagrams = [...steps(-100, 400, everyMs)].flatMap((ms, number) => exchange(ms, number));
  return [...before, ...signs(), ...claim, ...optimized, ...datagrams];
}

/** Heartbeats, then the end of the channel. */
function signs(): CaptureRecord[] {
  const { contactNode, successor } = addresses;
  const sign = (ms: number, flags: number, octets: number): CaptureRecord[] => {
    const fields = { from: 50_001, to: channel, seq: 1, flags, payload: new Uint8Array(octets) };
    return crossing(
      ms,
      memberMs,
      ipv6Packet(contactNode, successor, tcpSegment(contactNode, successor, fields)),
    );
  };
  return [...sign(-140, 0x18, 80), ...sign(-40, 0x18, 80), ...sign(0, 0x11, 0)];
}

/** A datagram and its answer, as far as there is somebody to answer: by way of the home agent in both directions. */
function exchange(ms: number, number: number): CaptureRecord[] {
  const { contactAddress, datagramClient, homeAgent1, contactNode, successor } = addresses;
  const request = ipv6Packet(datagramClient, contactAddress, datagram(number, 40_000, service));
  const answer = ipv6Packet(contactAddress, datagramClient, datagram(number, service, 40_000));
  const relayedMs = ms + csMs;
  const member = relayedMs < registeredMs ? contactNode : successor;
  const servedMs = relayedMs + homeMs;
  const towards = [...crossing(ms, csMs, request), ...relayed(relayedMs, number, member)];
  if (member === contactNode && servedMs >= 0) return towards;
  return [
    ...towards,
    ...crossing(servedMs, homeMs, tunnelled(member, homeAgent1, answer)),
    ...crossing(servedMs + homeMs, csMs, answer),
  ];
}

function datagram(number: number, from: number, to: number): Payload {
  const bytes = Buffer.alloc(8 + 16);
  bytes.writeUInt16BE(from, 0);
  bytes.writeUInt16BE(to, 2);
  bytes.writeUInt16BE(bytes.length, 4);
  bytes.writeUInt32BE(number, 8);
  return { protocol: 17, bytes };
}

/** ESP in transport mode: AES-CBC, HMAC-SHA-1-96 (RFC 4303, 3602, 2404). */
function protectedBy(
  spi: number,
  sequence: number,
  source: Ipv6Address,
  destination: Ipv6Address,
  message: MobilityMessage,
): Payload {
  const { bytes, protocol } = mobilityPacket(source, destination, message);
  const padding = (16 - ((bytes.length + 2) % 16)) % 16;
  const trailer = Buffer.from([...Array.from({ length: padding }, (_, i) => i + 1), padding, protocol]);
  const iv = Buffer.alloc(16, 3);
  const cipher = createCipheriv('aes-128-cbc', keys.encryption, iv).setAutoPadding(false);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(spi, 0);
  head.writeUInt32BE(sequence, 4);
  const packet = Buffer.concat([head, iv, cipher.update(Buffer.concat([bytes, trailer])), cipher.final()]);
  const check = createHmac('sha1', keys.authentication).update(packet).digest().subarray(0, 12);
  return { protocol: 50, bytes: Buffer.concat([packet, check]) };
}

function association(spi: number): string {
  const { encryption, authentication } = keys;
  const words = ['IPv6', '*', '*', `0x${spi.toString(16).padStart(8, '0')}`, 'AES-CBC [RFC3602]'];
  const fields = [
    ...words,
    `0x${encryption.toString('hex')}`,
    'HMAC-SHA-1-96 [RFC2404]',
    `0x${authentication.toString('hex')}`,
  ];
  return `${fields.map((field) => `"${field}"`).join(',')}\n`;
}

function told(): Line[] {
  const t = (ms: number): string => String(endNs + BigInt(ms) * 1_000_000n);
  return [
    { t: t(0), node: 'conductor', event: 'step', index: 1, action: 'crash', target: 'node2', repetition: 0 },
    { t: t(500), node: 'client1', event: 'visit-finished', name: 'optimized-0', ok: true },
    { t: t(550), node: 'client2', event: 'visit-finished', name: 'held-0', ok: false },
    { t: t(observedMs), node: 'conductor', event: 'step', index: 2, action: 'mark', repetition: 0 },
  ];
}

function* steps(from: number, to: number, step: number): Generator<number> {
  for (let value = from; value < to; value += step) yield value;
}
