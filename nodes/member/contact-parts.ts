import { memberBase } from '../../linux/recipes/member.ts';
import { StraySegmentMonitor } from '../../linux/stray-segment-monitor.ts';
import type { EventWriter } from '../support/event-log.ts';
import { BoundClients, type BoundClientsOptions } from './contact/bound-clients.ts';
import { groupPlan } from './contact/contact-plan.ts';
import type { ContactRecord, ContactRecordFile } from './contact/contact-record.ts';
import { ContactRole, type ContactRoleOptions } from './contact/contact-role.ts';
import { ContactService } from './contact/contact-service.ts';
import { MemberPaths } from './contact/member-paths.ts';
import type { ContactHost } from './contact-host.ts';
import type { ContactSettings } from './contact-settings.ts';
import { FrameGate } from './frame-gate.ts';
import type { MemberServer } from './member-server.ts';
import { Mobility, type MobilityOptions } from './mobility.ts';
import { createPlainClients, patienceOf } from './plain/create-plain-clients.ts';
import type { PlainClientService } from './plain/plain-clients.ts';

/** What all parts of a contact address have in common. */
export interface ContactPlace {
  readonly settings: ContactSettings;
  readonly host: ContactHost;
  /** says which contact address an event is of, where there are several */
  readonly log: EventWriter;
}

/** This member creates the contact address. */
export function isFounder({ settings, host }: ContactPlace): boolean {
  return settings.contactNode === host.careOfAddress;
}

/** What names no contact address is of this one. */
export function isFirst({ settings }: ContactPlace): boolean {
  return settings.index === 0;
}

const defaultReleaseMs = 5000;

export function createPaths(place: ContactPlace): MemberPaths {
  const { contactAddress: homeAddress, contactNode, names } = place.settings;
  const { hold, tunnels } = place.host;
  hold.reconciler.set(`base ${homeAddress}`, memberBase({ homeAddress }));
  const paths = new MemberPaths(hold.reconciler, homeAddress, names, tunnels);
  if (!isFounder(place)) paths.follow(contactNode);
  return paths;
}

export function createMobility(
  { settings, host, log }: ContactPlace,
  told: Pick<MobilityOptions, 'onEvent' | 'onLettingGo'>,
): Mobility {
  const { config, careOfAddress, headers, hold } = host;
  const { contactAddress: homeAddress, homeAgent, names } = settings;
  return new Mobility({
    homeAddress,
    careOfAddress,
    homeAgent,
    names,
    bindingLifetimeSeconds: config.bindingLifetimeSeconds,
    patience: patienceOf(config),
    headers,
    reconciler: hold.reconciler,
    log,
    ...told,
  });
}

export function createRole(
  { settings, host, log }: ContactPlace,
  parts: Pick<ContactRoleOptions, 'beforeRegistration' | 'mobility' | 'onEntry' | 'paths'>,
): ContactRole {
  const { config, careOfAddress, poller } = host;
  return new ContactRole({
    careOfAddress,
    contactAddress: settings.contactAddress,
    homeLifetimeSeconds: config.homeLifetimeSeconds,
    poller,
    log,
    ...parts,
  });
}

interface PlainParts {
  readonly mobility: Mobility;
  readonly paths: MemberPaths;
  readonly role: ContactRole;
  service(): ContactService | undefined;
  server(): MemberServer;
}

export function createPlain({ settings, host, log }: ContactPlace, parts: PlainParts): PlainClientService {
  const { config, hold, send } = host;
  const { mobility, paths, role, server, service } = parts;
  return createPlainClients(config, settings.contactAddress, {
    mobility,
    isBound: (client) => mobility.bindings.some(({ correspondent }) => correspondent === client),
    reconciler: hold.reconciler,
    paths,
    role,
    log,
    // With a group it may be any of several, and is not known before the first word of it.
    contactNode: () => (settings.group === undefined ? settings.contactNode : service()?.contactNode),
    inOffice: () => mobility.homeRegistered,
    send,
    delivers: (socket) => server().delivers(socket),
    onAnswer: (answer) => server().onAnswer(answer),
  });
}

/** `groupPlan`'s order decides whose word about terms is heard; without a group nobody's is. */
export function createGate({ settings, host, log }: ContactPlace): FrameGate {
  const { config, group, send } = host;
  const order = groupPlan(config, settings, undefined)?.order ?? [];
  const plan = { group, servicePort: config.servicePort, order };
  return new FrameGate({ plan, log, send });
}

/** Undefined without a group. */
export function createBoundClients(
  { settings, host, log }: ContactPlace,
  parts: Pick<BoundClientsOptions, 'contactNode' | 'mobility' | 'role'> & { readonly server: MemberServer },
): BoundClients | undefined {
  const { config, careOfAddress, living, poller, send, takes } = host;
  const { contactAddress, group } = settings;
  const { server, ...rest } = parts;
  if (group === undefined) return undefined;
  const monitor = new StraySegmentMonitor(poller, contactAddress);
  const bound = new BoundClients({
    careOfAddress,
    contactAddress,
    bindingLifetimeMs: config.bindingLifetimeSeconds * 1000,
    holdOffMs: group.releaseMs ?? defaultReleaseMs,
    patienceMs: config.doneTimeoutMs,
    ...rest,
    log,
    isHere: (client) => server.clients.includes(client),
    living: () => living('contact-survey'),
    hearsOfStrays: (member) => takes(member, 'contact-stray'),
    keepOff: (clients) => {
      server.keepOff(clients);
      monitor.watch(clients);
    },
    send,
  });
  monitor.onSegment = (client) => bound.seen(client);
  return bound;
}

/** `record`: where the term is kept; `earlier`: what stood there when the process started. */
export interface KeptTerm {
  readonly record: ContactRecordFile;
  readonly earlier: ContactRecord | undefined;
}

/** Undefined without a group. */
export function createService(
  place: ContactPlace,
  parts: {
    readonly role: ContactRole;
    readonly paths: MemberPaths;
    readonly plain: PlainClientService;
    readonly bound: BoundClients | undefined;
  },
  { record, earlier }: KeptTerm,
): ContactService | undefined {
  const { settings, host, log } = place;
  const { config, careOfAddress, peers, send, onReady } = host;
  const { associations, contactAddress, homeAgent } = settings;
  const { role, paths, plain, bound } = parts;
  const plan = groupPlan(config, settings, earlier?.epoch);
  if (plan === undefined) return undefined;
  const founds = isFounder(place) && associations !== undefined;
  return new ContactService({
    plan,
    peers,
    ...(founds ? { founding: { homeAgent, ...associations } } : {}),
    role,
    paths,
    record,
    log,
    send,
    onReleased: () => {
      bound?.outOfOffice();
      host.publication?.released(contactAddress);
    },
    onContactNode: (contactNode) => {
      if (contactNode !== careOfAddress) plain.onContactNode([]);
      bound?.onContactNode(contactNode);
      onReady();
    },
  });
}
