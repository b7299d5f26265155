import { setNumberOption } from '../socket-libc.ts';
import { SO_MAX_PACING_RATE } from '../socket-options.ts';

/** Whatever congestion control makes of it. */
export const UNPACED = -1;
const LARGEST = 0x7fffffff;

/** No more octets a second leave this socket, one segment by one, without a queue discipline that knows of it. Throws LabError. */
export function setPace(descriptor: number, octetsPerSecond: number): void {
  const rate = octetsPerSecond === UNPACED ? UNPACED : Math.min(Math.ceil(octetsPerSecond), LARGEST);
  setNumberOption(descriptor, SO_MAX_PACING_RATE, rate);
}
