import { createRequire } from 'node:module';
import * as z from 'zod/mini';
import { LabError } from '../linux/lab-error.ts';
import { moduleFile } from '../nodes/support/config-fields.ts';
import { strictObject } from '../nodes/support/strict-object.ts';
import { defaultExport } from '../server/default-export.ts';
import { checkedApplication } from './checked-application.ts';
import { OrderedHandoffs } from './ordered-handoffs.ts';
import type { ServerApplication } from './server-application.ts';

export const moduleApplicationConfig = strictObject({
  kind: z.literal('module'),
  /** absolute path of a TypeScript or JavaScript module whose default export makes the application */
  file: moduleFile,
  /** what that function is given */
  options: z.optional(z.unknown()),
  /** what the log calls it; default: the file */
  name: z.optional(z.string()),
  /** absolute path of a FIFO from which handoffs are ordered, see OrderedHandoffs; default: nobody orders any */
  orders: z.optional(z.string()),
});

/** Loads the module and makes its application. Throws LabError. */
export function loadApplication({
  file,
  options,
  orders,
  name = file,
}: z.infer<typeof moduleApplicationConfig>): ServerApplication {
  // Errors name the lines that the author wrote, also where the module is a bundle.
  process.setSourceMapsEnabled(true);
  // `import()` would come too late: the member starts its application before it serves.
  const make = defaultExport(createRequire(file)(file));
  if (typeof make === 'function') {
    const application = checkedApplication((make as (options: unknown) => unknown)(options), name);
    return orders === undefined ? application : new OrderedHandoffs(application, orders);
  }
  throw new LabError(`${file} makes no application`, {
    remedy: 'export default a function (options) => ServerApplication; see docs/server-library.md',
  });
}
