import { fileURLToPath } from 'node:url';

/** Programs that run inside a lab: name → source file. Each becomes one bundle. */
export const nodeEntryPoints: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({
    'correspondent-node': '../nodes/correspondent-node/main.ts',
    'home-agent': '../nodes/home-agent/main.ts',
    member: '../nodes/member/main.ts',
    conductor: '../nodes/conductor/main.ts',
    'name-server': '../nodes/name-server/main.ts',
    'download-client': '../applications/download-client.ts',
    'curl-client': '../applications/curl-client.ts',
    'itinerary-clients': '../applications/itinerary-clients.ts',
    'datagram-client': '../applications/datagram-client.ts',
    'front-end': '../nodes/front-end/main.ts',
    'back-end': '../nodes/front-end/back-end.ts',
    'session-clients': '../applications/session-clients.ts',
    'udp-echo-client': '../applications/udp-echo-client.ts',
    'calibration-client': '../applications/calibration-client.ts',
    'calibration-station': '../applications/calibration-station.ts',
  }).map(([name, path]) => [name, fileURLToPath(new URL(path, import.meta.url))]),
);
