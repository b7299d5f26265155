import * as z from 'zod/mini';
import { LabError } from '../linux/lab-error.ts';
import { strictObject } from '../nodes/support/strict-object.ts';
import { checkedApplication } from './checked-application.ts';
import type { ServerApplication } from './server-application.ts';

/** The application of a process that is a member among other things: see `startMember`. */
export const embeddedApplicationConfig = strictObject({ kind: z.literal('embedded') });

let make: (() => ServerApplication) | undefined;

/** Names what makes the application of each contact address of this process. */
export function embedApplication(factory: () => ServerApplication): void {
  make = factory;
}

/** Throws LabError where nobody has embedded one. */
export function embeddedApplication(): ServerApplication {
  if (make !== undefined) return checkedApplication(make(), 'startMember: application');
  throw new LabError('no application is embedded in this process', {
    remedy: "name another kind, or start the member by startMember of 'handoff-lab/server'",
  });
}
