import type net from 'node:net';
import { setAbortiveClose } from '../../../linux/tcp/abortive-close.ts';
import { sendSegment } from '../../../linux/tcp/raw-segment.ts';
import { activate, restore } from '../../../linux/tcp/restore.ts';
import { timestampsBeyondEchoes } from '../../../linux/tcp/timestamps.ts';
import { concatOctets } from '../../../mip6/wire/octets.ts';
import { TCP_FLAG } from '../../../mip6/wire/tcp-header.ts';
import { lastUpdateWithin } from '../../../server/successor/position.ts';
import type { KeptInput, Position } from '../../../server/successor/successor-types.ts';
import { clientSocket } from '../../support/client-socket.ts';
import { kernelRefusal } from '../../support/kernel-refusal.ts';
import type { MovedState, RestoringOptions } from '../accepted-socket.ts';
import { letResetOut } from '../let-reset-out.ts';

/** The connection of a member that has died, live, from where its client stands; `input`: what its client has sent behind the state. Throws LabError. */
export function survivorSocket(
  state: MovedState,
  position: Position,
  { sendBuffer, withInitialWindow, onOptionProblem: onProblem = () => undefined }: RestoringOptions,
  input?: KeptInput,
): net.Socket {
  const { acknowledgement, window: send, segments } = position;
  const { window } = state;
  const behind = withInput(state, input);
  const lastUpdateSequence = lastUpdateWithin(
    position.lastUpdateSequence,
    behind.receiveNext,
    window.receive,
  );
  const here = {
    ...behind,
    sendUnacknowledged: acknowledgement,
    timestamp: timestampsOf(state, position),
    window: { ...behind.window, lastUpdateSequence, send, largestSend: Math.max(send, window.largestSend) },
  };
  const { descriptor, options } = withInitialWindow(segments, () => restore(here, { sendBuffer, onProblem }));
  setAbortiveClose(descriptor, true);
  // A window that was closed may have opened while nobody listened: only a probe tells then.
  activate(descriptor, { probe: send === 0, options, onProblem });
  if (input !== undefined) acknowledge(here);
  return clientSocket(descriptor, { letResetOut });
}

/** What the member that has died had sent may come to its client yet, and be acknowledged here. */
function timestampsOf({ timestamp: had }: MovedState, { timestamp: next }: Position): number | undefined {
  return had === undefined || next === undefined ? undefined : timestampsBeyondEchoes(next);
}

/** As if the socket had taken it: what has come of the client, and a window as large as before from there on. */
function withInput(state: MovedState, input: KeptInput | undefined): MovedState {
  if (input === undefined) return state;
  const received = concatOctets(state.received, input.octets);
  const receiveNext = (state.receiveNext + input.octets.length) >>> 0;
  const receivedFin = state.receivedFin || input.ended;
  const receiveUpdate = (receiveNext + (receivedFin ? 1 : 0)) >>> 0;
  return { ...state, received, receiveNext, receivedFin, window: { ...state.window, receiveUpdate } };
}

/**
 * Tells the client what has come of it: the kernel would say so with the next thing that it sends, and the client awaits it before it sends on, or sends
 * again. One that does not leave is as good as lost.
 */
function acknowledge(state: MovedState): void {
  const { local, remote, receivedFin, timestamp, window, windowScale } = state;
  kernelRefusal(() =>
    sendSegment(local.address, remote.address, {
      sourcePort: local.port,
      destinationPort: remote.port,
      sequence: state.sendUnacknowledged,
      acknowledgement: (state.receiveNext + (receivedFin ? 1 : 0)) >>> 0,
      flags: TCP_FLAG.ack,
      window: Math.min(0xffff, window.receive >>> (windowScale?.receive ?? 0)),
      timestamp,
    }),
  );
}
