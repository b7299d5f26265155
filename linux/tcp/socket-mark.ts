import { setNumberOption } from '../socket-libc.ts';
import { SO_MARK } from '../socket-options.ts';

/** Marks the packets that a socket sends, for packet filters and routing rules (SO_MARK). Throws LabError. */
export function setSocketMark(descriptor: number, mark: number): void {
  setNumberOption(descriptor, SO_MARK, mark);
}
