import type net from 'node:net';
import { descriptorOf } from '../../../linux/tcp/node-socket.ts';
import type { TcpConnectionState } from '../../../linux/tcp/state.ts';
import { readTcpInfo } from '../../../linux/tcp/tcp-info.ts';
import type { GatedInput } from '../../../server/successor/input-gate.ts';

/**
 * From where on the input of a connection is gated whose state was just read; `stood`: the gate did so before. Of a new one the kernel may hold segments that came out
 * of order, unseen, up to the end of the window that it has offered. Throws LabError.
 */
export function gatedFrom(socket: net.Socket, state: TcpConnectionState, stood: boolean): GatedInput {
  const next = (state.receiveNext + (state.receivedFin ? 1 : 0)) >>> 0;
  const { outOfOrder } = readTcpInfo(descriptorOf(socket), 'outOfOrder');
  const { receive, receiveUpdate } = state.window;
  return { next, aheadTo: stood || outOfOrder === 0 ? next : (receiveUpdate + receive) >>> 0 };
}
