import { closeDescriptor, getNumberOption, setNumberOption } from '../socket-libc.ts';
import { SO_ERROR, SO_REUSEADDR, TCP_QUICKACK, TCP_REPAIR, TCP_TIMESTAMP } from '../socket-options.ts';
import { deafen, mute, takeNoInput, undeafen, unmute } from './silence.ts';
import { timestampsBehindAnother, timestampsBeyondEchoes } from './timestamps.ts';
import { windowProbe } from './window-probe.ts';

/** Values of TCP_REPAIR. */
export const REPAIR = { off: 0, on: 1, offWithoutProbe: -1 } as const;

/**
 * Freezes the socket of a TCP connection (paper §6.2: from now on its state does not change): arriving segments are
 * dropped, nothing leaves, and reads and writes fail until `unfreeze`. Throws LabError.
 *
 * Order is the contract: first deaf, so that no acknowledgement moves the queues any more; then a pending delayed
 * acknowledgement is sent, so that none is owed later; then mute, because repair mode alone stops neither the
 * retransmission timer nor the tail-loss probe; repair mode last, which makes any close silent.
 *
 * A socket that Node owns must be stopped first (`stopReading`, no write under way): libuv would take the refusal
 * of its next read or write for an error of the connection.
 */
export function freeze(descriptor: number): void {
  deafen(descriptor);
  setNumberOption(descriptor, TCP_QUICKACK, 1);
  mute(descriptor);
  setNumberOption(descriptor, TCP_REPAIR, REPAIR.on);
}

/**
 * Lets a frozen socket go on where it stood. A window probe leaves, and the peer says again what it has: after one round trip no
 * acknowledgement that was dropped in between is missing. Throws LabError.
 */
export function unfreeze(descriptor: number): void {
  leaveRepair(descriptor, true);
}

/** To be called before `unfreeze` where another member may have gone on meanwhile: the peer drops what lies behind its timestamps. Throws LabError. */
export function followAnother(descriptor: number): void {
  setNumberOption(descriptor, TCP_TIMESTAMP, timestampsBehindAnother(timestampClock(descriptor)));
}

/**
 * From now on a live socket takes no round trip from what was sent before, by whoever had the connection then: whatever answers that is no measure of its
 * own way. Throws LabError.
 */
export function disregardEchoes(descriptor: number): void {
  setNumberOption(descriptor, TCP_REPAIR, REPAIR.on);
  setNumberOption(descriptor, TCP_TIMESTAMP, timestampsBeyondEchoes(timestampClock(descriptor)));
  setNumberOption(descriptor, TCP_REPAIR, REPAIR.offWithoutProbe);
  setNumberOption(descriptor, SO_REUSEADDR, 1);
}

/** What a socket's next segment has for its timestamp; 32 bits. Throws LabError. */
export function timestampClock(descriptor: number): number {
  return getNumberOption(descriptor, TCP_TIMESTAMP);
}

/** Lets a frozen socket listen and speak; `probe`: it first asks the peer how far it is. Throws LabError. */
export function leaveRepair(descriptor: number, probe: boolean): void {
  unmute(descriptor);
  undeafen(descriptor);
  const ask = probe ? windowProbe(descriptor) : undefined;
  setNumberOption(descriptor, TCP_REPAIR, probe ? REPAIR.off : REPAIR.offWithoutProbe);
  afterRepair(descriptor);
  ask?.();
}

/**
 * Lets a frozen socket send on what was written to it, and take nothing but acknowledgements: what it has received stays as it was extracted. `freeze` and
 * `unfreeze` end that. Throws LabError.
 */
export function finishSending(descriptor: number): void {
  unmute(descriptor);
  takeNoInput(descriptor);
  setNumberOption(descriptor, TCP_REPAIR, REPAIR.offWithoutProbe);
  afterRepair(descriptor);
}

/** Closes a socket's descriptor without a segment to the peer, frozen or not. Throws LabError. */
export function closeSilently(descriptor: number): void {
  freeze(descriptor);
  closeDescriptor(descriptor);
}

/** What leaving repair mode leaves to do: the kernel has then cleared SO_REUSEADDR, without which a later listen() fails. */
function afterRepair(descriptor: number): void {
  setNumberOption(descriptor, SO_REUSEADDR, 1);
  // Reading it clears the soft error which muted transmissions left.
  getNumberOption(descriptor, SO_ERROR);
}
