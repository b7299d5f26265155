import { decodePacket } from '../../analysis/capture/decode.ts';
import { PcapReader } from '../../analysis/capture/pcap-reader.ts';
import type { ChannelFrameKind } from '../../analysis/events/channel-frames.ts';
import { TlsKeyLog } from '../../analysis/events/channel-keys.ts';
import { MemberChannels } from '../../analysis/events/member-channels.ts';
import { Testbed } from '../../analysis/events/testbed.ts';

/** A frame on a channel between members, by the names of its ends. */
export interface SeenFrame {
  readonly kind: ChannelFrameKind;
  readonly from: string;
  readonly to: string;
}

/** All frames between members in a capture, decrypted with the key log. `members`: name (`node1` …) → care-of address */
export function channelFramesOf(
  file: string,
  keyLog: string,
  members: Readonly<Record<string, string>>,
  channelPort: number,
): readonly SeenFrame[] {
  const testbed = new Testbed({
    experiment: '',
    cell: '',
    parameters: {},
    variant: '',
    clock: 'virtual',
    seed: 1,
    repetitions: 1,
    addresses: { ...members, client: '2001:db8:ffff::1', contactAddress: '2001:db8:ffff::2' },
    servicePort: 0,
    channelPort,
    interfaces: {},
  });
  const nameOf = new Map(Object.entries(members).map(([name, address]) => [address, name]));
  const channels = new MemberChannels(testbed, new TlsKeyLog(keyLog));
  using reader = new PcapReader(file);
  const frames: SeenFrame[] = [];
  for (const captured of reader.packets()) {
    const packet = decodePacket(captured);
    // One sighting of each packet.
    if (packet.kind !== 'ipv6' || captured.direction !== 'in') continue;
    const passage = {
      timeNs: captured.timeNs,
      packet: captured.number,
      neighbour: '',
      direction: 'in',
    } as const;
    for (const { kind, from, to } of channels.packet(packet, passage))
      frames.push({ kind, from: nameOf.get(from) ?? from, to: nameOf.get(to) ?? to });
  }
  return frames;
}
