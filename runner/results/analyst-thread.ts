import { parentPort } from 'node:worker_threads';
import { analyzeCell } from '../../analysis/analyze-cell.ts';
import { digestOf } from '../cells/cell-store.ts';
import type { Answer, Order } from './analysts.ts';

/** A thread of `Analysts`: takes an order at a time and answers it. */
parentPort!.on('message', (order: Order) => {
  void answerTo(order).then((answer) => parentPort!.postMessage(answer));
});

async function answerTo(order: Order): Promise<Answer> {
  try {
    if ('file' in order) return { result: await digestOf(order.file) };
    return { result: await analyzeCell(order.folder, order.measures) };
  } catch {
    // Errors of classes do not cross threads whole: who asked does it again, and sees its own.
    return { failed: true };
  }
}
