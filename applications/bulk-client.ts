import { createHash } from 'node:crypto';
import net from 'node:net';
import { descriptorOf } from '../linux/tcp/node-socket.ts';
import { setReceiveLowWater } from '../linux/tcp/receive-low-water.ts';
import { boundReceiveWindow } from '../linux/tcp/receive-window.ts';
import { documentPart } from './document.ts';
import { receiveBuffer } from './receive-buffer.ts';

interface BulkRequest {
  readonly server: string;
  readonly port: number;
  /** ties the connection to its repetition in the capture */
  readonly localPort: number;
  readonly bytes: number;
  /** largest receive window that is offered, octets */
  readonly windowBytes: number;
  /** no end this long after the last octet that came: failed */
  readonly timeoutMs: number;
}

interface BulkResult {
  readonly bytes: number;
  readonly sha256: string;
  readonly expected: string;
  readonly ok: boolean;
  /** '' when there was none */
  readonly problem: string;
}

/** Fetches a document over one TCP connection and checks every octet; never rejects. */
export function fetchBulk(request: BulkRequest): Promise<BulkResult> {
  const { server, port, localPort, bytes, windowBytes, timeoutMs } = request;
  const hash = createHash('sha256');
  let received = 0;
  let problem = '';
  const take = (length: number): boolean => {
    hash.update(receiveBuffer.subarray(0, length));
    received += length;
    return true;
  };
  const expected = createHash('sha256').update(documentPart(0, bytes)).digest('hex');
  return new Promise((resolve) => {
    const socket = net.connect({
      host: server,
      port,
      localPort,
      onread: { buffer: receiveBuffer, callback: take },
    });
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`no data for ${timeoutMs} ms`)));
    socket.once('connect', () => {
      // The low-water mark also makes the receive buffer hold the window; woken by half a window, the client reads in time.
      setReceiveLowWater(descriptorOf(socket), 2 * windowBytes);
      boundReceiveWindow(socket, windowBytes);
      setReceiveLowWater(descriptorOf(socket), windowBytes / 4);
      socket.write(`GET ${bytes}\n`);
    });
    socket.once('error', (error) => (problem = String(error)));
    socket.once('close', () => {
      const sha256 = hash.digest('hex');
      const ok = problem === '' && received === bytes && sha256 === expected;
      resolve({ bytes: received, sha256, expected, ok, problem });
    });
  });
}
