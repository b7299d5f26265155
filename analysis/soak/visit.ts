/** When a member had the connection of a visit, by its own log, ms. */
export interface Holding {
  readonly member: string;
  readonly fromMs: number;
  toMs: number;
  /** the process has ended, but its kernel may still send what it has of the connection, until another member takes it */
  orphaned?: true;
  /** a backup has the client's binding: what this member still sends the client does not take */
  fenced?: true;
}

/** Why a visit may be lost, and until when; each one ends. */
interface Excuse {
  /** the disturbance was begun then */
  readonly fromMs: number;
  readonly atMs: number;
  /** lost later than this, it is not excused: the client's patience is over, or another member has taken the connection */
  untilMs: number;
  readonly member: string;
  readonly reason:
    | 'killed with the connection'
    | 'killed, and the client is bound to it'
    | 'another member has taken the client over, without this connection';
}

/** A member's request that another take the connection. */
interface Request {
  readonly donor: string;
  readonly acceptor: string;
  readonly atMs: number;
  /** the donor has frozen the socket */
  frozenMs?: number;
  /** it is over, in whichever way */
  endedMs?: number;
}

/** The client's own verdict. */
export interface Outcome {
  readonly ok: boolean;
  /** every octet that it got is the document's */
  readonly intact: boolean;
  readonly problem: string;
  readonly bytes: number;
  /** octets that the server has received, by its own word; -1: it has not said, DAMAGED: not the document's */
  readonly uploaded: number;
  readonly upload: number;
  /** the server has ended its side in order */
  readonly ended: boolean;
}

/** A visit as the logs tell it. */
export interface Visit {
  readonly name: string;
  /** address of the client */
  readonly client: string;
  /** contact address */
  readonly server: string;
  readonly startedMs: number;
  /** of the client; undefined: never connected */
  port?: number;
  connectedMs?: number;
  finishedMs?: number;
  /** undefined: not finished */
  outcome?: Outcome;
  /** in the order of time */
  readonly excuses: Excuse[];
  /** members that left while the client was theirs, or led to them: no excuse, since they hand their clients off */
  readonly left: string[];
  readonly holdings: Holding[];
  /** members to which the client's binding led while nobody had taken the connection yet */
  readonly openings: Holding[];
  /** member whose binding the client had deleted when this one was opened, and when: its contact node knows that by that member's word */
  released?: { readonly member: string; readonly atMs: number };
  readonly requests: Request[];
  readonly survivals: Survival[];
}

/** A visit was protected when its holder was killed, and the holder's backup was in order then. */
interface Survival {
  readonly member: string;
  readonly backup: string;
  /** the kill, ms */
  readonly fromMs: number;
  /** it is served again */
  toMs: number;
}

/** The excuse that holds when the visit is lost at `atMs`. */
export function excuseAt({ excuses }: Visit, atMs: number): Excuse | undefined {
  return excuses.find((excuse) => excuse.fromMs <= atMs && atMs <= excuse.untilMs);
}
