/** How many of what there are; all whole numbers. */
export interface WideAreaCounts {
  readonly members: number;
  /** places with members; a site's gateway is the home agent of the contact addresses there */
  readonly sites: number;
  readonly contactAddresses: number;
  readonly clients: number;
  /** places with clients */
  readonly clientSites: number;
  /** of the clients, those without Mobile IPv6: their kernel answers a Mobility Header with a Parameter Problem */
  readonly plainClients: number;
  /** of the clients, those without Mobile IPv6 behind a firewall that drops Mobility Headers: they answer nothing */
  readonly filteredClients: number;
  /** 1: a host for an authoritative name server, at the first site */
  readonly nameServers: number;
}

type ClientKind = 'correspondent-node' | 'plain' | 'filtered';

/** A machine and its address on the network. */
export interface Place {
  readonly name: string;
  readonly address: string;
  readonly site: string;
}

/** Addresses by the names of their machines, as the analysis looks them up. */
export function addressesByName(places: readonly Place[]): Readonly<Record<string, string>> {
  return Object.fromEntries(places.map(({ name, address }) => [name, address]));
}

export interface ContactAddressPlace {
  readonly address: string;
  readonly homeAgent: Place;
  /** the home link's prefix, e.g. 2001:db8:1:1::/64 */
  readonly homePrefix: string;
  /** name of the member that registers it at the start */
  readonly contactNode: string;
  /** names of the members that may take it over, first choice first: the other contact nodes, else all other members */
  readonly backups: readonly string[];
}

/** Who is who in a wide-area network: what a procedure needs to start its processes. */
export interface WideAreaRoles {
  readonly members: readonly Place[];
  readonly contactAddresses: readonly ContactAddressPlace[];
  readonly clients: readonly (Place & { readonly kind: ClientKind })[];
  /** in the order of the sites */
  readonly gateways: readonly Place[];
  readonly nameServer: Place | undefined;
}

/** What follows from the counts; member i stands at site i, round and round, contact address j at member j. */
export function wideAreaRoles(counts: WideAreaCounts): WideAreaRoles {
  const members = range(counts.members).map(
    (number): Place => ({
      name: `node${number}`,
      address: `${memberNetwork(number)}2`,
      site: `S${roundRobin(number, counts.sites)}`,
    }),
  );
  const gateways = range(counts.sites).map(
    (site): Place => ({
      name: site <= counts.contactAddresses ? `ha${site}` : `gw${site}`,
      address: `${memberNetwork(site)}1`,
      site: `S${site}`,
    }),
  );
  return {
    members,
    gateways,
    contactAddresses: range(counts.contactAddresses).map((number) =>
      contactAddress(number, counts, members, gateways),
    ),
    clients: range(counts.clients).map((number) => ({
      name: `client${number}`,
      address: `${clientNetwork(number)}2`,
      site: `C${roundRobin(number, counts.clientSites)}`,
      kind: clientKind(number, counts),
    })),
    nameServer: counts.nameServers === 1 ? { name: 'dns', address: '2001:db8:d::2', site: 'S1' } : undefined,
  };
}

/** What stands before an interface identifier on the link of a member. */
export function memberNetwork(number: number): string {
  return `2001:db8:1:${number.toString(16)}::`;
}

/** What stands before an interface identifier on the link of a client. */
export function clientNetwork(number: number): string {
  return `2001:db8:c:${number.toString(16)}::`;
}

/** 1 … count */
export function range(count: number): readonly number[] {
  return Array.from({ length: Math.max(0, count) }, (_, position) => position + 1);
}

function contactAddress(
  number: number,
  counts: WideAreaCounts,
  members: readonly Place[],
  gateways: readonly Place[],
): ContactAddressPlace {
  const site = roundRobin(number, counts.sites);
  const candidates = counts.contactAddresses > 1 ? counts.contactAddresses : counts.members;
  const behind = range(candidates - 1).map((step) => members[(number - 1 + step) % candidates]!);
  return {
    // Contact addresses of one site share its home link.
    address: `${memberNetwork(site)}${(0xff + number).toString(16)}`,
    homeAgent: gateways[site - 1]!,
    homePrefix: `${memberNetwork(site)}/64`,
    contactNode: members[number - 1]!.name,
    backups: behind.map((member) => member.name),
  };
}

function clientKind(number: number, counts: WideAreaCounts): ClientKind {
  if (number > counts.clients - counts.filteredClients) return 'filtered';
  return number > counts.clients - counts.filteredClients - counts.plainClients
    ? 'plain'
    : 'correspondent-node';
}

function roundRobin(number: number, places: number): number {
  return ((number - 1) % places) + 1;
}
