import type { Ipv6Address } from '../../mip6/wire/address.ts';

/** A home registration's message as it passed the router. */
interface Registration {
  /** since the contact node's end */
  readonly ms: number;
  readonly direction: 'in' | 'out';
  /** of the member: its care-of address is the outer source of an update, the outer destination of an acknowledgement */
  readonly member: Ipv6Address;
  readonly sequence: number;
  /** of an acknowledgement; 0 of an update */
  readonly status: number;
}

/** What the router saw of one repetition, from a second before the contact node's end on; all times in ms since that end. */
export class Observation {
  readonly updates: Registration[] = [];
  readonly acknowledgements: Registration[] = [];
  /** the client's datagrams by number: when they came to the router */
  readonly requests = new Map<number, number>();
  /** numbers of those whose answer left towards the client */
  readonly answered = new Set<number>();
  /** datagrams in the home agent's tunnel as it sends them: the member that it has the binding for */
  readonly relayedTo: Ipv6Address[] = [];
  /** when datagrams in that tunnel had come all the way to the successor */
  readonly servedBySuccessor: number[] = [];
  /** when answers of the old contact node came to the router */
  readonly answersOfContactNode: number[] = [];
  /** when data of the other member to the client with the optimised route came to the router */
  readonly optimized: number[] = [];
  /** segments with octets, or a FIN, on the channel from the contact node to its first backup: when they came in … */
  readonly signsSent: number[] = [];
  /** … and when they had come all the way */
  readonly signsHeard: number[] = [];
  /** TCP resets that the service sent to others than the client of the ended contact node */
  resets = 0;
  /** ESP packets between members and home agent whose number is not above all earlier ones of their association */
  espReversals = 0;
  /** home registrations whose sequence number is not above all earlier ones */
  updateReversals = 0;
  /** what may not happen, in words */
  readonly faults: string[] = [];
}
