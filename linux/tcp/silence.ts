import { attachFilter, DROP_ALL } from '../packet-filter.ts';
import { setNumberOption, setOption } from '../socket-libc.ts';
import { IPV6_XFRM_POLICY, SO_DETACH_FILTER } from '../socket-options.ts';

/** `struct xfrm_userpolicy_info` (`linux/xfrm.h`): the fields that are not zero, and the size, in octets. */
const POLICY = { family: 40, direction: 160, action: 161, octets: 168 };
const AF_INET6 = 10;
const OUT = 1;
const BLOCK = 1;

/** Drops whatever arrives for the socket, without a word to the peer. Throws LabError. */
export function deafen(descriptor: number): void {
  attachFilter(descriptor, DROP_ALL);
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
  const policy = Buffer.alloc(POLICY.octets);
  policy.writeUInt16LE(AF_INET6, POLICY.family);
  policy.writeUInt8(OUT, POLICY.direction);
  policy.writeUInt8(BLOCK, POLICY.action);
  setOption(descriptor, IPV6_XFRM_POLICY, policy);
}

/** Ends `mute`: without its own policy the socket is under the node's again. Throws LabError. */
export function unmute(descriptor: number): void {
  setOption(descriptor, IPV6_XFRM_POLICY, null);
}
