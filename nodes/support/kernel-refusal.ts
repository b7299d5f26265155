import { LabError } from '../../linux/lab-error.ts';

/** Does this; what the kernel says where it refuses, in one line: of one client it concerns no other. */
export function kernelRefusal(act: () => void): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    return error.message.split('\n')[0];
  }
}
