import type { NetlinkSocket } from '../netlink/socket.ts';
import type { KernelObject } from './types.ts';

/** The open netlink sockets that adapters use, all in one network namespace. */
export interface KernelConnection {
  readonly route: NetlinkSocket;
  readonly xfrm: NetlinkSocket;
  /** throws NetlinkError when there is no such device */
  interfaceIndex(name: string): number;
  interfaceName(index: number): string;
}

/** How one kind of object is named, written, and read back. Requests throw NetlinkError. */
export interface ObjectAdapter<T extends KernelObject> {
  /** What the kernel keys the object by: equal identities are one object in two versions. */
  identity(object: T): string;
  /** The equivalent `ip` command's words, without the verb. */
  describe(object: T): string;
  /** Optional fields filled with what the kernel reports for them; fields that are never compared, dropped. */
  canonical(object: T): T;
  add(object: T, kernel: KernelConnection): void;
  /** Replaces `previous`, which has the same identity. */
  update(object: T, previous: T, kernel: KernelConnection): void;
  remove(object: T, kernel: KernelConnection): void;
  /** All objects of the kind that the kernel has, in canonical form. */
  list(kernel: KernelConnection): T[];
}
