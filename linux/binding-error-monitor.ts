import type { Ipv6Address } from '../mip6/wire/address.ts';
import { ipv6FromBytes } from '../mip6/wire/address.ts';
import type { FdPoller } from './fd-poller.ts';
import { parseAttributes } from './netlink/attributes.ts';
import { layout, parseStruct } from './netlink/layout.ts';
import { type NetlinkMessage, parseMessages } from './netlink/message.ts';
import { NETLINK_XFRM } from './netlink/socket.ts';
import { ATTRIBUTE, PROTOCOL_NUMBERS, SELECTOR } from './objects/xfrm-layouts.ts';
import { bindSocket, openSocket, receiveOctets, SOCK_RAW, setNumberOption } from './socket-libc.ts';
import type { SocketOption } from './socket-options.ts';
import { WatchedDescriptor } from './watched-descriptor.ts';

/** A packet which the kernel dropped because its Home Address option names a home address without a binding here. */
interface UnknownHomeAddressOption {
  readonly homeAddress: Ipv6Address;
  /** the packet's IPv6 source address */
  readonly careOfAddress: Ipv6Address;
  /** the packet's destination: an address of this node */
  readonly correspondent: Ipv6Address;
}

const AF_NETLINK = 16;
const SOCKADDR_NL = { family: 0, groups: 8, octets: 12 };
/** XFRMNLGRP_REPORT, group 6; acquire and expire messages are in groups that are left alone. */
const REPORT_GROUP_BIT = 1 << 5;
/** A reader that falls behind loses reports instead of getting ENOBUFS: Binding Errors are rate-limited anyway. */
const NETLINK_NO_ENOBUFS: SocketOption = { level: 270, number: 5, name: 'NETLINK_NO_ENOBUFS' };

const REPORT_MESSAGE = 0x20;
/** xfrm_user_report: protocol, padding, selector, from `linux/xfrm.h`. */
const REPORT = layout('xfrm_user_report', 60, { protocol: [0, 'u8'] });
const SELECTOR_AT = 4;
const LONGEST = 4096;

/**
 * Hears what the kernel reports about dropped Home Address options (RFC 6275 §9.3.1), for Binding Errors. The kernel reports
 * only while a wildcard Home Address option state stands that takes any protocol: `correspondentBase` has it.
 */
export class BindingErrorMonitor {
  /** Called for each report; the kernel leaves out repetitions at the same instant. */
  onUnknown: (dropped: UnknownHomeAddressOption) => void = () => undefined;
  readonly #socket: WatchedDescriptor;
  readonly #buffer = Buffer.alloc(LONGEST);

  private constructor(poller: FdPoller) {
    const descriptor = openSocket(AF_NETLINK, SOCK_RAW, NETLINK_XFRM, 'xfrm reports');
    setNumberOption(descriptor, NETLINK_NO_ENOBUFS, 1);
    const address = Buffer.alloc(SOCKADDR_NL.octets);
    address.writeUInt16LE(AF_NETLINK, SOCKADDR_NL.family);
    address.writeUInt32LE(REPORT_GROUP_BIT, SOCKADDR_NL.groups);
    bindSocket(descriptor, address, 'xfrm reports');
    this.#socket = new WatchedDescriptor(poller, descriptor, () => this.#takeOne());
  }

  /** Opens the socket and watches it. Throws LabError without CAP_NET_ADMIN or without xfrm in the kernel. */
  static open(poller: FdPoller): BindingErrorMonitor {
    return new BindingErrorMonitor(poller);
  }

  close(): void {
    this.#socket.close();
  }

  #takeOne(): boolean {
    const length = receiveOctets(this.#socket.number, this.#buffer, 0, 'xfrm report');
    if (length < 0) return false;
    for (const message of parseMessages(this.#buffer.subarray(0, length))) {
      const dropped = parseReport(message);
      if (dropped !== undefined) this.onUnknown(dropped);
    }
    return true;
  }
}

/** The report in a message, undefined for one about anything else. The selector's ports and type mean nothing. */
function parseReport({ type, payload }: NetlinkMessage): UnknownHomeAddressOption | undefined {
  if (type !== REPORT_MESSAGE) return undefined;
  if (parseStruct(REPORT, payload).protocol !== PROTOCOL_NUMBERS['home-address-option']) return undefined;
  const { source, destination } = parseStruct(SELECTOR, payload.subarray(SELECTOR_AT));
  // Without this attribute the packet had no Home Address option, and nobody could be told.
  const careOf = parseAttributes(payload.subarray(REPORT.size)).get(ATTRIBUTE.careOfAddress);
  if (careOf === undefined) return undefined;
  return { homeAddress: source, careOfAddress: ipv6FromBytes(careOf), correspondent: destination };
}
