import { createApplication } from '../../applications/registry.ts';
import { type ContactHost, ofContact } from './contact-host.ts';
import {
  type ContactPlace,
  createBoundClients,
  createGate,
  createMobility,
  createPaths,
  createPlain,
  createRole,
  createService,
  type KeptTerm,
} from './contact-parts.ts';
import type { ContactSettings } from './contact-settings.ts';
import { ContactUnit } from './contact-unit.ts';
import { createServer } from './create-member-server.ts';

/**
 * A contact address' part of this member, made in this order. What one part has to tell another that is made later goes by a function, which
 * nobody calls before all are there: parts tell something only when something has come from outside.
 */
export function createContactUnit(settings: ContactSettings, host: ContactHost, kept: KeptTerm): ContactUnit {
  const log = settings.index === 0 ? host.log : ofContact(host.log, settings.contactAddress);
  const place: ContactPlace = { settings, host, log };
  const paths = createPaths(place);
  const mobility = createMobility(place, {
    onEvent: (event) => unit.onMobilityEvent(event),
    onLettingGo: (client) => bound?.letsGo(client),
  });
  const role = createRole(place, {
    mobility,
    paths,
    onEntry: (entry) => service?.replicate(entry),
    beforeRegistration: (entries) => {
      plain.onContactNode(entries);
      server.inOffice();
    },
  });
  const plain = createPlain(place, { mobility, paths, role, service: () => service, server: () => server });
  const application = createApplication(settings.application);
  const server = createServer(place, {
    application,
    mobility,
    paths,
    plain,
    isElsewhere: (client) => bound?.isElsewhere(client) === true,
  });
  const bound = createBoundClients(place, {
    mobility,
    role,
    server,
    contactNode: () => service?.contactNode,
  });
  const service = createService(place, { role, paths, plain, bound }, kept);
  const unit = new ContactUnit(place, {
    mobility,
    role,
    plain,
    server,
    bound,
    service,
    gate: createGate(place),
  });
  return unit;
}
