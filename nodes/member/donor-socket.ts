import type net from 'node:net';
import type { FdPoller } from '../../linux/fd-poller.ts';
import { leaveOut, type MakesAgain, upToCut } from '../../linux/tcp/absent-octets.ts';
import { optionsOf, restTimers, startTimers } from '../../linux/tcp/carry-options.ts';
import { isWindowClosed, openWindow } from '../../linux/tcp/closed-window.ts';
import { extract } from '../../linux/tcp/extract.ts';
import {
  finishSending,
  followAnother,
  freeze,
  leaveRepair,
  timestampClock,
  unfreeze,
} from '../../linux/tcp/freeze.ts';
import type { MovedOptions } from '../../linux/tcp/movable-options.ts';
import { descriptorOf, hasDescriptor, startReading, stopReading } from '../../linux/tcp/node-socket.ts';
import { readUnread } from '../../linux/tcp/read-unread.ts';
import type { TcpConnectionState } from '../../linux/tcp/state.ts';
import { encodeTcpState } from '../../linux/tcp/state-codec.ts';
import { concatOctets } from '../../mip6/wire/octets.ts';
import { applicationsLinger } from '../support/client-socket.ts';
import { AcceptedSocket, endPace, type RestoringOptions } from './accepted-socket.ts';
import { firstAcknowledgement } from './first-acknowledgement.ts';

/** ms in which a client that this member has taken back should answer a window probe */
const PROBE_TIMEOUT_MS = 10_000;

/** A donor's socket around its freeze (paper §4.2): Node's socket object stays, the kernel's socket falls silent. */
export class DonorSocket {
  readonly #socket: net.Socket;
  readonly #descriptor: number;
  readonly #options: MovedOptions;
  #frozen = false;
  /** it sends on what was written to it, and takes nothing */
  #finishing = false;
  #travels = false;
  /** its octets leave without delay, which is not the application's wish */
  #hastened = false;
  /** what Node, or this, has read and the application has not, taken out of the socket */
  #held: Buffer | undefined;
  #state: TcpConnectionState | undefined;

  /**
   * From now on what the client sends waits in the kernel, where the handoff takes it along, and so do the options that the
   * application has set. `sendBuffer`: the member's SO_SNDBUF, as setsockopt takes it.
   */
  constructor(socket: net.Socket, sendBuffer: number) {
    this.#socket = socket;
    this.#descriptor = descriptorOf(socket);
    stopReading(socket);
    // It is not the application's, and does not travel.
    endPace(socket);
    this.#options = withApplicationsLinger(socket, optionsOf(this.#descriptor, sendBuffer));
  }

  /**
   * Freezes the socket and gives its state in serialised form, without options for an acceptor that cannot read them, and without what
   * `makesAgain` makes again. Throws LabError when it cannot be moved: `unfreeze` it then.
   */
  freezeAndExtract(withOptions = true, makesAgain?: MakesAgain): Uint8Array {
    const told = this.#freeze(withOptions);
    const left = makesAgain === undefined ? told : leaveOut(told, makesAgain);
    this.#travels = left.sent.length + left.unsent.length > 0;
    return encodeTcpState(left);
  }

  /**
   * The state of a socket that goes on: up to the last octet that has been written all counts as sent, is sent from here, and is made again at the
   * acceptor; until `stop` nothing more is taken from the client than acknowledgements. `aheadMs`: by how much the acceptor's timestamps begin later.
   * Undefined for one that has to stand still first: octets would travel, or the client has sent some. Throws as above.
   */
  extractAndGoOn(aheadMs: number, withOptions = true, makesAgain?: MakesAgain): Uint8Array | undefined {
    const told = this.#freeze(withOptions);
    const left = makesAgain && leaveOut(upToCut(told, aheadMs), makesAgain);
    const isStill = told.received.length === 0 && !told.receivedFin && told.windowClosed !== true;
    if (left === undefined || left.sent.length > 0 || !isStill) return undefined;
    // What is left of a segment would wait for the acknowledgement of all before it.
    if (!told.noDelay) this.#hasten(true);
    finishSending(this.#descriptor);
    startTimers(this.#descriptor, this.#options);
    this.#finishing = true;
    this.#frozen = false;
    return encodeTcpState(left);
  }

  /** Ends the time behind `extractAndGoOn`. Throws LabError. */
  stop(): void {
    if (this.#finishing) this.#freeze(true);
  }

  #freeze(withOptions: boolean): TcpConnectionState {
    this.#held = this.#takeRead();
    freeze(this.#descriptor);
    this.#frozen = true;
    this.#finishing = false;
    restTimers(this.#descriptor, this.#options);
    const state = this.#extract();
    const held = this.#held;
    // A stream that has been read to its end would tell the application so, whose socket this is not now: they go back at once.
    if (state.receivedFin && held !== undefined) {
      this.#held = undefined;
      this.#socket.unshift(held);
    }
    this.#state = held === undefined ? state : { ...state, received: concatOctets(held, state.received) };
    const { windowClosed: _, ...plain } = { ...this.#state, options: new Map() };
    return withOptions ? this.#state : plain;
  }

  /**
   * What the application has yet to get and the kernel's queue does not have. Of a client that was told to stop it is all that has come since, read on in the
   * application's place: so the window that the acceptor offers is as large as if its application had read all the time.
   */
  #takeRead(): Buffer | undefined {
    const readsOn = !this.#frozen && isWindowClosed(this.#descriptor);
    const read = readsOn ? readUnread(this.#descriptor) : undefined;
    const parts = [this.#held, takeHeld(this.#socket), read].filter((part) => part !== undefined);
    return parts.length > 0 ? Buffer.concat(parts) : undefined;
  }

  #extract(): TcpConnectionState {
    const read = extract(this.#descriptor, this.#options);
    const state = this.#hastened ? { ...read, noDelay: false } : read;
    return isWindowClosed(this.#descriptor) ? { ...state, windowClosed: true } : state;
  }

  /** Octets of the client in the state that was extracted. */
  get unread(): number {
    return this.#state?.received.length ?? 0;
  }

  /** Nothing that the client has not acknowledged is in the state that was extracted: there was nothing, or it is made again. */
  get leftOut(): boolean {
    return !this.#travels;
  }

  /** Goes on as if nothing had been. */
  unfreeze(): void {
    if (this.#frozen || this.#finishing) this.#thaw();
    this.#goOn();
  }

  /**
   * Goes on after another member may have served the client for a moment. The client's first acknowledgement tells how far it
   * got: not beyond what is sent here, and this socket goes on; within what this member had written but not sent, and a new
   * socket goes on from there; further, and nobody here knows those octets: undefined, the socket is closed. One that its
   * application has destroyed meanwhile is given back as it is.
   */
  async unfreezeWhereClientStands(
    poller: FdPoller,
    options: RestoringOptions,
  ): Promise<net.Socket | undefined> {
    const state = this.#state;
    if (state === undefined) {
      this.unfreeze();
      return this.#socket;
    }
    const answer = firstAcknowledgement(poller, this.#descriptor, PROBE_TIMEOUT_MS);
    if (state.timestamp !== undefined) followAnother(this.#descriptor);
    this.#thaw();
    const acknowledged = await answer;
    if (!hasDescriptor(this.#socket)) return this.#socket;
    const ahead = octetsBeyondSent(state, acknowledged);
    if (ahead <= 0) {
      this.#goOn();
      return this.#socket;
    }
    freeze(this.#descriptor);
    const timestamp = state.timestamp === undefined ? undefined : timestampClock(this.#descriptor);
    this.discard();
    if (ahead > state.unsent.length) return undefined;
    const sent = new Uint8Array(0);
    const unsent = state.unsent.subarray(ahead);
    return new AcceptedSocket(
      { ...state, timestamp, sendUnacknowledged: acknowledged!, sent, unsent },
      options,
    ).activate();
  }

  #thaw(): void {
    unfreeze(this.#descriptor);
    startTimers(this.#descriptor, this.#options);
  }

  #goOn(): void {
    this.#frozen = false;
    this.#finishing = false;
    if (this.#hastened) this.#hasten(false);
    if (this.#held !== undefined) this.#socket.unshift(this.#held);
    this.#held = undefined;
    openWindow(this.#descriptor);
    startReading(this.#socket);
  }

  #hasten(without: boolean): void {
    this.#hastened = without;
    this.#socket.setNoDelay(without);
  }

  /** Ends the frozen socket without a packet: closing in repair mode is silent. */
  discard(): void {
    this.#socket.destroy();
  }

  /** Node has closed the socket while it was frozen: its end, with the close of the other `descriptor`, is not silent after all. */
  breakOff(descriptor: number): void {
    if (this.#frozen) leaveRepair(descriptor, false);
    this.#frozen = false;
  }
}

/**
 * What waits in Node's own buffer for the application to read. It goes in front of the kernel's queue: an acceptor's kernel does
 * not mind that these octets were read once.
 */
function takeHeld(socket: net.Socket): Buffer | undefined {
  if (socket.readableLength === 0) return undefined;
  const held: unknown = socket.read();
  stopReading(socket); // reading from the buffer may have started it again
  return Buffer.isBuffer(held) ? held : undefined;
}

/** How many octets the client has of what `state` has not sent; at most 0 when none. */
function octetsBeyondSent(state: TcpConnectionState, acknowledged: number | undefined): number {
  if (acknowledged === undefined) return 0;
  return (acknowledged - (state.sendUnacknowledged + state.sent.length)) | 0;
}

/** SO_LINGER as the application has it, where the member's own stands in its place. */
export function withApplicationsLinger(socket: net.Socket, options: MovedOptions): MovedOptions {
  const linger = applicationsLinger(socket);
  if (linger === undefined) return options;
  const others = [...options].filter(([name]) => name !== 'SO_LINGER');
  return new Map(linger.value === undefined ? others : [...others, ['SO_LINGER', linger.value]]);
}
