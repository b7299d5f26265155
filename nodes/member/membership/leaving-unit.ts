import { handshakesUnderWay } from '../../../linux/tcp/connection-table.ts';
import type { ContactUnit } from '../contact-unit.ts';
import type { LeavingUnit } from './leaving.ts';

/** What leaving asks of a contact address's part of this member. */
export function leavingUnit(unit: ContactUnit): LeavingUnit {
  const { server, plain, role } = unit;
  return {
    clients: () => server.clients,
    isPlain: (client) => plain.isPlain(client),
    isClosing: (client) => server.isClosing(client),
    portsOf: (client) => server.portsOf(client),
    refuseClients: () => server.refuseClients(),
    handshakes: () => handshakesUnderWay(unit.settings.contactAddress).length,
    handOff: (client, to) => server.handOff(client, to),
    get holdsContact() {
      return role.held;
    },
    get hasBackup() {
      return !unit.retired && (unit.service?.hasBackup ?? false);
    },
    leaveContact: () => new Promise((resolve) => unit.leave(resolve)),
    deregister: () => role.deregister(),
  };
}
