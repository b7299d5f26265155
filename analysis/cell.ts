import type { Clock, Parameters } from '../experiments/experiment.ts';

/** `cell.json`: all that the analysis knows of a cell beside its capture (`router.pcap`) and `events.jsonl`. */
export interface CellRecord {
  readonly experiment: string;
  /** the cell's folder name */
  readonly cell: string;
  readonly parameters: Parameters;
  readonly variant: string;
  readonly clock: Clock;
  readonly seed: number;
  readonly repetitions: number;
  /** by role: `client`, `contactAddress`, `node1`, `node2` (care-of addresses), `homeAgent1`, `homeAgent2` */
  readonly addresses: Readonly<Record<string, string>>;
  /** TCP port of the service at the contact address */
  readonly servicePort: number;
  /** TCP port on which members take the member-to-member channel */
  readonly channelPort: number;
  /** the router's interfaces in the capture: index → the neighbour it leads to (`client`, `ha1`, `ha2`) */
  readonly interfaces: Readonly<Record<string, string>>;
  /** which of these neighbours the client is, or stands behind; absent: `client` */
  readonly clientNeighbour?: string;
  /** what parameters do not tell of a network of one's own: `lossPct`, `jitterMs`, `rateKbit`, `cs1Ms`, `cs2Ms`, each at its worst */
  readonly network?: Parameters;
  /** true: the client may be handed off, or not, as often as its server likes */
  readonly mayHandOff?: boolean;
}
