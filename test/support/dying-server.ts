import { once } from 'node:events';
import net from 'node:net';
import { duplicateDescriptor } from '../../linux/socket-libc.ts';
import { descriptorOf } from '../../linux/tcp/node-socket.ts';
import { clientListener, clientSocket } from '../../nodes/support/client-socket.ts';

/** What a server does with its connection before its process dies. */
export type Doing = 'writing' | 'ended' | 'ending' | 'destroying' | 'not accepting' | 'made of a descriptor';

const OCTETS = 200_000;
/** more than both kernels' buffers take */
const MUCH = 64 * 1024 * 1024;

function serve(doing: Doing, socket: net.Socket): void {
  const told = (): boolean => process.send!('done');
  socket.on('error', () => undefined);
  switch (doing) {
    case 'writing':
      socket.write(Buffer.alloc(OCTETS), told);
      return;
    case 'ended':
      socket.end(Buffer.alloc(OCTETS), told);
      return;
    case 'ending':
      socket.end(Buffer.alloc(MUCH));
      told();
      return;
    case 'destroying':
      socket.write(Buffer.alloc(OCTETS), () => socket.destroy());
      socket.once('close', told);
      return;
    case 'made of a descriptor':
      clientSocket(duplicateDescriptor(descriptorOf(socket))).write(Buffer.alloc(OCTETS), told);
      return;
    case 'not accepting':
      return;
    default:
      doing satisfies never;
  }
}

/** Tells the port, does what it is told with a connection when something comes, and says so; then waits to be killed. */
async function main(doing: Doing): Promise<void> {
  const onSocket = (socket: net.Socket): void => void socket.once('data', () => serve(doing, socket));
  const server = doing === 'made of a descriptor' ? net.createServer(onSocket) : clientListener(onSocket);
  server.listen(0, '::1');
  await once(server, 'listening');
  process.send!((server.address() as net.AddressInfo).port);
  process.on('message', () => process.exit(0));
  if (doing !== 'not accepting') return;
  // The event loop stands still: the kernel alone completes the handshake.
  await new Promise((resolve) => setImmediate(resolve));
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);
}

if (process.send !== undefined) void main(process.argv[2] as Doing);
