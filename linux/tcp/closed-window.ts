import { LabError } from '../lab-error.ts';
import { CLOSED_WINDOW_MARK } from '../recipes/member-firewall.ts';
import { getNumberOption, setNumberOption } from '../socket-libc.ts';
import { SO_MARK, SO_REUSEADDR, TCP_REPAIR } from '../socket-options.ts';
import { REPAIR } from './freeze.ts';
import { setSocketMark } from './socket-mark.ts';
import { windowUpdate } from './window-probe.ts';

/**
 * From the next acknowledgement on the peer is told that it may send nothing more; what is under way from it is taken and acknowledged as ever,
 * so that a round trip later nothing is. The member's packet filter does it, by the mark. A socket whose application marks its packets
 * itself is left as it is. Throws LabError.
 */
export function closeWindow(descriptor: number): void {
  if (getNumberOption(descriptor, SO_MARK) === 0) setSocketMark(descriptor, CLOSED_WINDOW_MARK);
}

/** Throws LabError. */
export function isWindowClosed(descriptor: number): boolean {
  return getNumberOption(descriptor, SO_MARK) === CLOSED_WINDOW_MARK;
}

/** Ends `closeWindow` of a socket that is not frozen: tells the peer at once what it may send. Throws LabError. */
export function openWindow(descriptor: number): void {
  if (!isWindowClosed(descriptor)) return;
  setSocketMark(descriptor, 0);
  tellWindow(descriptor);
}

/** One acknowledgement, with the window as it is: the kernel owes none, and the peer would ask only when its timer runs out. Throws LabError. */
export function tellWindow(descriptor: number): void {
  setNumberOption(descriptor, TCP_REPAIR, REPAIR.on);
  let tell: () => void;
  try {
    tell = windowUpdate(descriptor);
  } finally {
    setNumberOption(descriptor, TCP_REPAIR, REPAIR.offWithoutProbe);
    setNumberOption(descriptor, SO_REUSEADDR, 1);
  }
  try {
    tell();
  } catch (error) {
    // As good as lost on its way.
    if (!(error instanceof LabError)) throw error;
  }
}
