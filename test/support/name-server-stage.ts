import { createHash } from 'node:crypto';
import type { LabProcess } from '../../runner/procedures/procedure.ts';
import type { WideAreaRoles } from '../../topologies/wide-area-roles.ts';

/** The members' word to the name server goes to this port, beside their own channel. */
const zonePort = 7001;

/** The server's name in the DNS (paper §7.3). */
export interface ServerName {
  /** domain name of the zone, e.g. server.example */
  readonly zone: string;
  /** the server's name in it, e.g. www */
  readonly name: string;
  /** lifetime of its records, s */
  readonly ttlS: number;
  /** added before an address counts as forgotten, ms */
  readonly marginMs?: number;
  /** names of the members whose own contact address is taken out of use when they leave; default: none */
  readonly retiring?: readonly string[];
}

/**
 * The daemons of a server (see wide-area-server.ts) with a name server: its agent among the first to start, and in the configuration of each
 * member that may be a contact node, where it is. Unchanged in a network without a host for it.
 */
export function withNameServer(
  stages: readonly (readonly LabProcess[])[],
  roles: WideAreaRoles,
  seed: number,
  serverName: ServerName,
): readonly (readonly LabProcess[])[] {
  const { nameServer } = roles;
  if (nameServer === undefined) return stages;
  const { retiring = [], ...names } = serverName;
  const addressOf = (name: string): string => roles.members.find((member) => member.name === name)!.address;
  const trusted = new Set(
    roles.contactAddresses.flatMap(({ contactNode, backups }) => [contactNode, ...backups]),
  );
  const channelKey = createHash('sha256').update(`${seed}|channel to the name server`).digest('hex');
  const daemon: LabProcess = {
    name: nameServer.name,
    host: nameServer.name,
    program: 'name-server',
    config: {
      address: nameServer.address,
      ...names,
      members: roles.members.map(({ address }) => address),
      trusted: [...trusted].map(addressOf),
      publishable: roles.contactAddresses.map(({ address }) => address),
      channelPort: zonePort,
      channelKey,
      folder: `/run/${nameServer.name}`,
    },
  };
  const publication = { nameServer: nameServer.address, port: zonePort, channelKey };
  const published = (process: LabProcess): LabProcess => {
    if (process.program !== 'member' || !trusted.has(process.name)) return process;
    const onLeave = retiring.includes(process.name) ? { onLeave: 'retire' } : {};
    return {
      ...process,
      config: { ...(process.config as object), publication: { ...publication, ...onLeave } },
    };
  };
  const [first = [], ...rest] = stages;
  return [[...first, daemon], ...rest.map((stage) => stage.map(published))];
}
