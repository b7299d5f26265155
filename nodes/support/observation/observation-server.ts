import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { LabError } from '../../../linux/lab-error.ts';
import { DEFAULT_ADDRESS, DEFAULT_PORT, type ObservationSettings } from './observation-config.ts';
import type { Measured, Observe } from './observed.ts';
import { prometheusText } from './prometheus.ts';

/** Those who ask at a time: one Prometheus and a few people. */
const MOST_CONNECTIONS = 16;

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

const plain = (status: number, text: string): Answer => ({
  status,
  type: 'text/plain; charset=utf-8',
  text: `${text}\n`,
});

/**
 * Answers on a loopback address: `/status` (JSON), `/health` (200, or 503 with the reason), `/metrics` (for Prometheus). Throws LabError, in a turn
 * of its own, when the port is another program's.
 */
export function openObservation(
  { port = DEFAULT_PORT, address = DEFAULT_ADDRESS }: ObservationSettings,
  observe: Observe,
): Server {
  const server = createServer((request, response) => {
    void answerTo(request, observe).then((answer) => send(request, response, answer));
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.on('error', (cause) => {
    throw new LabError(`observe.port: ${port} of ${address} cannot be had`, {
      command: `listen on ${address} port ${port}`,
      stderr: cause.message,
      remedy: 'give this program another observe.port, or end the one that has it',
      cause,
    });
  });
  return server.listen({ host: address, port });
}

async function answerTo({ method, url = '' }: IncomingMessage, observe: Observe): Promise<Answer> {
  if (method !== 'GET' && method !== 'HEAD') return plain(405, 'only GET and HEAD');
  try {
    switch (url.split('?')[0]) {
      case '/status':
        return {
          status: 200,
          type: 'application/json',
          text: `${JSON.stringify(observe().status, undefined, 2)}\n`,
        };
      case '/health': {
        const { trouble } = observe();
        return trouble === undefined ? plain(200, 'serves') : plain(503, trouble);
      }
      case '/metrics': {
        const { trouble, metrics } = observe();
        const { type, text } = await prometheusText([...ofProcess(trouble === undefined), ...metrics]);
        return { status: 200, type, text };
      }
      default:
        return plain(404, 'there are /status, /health and /metrics');
    }
  } catch (error) {
    // A question must not end a member.
    return plain(500, String(error));
  }
}

function send({ method }: IncomingMessage, response: ServerResponse, { status, type, text }: Answer): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', connection: 'close' });
  response.end(method === 'HEAD' ? undefined : text);
}

/** Under the names that Prometheus' own libraries use, behind this project's prefix. */
function ofProcess(serves: boolean): readonly Measured[] {
  const { user, system } = process.cpuUsage();
  const gauge = (name: string, help: string, value: number): Measured => ({
    name,
    help,
    type: 'gauge',
    values: [{ value }],
  });
  return [
    gauge('up', 'Whether the program does all that it is for', serves ? 1 : 0),
    gauge('start_time_seconds', 'Start of the process since 1970', performance.timeOrigin / 1000),
    gauge('resident_memory_bytes', 'Resident memory of the process', process.memoryUsage.rss()),
    {
      name: 'cpu_seconds_total',
      help: 'Processor time of the process, its own and the kernel’s for it',
      type: 'counter',
      values: [{ value: (user + system) / 1e6 }],
    },
  ];
}
