import type net from 'node:net';
import { setAbortiveClose } from '../../linux/tcp/abortive-close.ts';
import type { OptionProblem } from '../../linux/tcp/carry-options.ts';
import { tellWindow } from '../../linux/tcp/closed-window.ts';
import { closeSilently, disregardEchoes } from '../../linux/tcp/freeze.ts';
import { descriptorOf, hasDescriptor } from '../../linux/tcp/node-socket.ts';
import { setPace, UNPACED } from '../../linux/tcp/pace.ts';
import { pathState } from '../../linux/tcp/path-state.ts';
import { activate, type RestoredSocket, restore } from '../../linux/tcp/restore.ts';
import type { TcpConnectionState } from '../../linux/tcp/state.ts';
import { decodeTcpState } from '../../linux/tcp/state-codec.ts';
import { whyImpossible } from '../../linux/tcp/state-ranges.ts';
import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import { clientSocket } from '../support/client-socket.ts';
import { monotonicMs } from '../support/role-driver.ts';
import { congestionWindowFor, paceOf } from './initial-window.ts';
import { letResetOut } from './let-reset-out.ts';
import { WaitingSocket } from './waiting-socket.ts';

/** Runs `connect` while a new socket starts with a congestion window of `segments`. */
type WithInitialWindow = <Result>(segments: number, connect: () => Result) => Result;

/** How a socket is re-created. */
export interface RestoringOptions {
  /** SO_SNDBUF, in octets as setsockopt takes them */
  readonly sendBuffer: number;
  readonly withInitialWindow: WithInitialWindow;
  /** a round trip to the client: what the donor's had in flight may be in flight here, spread over it, ms; default 0: the initial window alone */
  readonly paceOverMs?: number;
  /** An option of the donor's socket that the re-created one goes on without; default: nobody is told. */
  readonly onOptionProblem?: (problem: OptionProblem) => void;
}

/** A socket's state as an Init brings it; `unknownOptions`: numbers of options of another release, which the socket goes on without. */
export type MovedState = TcpConnectionState & { readonly unknownOptions: readonly number[] };

/** Throws DecodeError, or ProtocolError for numbers that no socket can have. */
export function decodeMoved(tcpState: Uint8Array): MovedState {
  const unknownOptions: number[] = [];
  const state = decodeTcpState(tcpState, (wire) => unknownOptions.push(wire));
  const impossible = whyImpossible(state);
  if (impossible !== undefined)
    throw new ProtocolError(`the connection from port ${state.remote.port} has ${impossible}`);
  return { ...state, unknownOptions };
}

/** Sockets that go on at their donor's pace. */
const paced = new WeakSet<net.Socket>();

/** A socket that has gone on at its donor's pace has acknowledgements of its own by now, and finds its own. */
export function endPace(socket: net.Socket): void {
  if (paced.delete(socket) && hasDescriptor(socket)) setPace(descriptorOf(socket), UNPACED);
}

/** No answer has come to a socket that was re-created with its donor's octets in flight: what comes now is too late to be a round trip. Throws LabError. */
export function forgetDonorsClock(socket: net.Socket): void {
  if (!hasDescriptor(socket)) return;
  const descriptor = descriptorOf(socket);
  if (pathState(descriptor) === undefined) disregardEchoes(descriptor);
}

/** A re-created socket, frozen until the client sends to this member. */
export class AcceptedSocket {
  readonly #restored: WaitingSocket<RestoredSocket>;
  /** the client's, who takes nothing */
  readonly #windowClosed: boolean;
  /** this end's, as the client has been told */
  readonly #offersNothing: boolean;
  /** its application has no pace of its own */
  readonly #paced: boolean;
  readonly #onProblem: (problem: OptionProblem) => void;

  /**
   * Re-creates a socket, ready to send at once: neither the congestion window nor the client's window as last heard of
   * waits for the acknowledgement of what the donor had in flight. Throws LabError.
   */
  constructor(
    state: TcpConnectionState,
    {
      sendBuffer,
      withInitialWindow,
      paceOverMs = 0,
      onOptionProblem: onProblem = () => undefined,
    }: RestoringOptions,
  ) {
    const options = { sendBuffer, inFlightLeftWindow: true, onProblem };
    this.#onProblem = onProblem;
    this.#windowClosed = state.window.send === 0;
    this.#offersNothing = state.windowClosed === true;
    this.#paced = paceOverMs > 0 && !state.options.has('SO_MAX_PACING_RATE');
    const make = (): RestoredSocket => {
      const segments = congestionWindowFor(state, this.#paced);
      const restored = withInitialWindow(segments, () => restore(state, options));
      if (this.#paced) setPace(restored.descriptor, paceOf(state, paceOverMs));
      // From its first instant on: while it is frozen its end is silent anyway.
      setAbortiveClose(restored.descriptor, true);
      return restored;
    };
    const end = ({ descriptor }: RestoredSocket): void => closeSilently(descriptor);
    this.#restored = new WaitingSocket({ make, end, inFlight: state.sent.length > 0 }, monotonicMs());
  }

  /** Unfreezes the socket and makes a Node socket of it; what the donor had not sent yet is written first. */
  activate(): net.Socket {
    const { descriptor, unsent, options } = this.#restored.ready(monotonicMs());
    // Data asks for an acknowledgement by itself, and a probe would only go before it. The client may have opened its window
    // while nobody listened: then only a probe tells.
    const probe = this.#windowClosed ? { probe: true } : unsent.length > 0 ? { probe: false } : {};
    activate(descriptor, { ...probe, options, onProblem: this.#onProblem });
    if (this.#offersNothing) tellWindow(descriptor);
    const socket = clientSocket(descriptor, { letResetOut });
    if (this.#paced) paced.add(socket);
    if (unsent.length > 0) socket.write(unsent);
    return socket;
  }

  /** Ends the frozen socket without a packet. */
  discard(): void {
    this.#restored.end();
  }
}
