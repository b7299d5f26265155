import * as z from 'zod/mini';
import { strictObject } from '../support/strict-object.ts';

/** Configuration of a correspondent node; `{}` is one. */
export const correspondentNodeConfig = strictObject({
  /** network namespaces, by their names for ip-netns(8), each a correspondent node; absent: the process's own is one */
  namespaces: z.optional(z.array(z.string())),
  /** bindings kept at most; default 1024 */
  capacity: z.optional(z.int().check(z.gte(1))),
  /** the longest lifetime granted, seconds; default and upper limit 420 */
  maximumLifetimeSeconds: z.optional(z.int().check(z.gte(4))),
  /** ask for a refresh this long before a binding expires; default: never */
  refreshRequestLeadSeconds: z.optional(z.int().check(z.gte(1))),
  /** Binding Errors sent at most in a second; default 3 */
  bindingErrorsPerSecond: z.optional(z.int().check(z.gte(1))),
});

export type CorrespondentNodeSettings = z.infer<typeof correspondentNodeConfig>;
