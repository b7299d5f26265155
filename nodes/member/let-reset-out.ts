import { RESET_MARK } from '../../linux/recipes/member-firewall.ts';
import { setSocketMark } from '../../linux/tcp/socket-mark.ts';

/** The resets of this connection leave the member from now on: nobody serves its client any more, and it is to know. Throws LabError. */
export function letResetOut(descriptor: number): void {
  setSocketMark(descriptor, RESET_MARK);
}
