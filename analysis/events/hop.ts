import type { LogicalPacket } from '../capture/decode.ts';
import type { Passage, Testbed } from './testbed.ts';

/**
 * A packet's passage at the router in words, e.g. `answer from ha2 in node2→homeAgent1`: the neighbour it came from or left to, and
 * behind it the tunnel, the member that a type 2 routing header sends it to (`via`), or the member that sent it with a Home
 * Address option (`by`).
 */
export function hopOf(packet: LogicalPacket, passage: Passage, testbed: Testbed): string {
  const name = (address: LogicalPacket['source']): string => testbed.nameOf(address, passage);
  const { tunnels, network, homeAddress, routedTo, source } = packet;
  return [
    source === testbed.contactAddress ? 'answer' : 'request',
    passage.direction === 'in' ? 'from' : 'to',
    passage.neighbour,
    ...tunnels.map((ends) => `in ${name(ends.source)}→${name(ends.destination)}`),
    ...(routedTo === undefined ? [] : [`via ${name(network.destination)}`]),
    ...(homeAddress === undefined ? [] : [`by ${name(network.source)}`]),
  ].join(' ');
}
