/** A server application of one's own (docs/serve.md). */
export interface OwnApplication {
  /** the module that makes it: a path from the experiment's file, and what the log calls it */
  readonly name: string;
  /** what its default export is given, beside `parameters` and `variant` of the cell */
  readonly options?: unknown;
  /** the module with all that it imports; made when the experiment is loaded */
  readonly bundle?: string;
}

/** A handoff of all clients, `atMs` after the client's start. */
export interface OrderedHandoff {
  readonly atMs: number;
  /** name of the acceptor's machine; default: the members by turns, the second one first */
  readonly to?: string;
}

/** What an experiment says of a server of one's own, for the procedure `own-server`. */
export interface OwnServerFields {
  /** path of the module that makes the application, from the experiment's file; with what it is given: `{ name, options }` */
  readonly application?: string | OwnApplication;
  /** command for bash on the client, once a repetition; its status 0 is success. `CONTACT`, `PORT` and `URL` are in its environment, `contact` is a host's name */
  readonly client?: string;
  /** ms that the command may take; default 600,000 */
  readonly clientLimitMs?: number;
  /** handoffs besides those that the application asks for itself; its `clientState` listener gives the states */
  readonly handoffs?: readonly OrderedHandoff[];
}
