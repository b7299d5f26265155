import * as z from 'zod/mini';
import { MAX_RR_BINDING_LIFETIME } from '../../mip6/wire/constants.ts';
import { count, ms } from '../support/config-numbers.ts';
import { observationConfig } from '../support/observation/observation-config.ts';
import { strictObject } from '../support/strict-object.ts';

/** `count`, and not none. */
const some = count.check(z.gte(1));

/** Configuration of a correspondent node; `{}` is one. */
const fields = strictObject({
  /** network namespaces, by their names for ip-netns(8), each a correspondent node; absent: the process's own is one */
  namespaces: z.optional(
    z.array(z.string().check(z.regex(/^(?!\.{1,2}$)[^/\s]+$/, 'expected a name as ip-netns(8) has it'))),
  ),
  /** bindings kept at most; default 1024 */
  capacity: z.optional(some),
  /** the longest lifetime granted, seconds; default and upper limit 420 (RFC 6275 §12) */
  maximumLifetimeSeconds: z.optional(z.int().check(z.gte(4), z.lte(MAX_RR_BINDING_LIFETIME))),
  /** ask for a refresh this long before a binding expires; default: never */
  refreshRequestLeadSeconds: z.optional(some),
  /** what taking in a message lasts, ms: a slow machine, for experiments; default: as long as it takes */
  takesMs: z.optional(ms),
  /** Binding Errors sent at most in a second; default 3 */
  bindingErrorsPerSecond: z.optional(some),
  /** absent: nobody can ask how this program is */
  observe: z.optional(observationConfig),
});

export const correspondentNodeConfig = fields.check((checked) => {
  // What is wrong by itself is told first.
  if (checked.issues.length > 0) return;
  const { namespaces = [], refreshRequestLeadSeconds: lead = 0, ...rest } = checked.value;
  const issue = (path: (string | number)[], message: string): void =>
    void checked.issues.push({ code: 'custom', input: checked.value, path, message });
  const longest = rest.maximumLifetimeSeconds ?? MAX_RR_BINDING_LIFETIME;
  if (lead >= longest)
    issue(['refreshRequestLeadSeconds'], `expected less than a binding lives, ${longest} at most`);
  for (const [index, name] of namespaces.entries())
    if (namespaces.indexOf(name) < index) issue(['namespaces', index], 'is there twice');
});
