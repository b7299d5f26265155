import * as z from 'zod/mini';
import { port } from '../config-numbers.ts';
import { strictObject } from '../strict-object.ts';

/** Where a program is asked how it is, when its configuration names no other place. */
export const DEFAULT_PORT = 9470;
export const DEFAULT_ADDRESS = '::1';

/** Where a program answers how it is, to its own host alone; absent: nowhere, and nothing is counted for it. */
export const observationConfig = strictObject({
  /** default 9470 */
  port: z.optional(port),
  /** default ::1 */
  address: z.optional(z.enum(['::1', '127.0.0.1'])),
});

export type ObservationSettings = z.infer<typeof observationConfig>;
