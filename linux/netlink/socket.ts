import { LabError } from '../lab-error.ts';
import { checked, errorText, libc } from '../libc.ts';
import {
  ACK,
  DONE,
  DUMP,
  ERROR,
  emitMessage,
  type NetlinkMessage,
  type NetlinkRequest,
  parseAnswer,
  parseMessages,
} from './message.ts';

export const NETLINK_ROUTE = 0;
export const NETLINK_XFRM = 6;

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const MSG_TRUNC = 0x20;
const SOL_NETLINK = 270;
/** capped: the answer does not echo the request; extended: it carries words */
const ANSWER_OPTIONS = { capped: 10, extended: 11 } as const;
/** the kernel fills at most 32 KiB in one dump datagram */
const RECEIVE_OCTETS = 65_536;
/** datagrams one answer may take before we call it endless */
const MAX_DATAGRAMS = 10_000;

/** The kernel refused a request: `code` is errno's number. */
class NetlinkError extends LabError {
  readonly code: number;

  constructor(what: string, code: number, words: string | undefined) {
    super(`the kernel refused: ${what}`, {
      command: what,
      stderr: words === undefined ? errorText(code) : `${words} (${errorText(code)})`,
      remedy:
        'compare with `ip` in the same namespace; on a kernel without Mobile IPv6 or tunnels use the lab kernel',
    });
    this.code = code;
  }
}

/**
 * A socket to one netlink family of the caller's network namespace. Synchronous: the kernel answers within `send`,
 * so `recv` never waits. Errors are NetlinkError with the request in words.
 */
export class NetlinkSocket implements Disposable {
  readonly #descriptor: number;
  readonly #buffer = new Uint8Array(RECEIVE_OCTETS);
  #sequence = 0;

  constructor(family: number) {
    const what = `open a netlink socket of family ${family}`;
    this.#descriptor = checked('socket', what, libc('socket')(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, family));
    const on = Uint8Array.of(1, 0, 0, 0);
    for (const option of Object.values(ANSWER_OPTIONS)) {
      checked('setsockopt', what, libc('setsockopt')(this.#descriptor, SOL_NETLINK, option, on, on.length));
    }
  }

  /** Sends one request and waits for its acknowledgement; returns messages that came before it (replies to a GET). */
  request(request: NetlinkRequest, what: string): NetlinkMessage[] {
    return this.#exchange({ ...request, flags: request.flags | ACK }, what);
  }

  /** All messages of a dump. */
  dump(request: Omit<NetlinkRequest, 'flags'>, what: string): NetlinkMessage[] {
    return this.#exchange({ ...request, flags: DUMP }, what);
  }

  close(): void {
    checked('close', 'close a netlink socket', libc('close')(this.#descriptor));
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #exchange(request: NetlinkRequest, what: string): NetlinkMessage[] {
    const sequence = ++this.#sequence;
    const octets = emitMessage(request, sequence);
    checked('send', what, libc('send')(this.#descriptor, octets, octets.length, 0));
    const replies: NetlinkMessage[] = [];
    for (let datagrams = 0; datagrams < MAX_DATAGRAMS; datagrams++) {
      for (const message of this.#receive(what)) {
        if (message.sequence !== sequence) continue;
        if (message.type === DONE) return replies;
        if (message.type !== ERROR) replies.push(message);
        else return acknowledged(replies, message, what);
      }
    }
    throw new LabError(`netlink: no end after ${MAX_DATAGRAMS} datagrams`, { command: what });
  }

  #receive(what: string): NetlinkMessage[] {
    const length = checked(
      'recv',
      what,
      libc('recv')(this.#descriptor, this.#buffer, this.#buffer.length, MSG_TRUNC),
    );
    if (length <= this.#buffer.length) return parseMessages(this.#buffer.slice(0, length));
    throw new LabError(`netlink: a datagram of ${length} octets does not fit`, { command: what });
  }
}

function acknowledged(replies: NetlinkMessage[], message: NetlinkMessage, what: string): NetlinkMessage[] {
  const { code, words } = parseAnswer(message);
  if (code === 0) return replies;
  throw new NetlinkError(what, code, words);
}
