import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { ObservedEvent, ObservedPacket, ObservedRepetition } from '../../experiments/observed.ts';
import { TCP_FLAG } from '../../mip6/wire/tcp-header.ts';
import { decodePacket, type LogicalPacket } from '../capture/decode.ts';
import { type CapturedPacket, PcapReader } from '../capture/pcap-reader.ts';
import type { CellRecord } from '../cell.ts';
import { readEventLines } from '../events/event-lines.ts';
import { type Passage, Testbed } from '../events/testbed.ts';

const eventLine = z
  .object({ t: z.string().regex(/^\d+$/), node: z.string(), event: z.string() })
  .catchall(z.unknown());
type EventLine = z.infer<typeof eventLine>;

/** From a repetition's start on: its number, undefined before the first one and in those that do not count. */
interface Span {
  readonly repetition: number;
  readonly startNs: bigint;
}

/**
 * What lies in a cell's folder, for functions of the user's own: one per repetition, 0 … repetitions − 1. A repetition begins with the client's
 * `repetition-started`. Throws DecodeError for a folder that is no cell.
 */
export async function observe(folder: string, cell: CellRecord): Promise<readonly ObservedRepetition[]> {
  const lines = await readEventLines(path.join(folder, 'events.jsonl'), () => true, eventLine);
  const spans = lines
    .filter(({ node, event }) => node === 'client' && event === 'repetition-started')
    .map(({ t, repetition }): Span => ({ repetition: Number(repetition), startNs: BigInt(t) }))
    .toSorted((a, b) => (a.startNs < b.startNs ? -1 : 1));
  const events = spans.map((): ObservedEvent[] => []);
  for (const line of lines) {
    const at = spanOf(spans, BigInt(line.t));
    if (at >= 0) events[at]!.push(observedEvent(line, spans[at]!));
  }
  const packets = observedPackets(path.join(folder, 'router.pcap'), cell, spans);
  return Array.from({ length: cell.repetitions }, (_, repetition) => {
    const at = spans.findIndex((span) => span.repetition === repetition);
    const told = events[at]?.find(({ node, event }) => node === 'client' && event === 'repetition-finished');
    return {
      repetition,
      parameters: cell.parameters,
      variant: cell.variant,
      addresses: cell.addresses,
      ok: told?.ok === true,
      problem: told === undefined ? 'the client did not finish it' : String(told.problem ?? ''),
      output: printed(path.join(folder, `client-${repetition}.out`)),
      events: events[at] ?? [],
      packets: packets[at] ?? [],
    };
  });
}

function spanOf(spans: readonly Span[], instant: bigint): number {
  return spans.findLastIndex(({ startNs }) => startNs <= instant);
}

function observedEvent({ t, ...line }: EventLine, { startNs }: Span): ObservedEvent {
  return { ...line, atMs: Number(BigInt(t) - startNs) / 1e6 };
}

function observedPackets(
  file: string,
  cell: CellRecord,
  spans: readonly Span[],
): readonly ObservedPacket[][] {
  using reader = new PcapReader(file);
  const testbed = new Testbed(cell);
  const found = spans.map((): ObservedPacket[] => []);
  const starts = spans.map(({ startNs }) => reader.sinceEpoch(startNs));
  for (const captured of reader.packets()) {
    const passage = testbed.passage(captured);
    const at = starts.findLastIndex((start) => start <= captured.timeNs);
    if (passage === undefined || at < 0) continue;
    const packet = decodePacket(captured);
    if (packet.kind === 'ipv6') found[at]!.push(observedPacket(packet, captured, passage, starts[at]!));
  }
  return found;
}

function observedPacket(
  { source, destination, tunnels, upper }: LogicalPacket,
  { number, timeNs, originalLength }: CapturedPacket,
  { direction, neighbour }: Passage,
  startNs: number,
): ObservedPacket {
  const common = { atMs: (timeNs - startNs) / 1e6, number, direction, neighbour, source, destination };
  const packet = { ...common, octets: originalLength, tunnels: tunnels.length, kind: upper.kind };
  if (upper.kind === 'mobility') return { ...packet, message: upper.message.kind };
  if (upper.kind === 'udp') {
    const { sourcePort, destinationPort, payloadLength: payloadOctets } = upper;
    return { ...packet, udp: { sourcePort, destinationPort, payloadOctets } };
  }
  if (upper.kind !== 'tcp') return packet;
  const {
    sourcePort,
    destinationPort,
    sequence,
    acknowledgement,
    flags,
    payloadLength: payloadOctets,
  } = upper;
  const has = (flag: number): boolean => (flags & flag) !== 0;
  const kinds = { syn: has(TCP_FLAG.syn), fin: has(TCP_FLAG.fin), rst: has(TCP_FLAG.rst) };
  return {
    ...packet,
    tcp: { sourcePort, destinationPort, sequence, acknowledgement, ...kinds, payloadOctets },
  };
}

/** '' of a client that prints nothing, or of another kind. */
function printed(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
