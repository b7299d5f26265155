/** A line of a process's log, with fields of its own. */
export interface ObservedEvent {
  /** since the repetition's start, ms */
  readonly atMs: number;
  /** the process, e.g. `node1`, `client` */
  readonly node: string;
  readonly event: string;
  readonly [field: string]: unknown;
}

/** A packet as it comes to the router (`in`), and once more as it leaves (`out`), behind the router's delay. */
export interface ObservedPacket {
  /** since the repetition's start, ms */
  readonly atMs: number;
  /** in the capture, from 1 */
  readonly number: number;
  readonly direction: 'in' | 'out';
  /** the machine at the other end of the router's interface */
  readonly neighbour: string;
  /** addresses as the mobility headers mean them: a home address in the place of a care-of address */
  readonly source: string;
  readonly destination: string;
  /** octets of the IPv6 packet */
  readonly octets: number;
  /** around the innermost one */
  readonly tunnels: number;
  readonly kind: 'tcp' | 'udp' | 'mobility' | 'icmpv6' | 'esp' | 'other';
  readonly tcp?: {
    readonly sourcePort: number;
    readonly destinationPort: number;
    readonly sequence: number;
    readonly acknowledgement: number;
    readonly syn: boolean;
    readonly fin: boolean;
    readonly rst: boolean;
    readonly payloadOctets: number;
  };
  readonly udp?: {
    readonly sourcePort: number;
    readonly destinationPort: number;
    readonly payloadOctets: number;
  };
  /** of a Mobility Header: `binding-update`, `home-test` … */
  readonly message?: string;
}

/** All that is seen of one repetition: from its start to the next one's. */
export interface ObservedRepetition {
  readonly repetition: number;
  readonly parameters: Readonly<Record<string, number>>;
  readonly variant: string;
  /** by role: `client`, `contactAddress`, `node1` … */
  readonly addresses: Readonly<Record<string, string>>;
  /** the client's word, and its reason */
  readonly ok: boolean;
  readonly problem: string;
  /** what a client that is a command has printed */
  readonly output: string;
  readonly events: readonly ObservedEvent[];
  readonly packets: readonly ObservedPacket[];
}
