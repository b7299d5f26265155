import { LabError } from '../lab-error.ts';
import { checked, errorText, libc } from '../libc.ts';
import { concat } from './attributes.ts';
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
export const NETLINK_NETFILTER = 12;

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const MSG_TRUNC = 0x20;
const SOL_NETLINK = 270;
/** capped: the answer does not echo the request; extended: it carries words */
const ANSWER_OPTIONS = { capped: 10, extended: 11 } as const;
/** the kernel fills at most 32 KiB in one dump datagram */
const RECEIVE_OCTETS = 65_536;
/** requests in one send: all answers, were all refused, fit into a socket's default buffer */
const MOST_TOGETHER = 64;
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

/** A request, and the same in words for who reads of its failure. */
export interface NamedRequest {
  readonly request: NetlinkRequest;
  readonly what: string;
}

/**
 * A socket to one netlink family of the caller's network namespace. Synchronous: the kernel answers within `send`,
 * so `recv` never waits. Errors are NetlinkError with the request in words.
 */
export class NetlinkSocket implements Disposable {
  readonly #calls: typeof libc;
  readonly #descriptor: number;
  readonly #buffer = new Uint8Array(RECEIVE_OCTETS);
  #sequence = 0;

  constructor(family: number, calls: typeof libc = libc) {
    this.#calls = calls;
    const what = `open a netlink socket of family ${family}`;
    this.#descriptor = checked('socket', what, calls('socket')(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, family));
    const on = Uint8Array.of(1, 0, 0, 0);
    for (const option of Object.values(ANSWER_OPTIONS)) {
      checked('setsockopt', what, calls('setsockopt')(this.#descriptor, SOL_NETLINK, option, on, on.length));
    }
  }

  /** Sends one request and waits for its acknowledgement; returns messages that came before it (replies to a GET). */
  request(request: NetlinkRequest, what: string): NetlinkMessage[] {
    return this.#exchange({ ...request, flags: request.flags | ACK }, what);
  }

  /**
   * Sends requests that have no replies together, in this order; what failed of each, undefined where nothing did. The kernel works on
   * each of them, whatever became of those before. Only the last one's success is asked for; a failure is told in any case.
   */
  requestAll(requests: readonly NamedRequest[]): { readonly failure?: NetlinkError }[] {
    const outcomes: { failure?: NetlinkError }[] = [];
    for (let at = 0; at < requests.length; at += MOST_TOGETHER)
      outcomes.push(...this.#sendTogether(requests.slice(at, at + MOST_TOGETHER)));
    return outcomes;
  }

  /**
   * Sends the messages of one transaction, from its begin to its end, together: all of them hold, or none. Throws NetlinkError for the first
   * that the kernel refuses; the one that begins it stands for what is refused as a whole.
   */
  transaction(messages: readonly NetlinkRequest[], what: string): void {
    // The end is never acknowledged: the last message before it is.
    const acknowledged = messages.length - 2;
    const first = this.#send(messages, acknowledged, what);
    let failure: NetlinkError | undefined;
    for (let datagrams = 0; datagrams < MAX_DATAGRAMS; datagrams++) {
      for (const message of this.#receive(what)) {
        const index = message.sequence - first;
        if (message.type !== ERROR || messages[index] === undefined) continue;
        failure ??= failureOf(message, what);
        if (index !== acknowledged && index !== 0) continue;
        if (failure === undefined) return;
        throw failure;
      }
    }
    throw endless(what);
  }

  /** All messages of a dump. */
  dump(request: Omit<NetlinkRequest, 'flags'>, what: string): NetlinkMessage[] {
    return this.#exchange({ ...request, flags: DUMP }, what);
  }

  close(): void {
    checked('close', 'close a netlink socket', this.#calls('close')(this.#descriptor));
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #exchange(request: NetlinkRequest, what: string): NetlinkMessage[] {
    const sequence = this.#send([request], -1, what);
    const replies: NetlinkMessage[] = [];
    for (let datagrams = 0; datagrams < MAX_DATAGRAMS; datagrams++) {
      for (const message of this.#receive(what)) {
        if (message.sequence !== sequence) continue;
        if (message.type === DONE) return replies;
        if (message.type !== ERROR) replies.push(message);
        else return acknowledged(replies, message, what);
      }
    }
    throw endless(what);
  }

  #sendTogether(requests: readonly NamedRequest[]): { readonly failure?: NetlinkError }[] {
    const last = requests.length - 1;
    const { what } = requests[last]!;
    const first = this.#send(
      requests.map(({ request }) => request),
      last,
      what,
    );
    const outcomes: { failure?: NetlinkError }[] = requests.map(() => ({}));
    for (let datagrams = 0; datagrams < MAX_DATAGRAMS; datagrams++) {
      for (const message of this.#receive(what)) {
        const index = message.sequence - first;
        if (message.type !== ERROR || outcomes[index] === undefined) continue;
        const failure = failureOf(message, requests[index]!.what);
        if (failure !== undefined) outcomes[index] = { failure };
        if (index === last) return outcomes;
      }
    }
    throw endless(what);
  }

  /** Sends messages in one datagram, and asks for an acknowledgement of one of them; the first one's sequence number. */
  #send(messages: readonly NetlinkRequest[], acknowledged: number, what: string): number {
    const first = this.#sequence + 1;
    const octets = concat(
      messages.map((message, index) =>
        emitMessage(
          { ...message, flags: message.flags | (index === acknowledged ? ACK : 0) },
          ++this.#sequence,
        ),
      ),
    );
    checked('send', what, this.#calls('send')(this.#descriptor, octets, octets.length, 0));
    return first;
  }

  #receive(what: string): NetlinkMessage[] {
    const length = checked(
      'recv',
      what,
      this.#calls('recv')(this.#descriptor, this.#buffer, this.#buffer.length, MSG_TRUNC),
    );
    if (length <= this.#buffer.length) return parseMessages(this.#buffer.slice(0, length));
    throw new LabError(`netlink: a datagram of ${length} octets does not fit`, { command: what });
  }
}

function acknowledged(replies: NetlinkMessage[], message: NetlinkMessage, what: string): NetlinkMessage[] {
  const failure = failureOf(message, what);
  if (failure === undefined) return replies;
  throw failure;
}

function failureOf(message: NetlinkMessage, what: string): NetlinkError | undefined {
  const { code, words } = parseAnswer(message);
  return code === 0 ? undefined : new NetlinkError(what, code, words);
}

function endless(what: string): LabError {
  return new LabError(`netlink: no end after ${MAX_DATAGRAMS} datagrams`, { command: what });
}
