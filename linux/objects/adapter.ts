import type { NamedRequest, NetlinkSocket } from '../netlink/socket.ts';
import type { KernelObject } from './types.ts';

/** The open netlink sockets that adapters use, all in one network namespace. */
export interface KernelConnection {
  readonly route: NetlinkSocket;
  readonly xfrm: NetlinkSocket;
  /** throws NetlinkError when there is no such device */
  interfaceIndex(name: string): number;
  interfaceName(index: number): string;
}

/** What is done to an object. */
export type Verb = 'add' | 'update' | 'remove';

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
  /** Where each change is one message of the xfrm family that asks nothing first: that message. Several may go in one send. */
  readonly message?: (verb: Verb, object: T) => NamedRequest;
  /** All objects of the kind that the kernel has, in canonical form. */
  list(kernel: KernelConnection): T[];
}

/** The verb of the equivalent `ip` command. */
export function ipVerb(verb: Verb): string {
  return verb === 'remove' ? 'delete' : verb;
}

/** The three changes of a kind whose adapter tells the message of each. */
export function byMessage<T extends KernelObject>(
  message: (verb: Verb, object: T) => NamedRequest,
): Pick<ObjectAdapter<T>, 'message'> & Pick<ObjectAdapter<T>, Verb> {
  const send = (verb: Verb, object: T, kernel: KernelConnection): void => {
    const { request, what } = message(verb, object);
    kernel.xfrm.request(request, what);
  };
  return {
    message,
    add: (object, kernel) => send('add', object, kernel),
    update: (object, _previous, kernel) => send('update', object, kernel),
    remove: (object, kernel) => send('remove', object, kernel),
  };
}
