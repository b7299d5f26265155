import { ipv6, ipv6Prefix, prefixOf } from '../../mip6/wire/address.ts';
import type { PublishedZone } from '../../server/publication/address-publication.ts';
import { isZoneFrame } from '../../server/publication/zone-frames.ts';
import {
  publishableZone,
  type ZoneInput,
  type ZoneOutput,
  ZoneService,
} from '../../server/publication/zone-service.ts';
import { MemberChannel } from '../member/channel.ts';
import { KeyedChannel } from '../member/channel-security.ts';
import { keyNames, keyRing } from '../member/written-keys.ts';
import { startNode } from '../support/node-process.ts';
import { Observation } from '../support/observation/observation.ts';
import { counted } from '../support/observation/observed.ts';
import { RoleDriver } from '../support/role-driver.ts';
import { nameServerConfig } from './name-server-config.ts';
import { NameService } from './name-service.ts';
import { ZoneStore } from './zone-store.ts';

const defaults = { port: 53, marginMs: 1000, retryMs: 2000, channelTimeoutMs: 5000 } as const;

/** The agent at a name server (paper §7.3): runs NSD, and lets contact nodes put their addresses into its zone and take them out. */
const node = startNode(
  'name-server',
  'publishes the contact addresses of a server in the DNS, with NSD',
  nameServerConfig,
);
const { log } = node;
const config = { ...defaults, ...node.config };
const [address, members, trusted] = [
  ipv6(config.address),
  config.members.map(ipv6),
  config.trusted.map(ipv6),
];
const publishable = config.publishable.map((one) =>
  one.includes('/') ? ipv6Prefix(one) : prefixOf(ipv6(one), 128),
);
const store = new ZoneStore({ ...config, nameServer: address }, config.folder);
const zone = startingZone();
const { ttlS, marginMs, retryMs } = config;
const driver = new RoleDriver<ZoneInput, ZoneOutput>(
  new ZoneService({ ttlS, marginMs, retryMs, trusted, publishable }, zone),
  act,
);
const names = new NameService({
  program: config.nsd ?? '/usr/sbin/nsd',
  controlProgram: config.nsdControl ?? '/usr/sbin/nsd-control',
  folder: config.folder,
  address,
  port: config.port,
  zone: config.zone,
  store,
  log,
  onServes(serial) {
    log.write('zone-served', { serial });
    served = serial;
    driver.handle({ kind: 'serves', serial });
  },
  onFailed: fail,
});
let channel: MemberChannel | undefined;
/** serial of the zone that NSD has confirmed */
let served: number | undefined;
const noKeys = { group: [], trust: [] };
const security = new KeyedChannel({
  keys: keyRing(config) ?? noKeys,
  self: address,
  ...(config.channelKeyLog === undefined ? {} : { keyLogPath: config.channelKeyLog }),
});

const observation = new Observation(node.config.observe, () => ({
  trouble: served === undefined ? 'NSD does not serve the zone yet' : undefined,
  status: {
    program: 'name-server',
    address,
    state: served === undefined ? 'starting' : 'serving',
    ...(served === undefined ? {} : { serial: served }),
    members: channel?.standing ?? [],
  },
  metrics: [
    {
      name: 'zone_serial',
      help: 'Serial of the zone that NSD serves',
      type: 'gauge',
      values: [{ value: served ?? 0 }],
    },
    counted({ ...channel?.counters }),
  ],
}));
node.onLeave((done) => {
  channel?.close();
  names.stop().then(done, done);
});
node.onReload((changed) => {
  const keys = keyRing(changed) ?? noKeys;
  log.write('keys-taken', keyNames(keys));
  security.renew(keys);
  channel?.rekeyed();
});
node.onStop(() => {
  log.write('counters', { ...channel?.counters });
  observation.close();
  driver.stop();
});
names.start().then(serve, fail);

/** What is on disk, as far as the present configuration lets it be published. */
function startingZone(): PublishedZone {
  const stored = store.read();
  const zone = publishableZone(stored, publishable);
  if (zone === stored) return zone;
  const removed = stored.addresses.filter((one) => !zone.addresses.includes(one));
  log.write('zone-cleaned', { serial: zone.serial, removed: removed.join(' ') });
  store.write(zone);
  return zone;
}

function serve(): void {
  served = zone.serial;
  log.write('zone-loaded', { serial: zone.serial, addresses: zone.addresses.join(' ') });
  channel = new MemberChannel({
    careOfAddress: address,
    port: config.channelPort,
    peers: members,
    security,
    onFrame: (from, frame) => {
      if (isZoneFrame(frame)) driver.handle({ kind: 'frame', from, frame });
    },
    onPeer: (peer, change) => log.write(`peer-${change}`, { peer }),
    timeoutMs: config.channelTimeoutMs,
    onRefused: (from, reason) => log.write('channel-refused', { address: from, reason }),
    onFault: (from, reason) => log.write('channel-fault', { peer: from, reason }),
  });
  node.ready();
}

function act(output: ZoneOutput): void {
  switch (output.kind) {
    case 'update':
      log.write('zone-wanted', { serial: output.serial, addresses: output.addresses.join(' ') });
      names.update(output);
      return;
    case 'send':
      if (output.frame.kind === 'zone-state')
        log.write('zone-told', {
          member: output.to,
          address: output.frame.contactAddress,
          outcome: output.frame.outcome,
        });
      channel?.send(output.to, output.frame);
      return;
    case 'refused':
      log.write('zone-refused', {
        member: output.from,
        address: output.contactAddress,
        reason: output.reason,
      });
      return;
    default:
      output satisfies never;
  }
}

function fail(error: unknown): void {
  log.write('crashed', { reason: String(error) });
  process.stderr.write(`name-server: ${String(error)}\n`);
  node.end(1);
}
