import { fileURLToPath } from 'node:url';
import { installedAsPackage } from './installed-package.ts';

const suffix = installedAsPackage ? '.js' : '.ts';

/** Programs that run inside a lab: name → source file. Each becomes one bundle. */
export const nodeEntryPoints: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({
    'correspondent-node': '../nodes/correspondent-node/correspondent-node-daemon.ts',
    'home-agent': '../nodes/home-agent/home-agent-daemon.ts',
    member: '../nodes/member/member-daemon.ts',
    conductor: '../nodes/conductor/conductor-program.ts',
    'name-server': '../nodes/name-server/name-server-daemon.ts',
    'download-client': '../applications/download-client.ts',
    'upload-client': '../applications/upload-client.ts',
    'curl-client': '../applications/curl-client.ts',
    'command-client': '../applications/command-client.ts',
    'itinerary-clients': '../applications/itinerary-clients.ts',
    'datagram-client': '../applications/datagram-client.ts',
    'fault-gate': '../nodes/fault-gate/fault-gate-daemon.ts',
    'mininet-bridge': '../nodes/mininet/mininet-bridge.ts',
    'front-end': '../nodes/front-end/front-end-program.ts',
    'back-end': '../nodes/front-end/back-end.ts',
    'session-clients': '../applications/session-clients.ts',
    'udp-echo-client': '../applications/udp-echo-client.ts',
    'calibration-client': '../applications/calibration-client.ts',
    'calibration-station': '../applications/calibration-station.ts',
  }).map(([name, path]) => [name, fileURLToPath(new URL(path.replace(/\.ts$/, suffix), import.meta.url))]),
);
