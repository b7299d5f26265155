import { fileURLToPath } from 'node:url';

/** Programs that run inside a lab: name → source file. Each becomes one bundle. */
export const nodeEntryPoints: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({
    'correspondent-node': '../nodes/correspondent-node/main.ts',
    'home-agent': '../nodes/home-agent/main.ts',
    member: '../nodes/member/main.ts',
    conductor: '../nodes/conductor/main.ts',
    'name-server': '../nodes/name-server/main.ts',
    'download-client': '../nodes/applications/download-client.ts',
    'curl-client': '../nodes/applications/curl-client.ts',
    'itinerary-clients': '../nodes/applications/itinerary-clients.ts',
    'datagram-client': '../nodes/applications/datagram-client.ts',
    'front-end': '../nodes/front-end/main.ts',
    'back-end': '../nodes/front-end/back-end.ts',
    'session-clients': '../nodes/applications/session-clients.ts',
    'udp-echo-client': '../nodes/applications/udp-echo-client.ts',
    'calibration-client': '../nodes/applications/calibration-client.ts',
    'calibration-station': '../nodes/applications/calibration-station.ts',
  }).map(([name, path]) => [name, fileURLToPath(new URL(path, import.meta.url))]),
);
