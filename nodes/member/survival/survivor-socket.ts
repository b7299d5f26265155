import type net from 'node:net';
import { setAbortiveClose } from '../../../linux/tcp/abortive-close.ts';
import { activate, restore } from '../../../linux/tcp/restore.ts';
import type { Position } from '../../../server/successor/successor-types.ts';
import { clientSocket } from '../../support/client-socket.ts';
import type { MovedState, RestoringOptions } from '../accepted-socket.ts';
import { letResetOut } from '../let-reset-out.ts';

/** The connection of a member that has died, live, from where its client stands. Throws LabError. */
export function survivorSocket(
  state: MovedState,
  position: Position,
  { sendBuffer, withInitialWindow, onOptionProblem: onProblem = () => undefined }: RestoringOptions,
): net.Socket {
  const { acknowledgement, window: send, lastUpdateSequence, segments } = position;
  const { window } = state;
  const here = {
    ...state,
    sendUnacknowledged: acknowledgement,
    timestamp: state.timestamp === undefined ? undefined : position.timestamp,
    window: { ...window, lastUpdateSequence, send, largestSend: Math.max(send, window.largestSend) },
  };
  const { descriptor, options } = withInitialWindow(segments, () => restore(here, { sendBuffer, onProblem }));
  setAbortiveClose(descriptor, true);
  // A window that was closed may have opened while nobody listened: only a probe tells then.
  activate(descriptor, { probe: send === 0, options, onProblem });
  return clientSocket(descriptor, { letResetOut });
}
