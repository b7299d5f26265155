import { attribute, parseAttributes, readText, textAttribute } from '../netlink/attributes.ts';
import { emitStruct, layout, parseStruct } from '../netlink/layout.ts';
import { NETLINK_ROUTE, NETLINK_XFRM, NetlinkSocket } from '../netlink/socket.ts';
import type { KernelConnection } from './adapter.ts';

const GET_LINK = 18;
const BODY = layout('ifinfomsg', 16, { index: [4, 's32'] });
const NAME = 3;
const EXTENDED_MASK = 29;
const SKIP_STATISTICS = 8;

/** Netlink sockets opened in the caller's network namespace at first use. */
export class NetlinkConnection implements KernelConnection, Disposable {
  #route: NetlinkSocket | undefined;
  #xfrm: NetlinkSocket | undefined;

  get route(): NetlinkSocket {
    this.#route ??= new NetlinkSocket(NETLINK_ROUTE);
    return this.#route;
  }

  get xfrm(): NetlinkSocket {
    this.#xfrm ??= new NetlinkSocket(NETLINK_XFRM);
    return this.#xfrm;
  }

  /** Asked every time: tunnels come and go, and a stale index would name another device. */
  interfaceIndex(name: string): number {
    return parseStruct(BODY, this.#link({}, [textAttribute(NAME, name)], name)).index;
  }

  interfaceName(index: number): string {
    const reply = this.#link({ index }, [], `index ${index}`);
    return readText(parseAttributes(reply.subarray(BODY.size)).get(NAME)) ?? `index ${index}`;
  }

  close(): void {
    this.#route?.close();
    this.#xfrm?.close();
    this.#route = undefined;
    this.#xfrm = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #link(body: { index?: number }, attributes: Uint8Array[], words: string): Uint8Array {
    const brief = attribute(EXTENDED_MASK, Uint8Array.of(SKIP_STATISTICS, 0, 0, 0));
    const request = {
      type: GET_LINK,
      flags: 0,
      body: emitStruct(BODY, body),
      attributes: [brief, ...attributes],
    };
    const [reply] = this.route.request(request, `ip link show ${words}`);
    return reply?.payload ?? new Uint8Array();
  }
}
