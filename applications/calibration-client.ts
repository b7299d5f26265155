import net from 'node:net';
import { createInterface } from 'node:readline';
import * as z from 'zod/mini';
import { count, ms, octets, port, positiveMs } from '../nodes/support/config-numbers.ts';
import { startNode } from '../nodes/support/node-process.ts';
import { strictObject } from '../nodes/support/strict-object.ts';
import { fetchBulk } from './bulk-client.ts';
import { type UdpOrder, udpOrder } from './udp-order.ts';
import { UdpSource } from './udp-source.ts';

/** The calibration's conductor, at the client: lets the stations send, sends itself, fetches a document. */
const node = startNode(
  'calibration-client',
  'conducts the calibration: datagrams between all stations, full shapers, a bulk transfer',
  strictObject({
    address: z.ipv6(),
    orderPort: port,
    servicePort: port,
    stations: z.array(z.ipv6()),
    repetitions: count,
    /** carried out one after the other in every repetition; the parts of one at the same time; `at` '' is the client itself */
    steps: z.array(
      z.array(z.extend(z.omit(udpOrder, { number: true }), { at: z.string(), purpose: z.int() })),
    ),
    bulk: z.optional(
      strictObject({
        server: z.ipv6(),
        firstLocalPort: port,
        bytes: octets,
        windowBytes: octets,
        timeoutMs: positiveMs,
      }),
    ),
    /** after the last repetition: until the last datagrams have come through */
    lingerMs: ms,
  }),
);

const { config } = node;
type Part = (typeof config.steps)[number][number];
/** A datagram's order number says repetition and purpose. */
const purposes = 256;

/** Orders to a station, over one TCP connection, and its answers. */
class Station {
  readonly #socket: net.Socket;
  readonly #answers = new Map<number, (taken: number) => void>();

  constructor(address: string) {
    this.#socket = net.connect({ host: address, port: config.orderPort });
    this.#socket.setNoDelay();
    createInterface({ input: this.#socket }).on('line', (line) => {
      const [number = 0, taken = 0] = line.split(' ').map(Number);
      this.#answers.get(number)?.(taken);
      this.#answers.delete(number);
    });
  }

  /**
   * Resolves when the answer is here. It travels behind the datagrams through the same queues: they have then left the
   * station's side.
   */
  order(order: UdpOrder): Promise<number> {
    this.#socket.write(`${JSON.stringify(order)}\n`);
    return new Promise((resolve) => this.#answers.set(order.number, resolve));
  }
}

const source = new UdpSource(config.address, config.servicePort);
const stations = new Map(config.stations.map((address) => [address, new Station(address)]));

function carryOut({ at, purpose, ...rest }: Part, repetition: number): Promise<number> {
  const order = { ...rest, number: repetition * purposes + purpose };
  return stations.get(at)?.order(order) ?? source.run(order);
}

async function runAll(): Promise<boolean> {
  let good = true;
  for (let repetition = 0; repetition < config.repetitions; repetition++) {
    node.log.write('repetition-started', { repetition });
    for (const step of config.steps) {
      const taken = await Promise.all(step.map((part) => carryOut(part, repetition)));
      good &&= step.every((part, index) => taken[index] === part.packets * part.to.length);
    }
    good = (await runBulk(repetition)) && good;
  }
  return good;
}

async function runBulk(repetition: number): Promise<boolean> {
  if (config.bulk === undefined) return true;
  const { firstLocalPort, ...request } = config.bulk;
  const localPort = firstLocalPort + repetition;
  const result = await fetchBulk({ ...request, port: config.servicePort, localPort });
  node.log.write('repetition-finished', { repetition, ...result });
  return result.ok;
}

node.ready();
runAll().then((good) => setTimeout(() => node.end(good ? 0 : 1), config.lingerMs));
