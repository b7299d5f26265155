import { TCP_FLAG, TCP_LAYOUT } from '../../mip6/wire/tcp-header.ts';
import {
  accept,
  attachFilter,
  DROP_ALL,
  type FilterInstruction,
  ifAnyBit,
  ifEqual,
  load,
  loadLength,
  setIndexFromBits,
  subtractIndex,
} from '../packet-filter.ts';
import { setNumberOption, setOption } from '../socket-libc.ts';
import { IPV6_XFRM_POLICY, SO_DETACH_FILTER } from '../socket-options.ts';

/** `struct xfrm_userpolicy_info` (`linux/xfrm.h`): the fields that are not zero, and the size, in octets. */
const POLICY = { family: 40, direction: 160, action: 161, octets: 168 };
const AF_INET6 = 10;
const [IN, OUT] = [0, 1];
const [ALLOW, BLOCK] = [0, 1];

/** Drops whatever arrives for the socket, without a word to the peer. Throws LabError. */
export function deafen(descriptor: number): void {
  attachFilter(descriptor, DROP_ALL);
}

/** A socket's filter sees a segment from its TCP header on. The data offset is in units of 4 octets, in the upper half of its octet. */
const WITHOUT_INPUT: readonly FilterInstruction[] = [
  load(1, TCP_LAYOUT.dataOffset.at),
  ...setIndexFromBits(0xf0, 2),
  loadLength,
  subtractIndex,
  ifEqual(0, 0, 'drop'),
  load(1, TCP_LAYOUT.flags.at),
  ifAnyBit(TCP_FLAG.fin, 'drop', 0),
  accept(0xffff),
];

/** Drops what has octets or the end of the peer's stream: neither is acknowledged; acknowledgements pass. In place of `deafen`, and ended as it is. Throws LabError. */
export function takeNoInput(descriptor: number): void {
  attachFilter(descriptor, WITHOUT_INPUT);
}

/** Ends `deafen`. Throws LabError. */
export function undeafen(descriptor: number): void {
  setNumberOption(descriptor, SO_DETACH_FILTER, 0);
}

/**
 * Lets no packet of this socket out, by an xfrm policy of its own: neither a retransmission nor a loss probe,
 * a delayed acknowledgement or a keep-alive. The segments count as not sent, and the socket's timers run on.
 * Each blocked packet counts in XfrmOutPolBlock. Throws LabError.
 */
export function mute(descriptor: number): void {
  setPolicy(descriptor, OUT, BLOCK);
}

/**
 * Lets in what comes for this socket, whatever the node's policies ask of the client's packets. The policies of a binding in force ask for
 * a routing header, and a packet that this host sends itself has none. Ended by `unmute`. Throws LabError.
 */
export function admitAll(descriptor: number): void {
  setPolicy(descriptor, IN, ALLOW);
}

function setPolicy(descriptor: number, direction: number, action: number): void {
  const policy = Buffer.alloc(POLICY.octets);
  policy.writeUInt16LE(AF_INET6, POLICY.family);
  policy.writeUInt8(direction, POLICY.direction);
  policy.writeUInt8(action, POLICY.action);
  setOption(descriptor, IPV6_XFRM_POLICY, policy);
}

/** Ends `mute` and `admitAll`: without its own policies the socket is under the node's again. Throws LabError. */
export function unmute(descriptor: number): void {
  setOption(descriptor, IPV6_XFRM_POLICY, null);
}
