import { z } from 'zod';
import { list, strict, text } from './fields.ts';

/** ms; a day */
const longest = 86_400_000;

const ownApplication = strict({
  /** the module that makes it: a path from the experiment's file, and what the log calls it */
  name: text,
  /** what its default export is given, beside `parameters` and `variant` of the cell */
  options: z.unknown().optional(),
  /** the module with all that it imports; made when the experiment is loaded */
  bundle: z.string().optional(),
});

/** A server application of one's own (docs/serve.md). */
export type OwnApplication = z.infer<typeof ownApplication>;

const orderedHandoff = strict({
  atMs: z.number().min(0).max(longest),
  /** name of the acceptor's machine; default: the members by turns, the second one first */
  to: text.optional(),
});

/** A handoff of all clients, `atMs` after the client's start. */
export type OrderedHandoff = z.infer<typeof orderedHandoff>;

/** What an experiment says of a server of one's own, for the procedure `own-server`. */
export const ownServerFields = {
  /** path of the module that makes the application, from the experiment's file; with what it is given: `{ name, options }` */
  application: z.union([text, ownApplication]).optional(),
  /** command for bash on the client, once a repetition; its status 0 is success. `CONTACT`, `PORT` and `URL` are in its environment, `contact` is a host's name */
  client: text.optional(),
  /** ms that the command may take; default 600,000 */
  clientLimitMs: z.int().min(1).max(longest).optional(),
  /** handoffs besides those that the application asks for itself; its `clientState` listener gives the states */
  handoffs: list(orderedHandoff).optional(),
};

export type OwnServerFields = Readonly<z.infer<z.ZodObject<typeof ownServerFields>>>;
