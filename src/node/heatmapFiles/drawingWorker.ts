/** The thread that draws and writes while the main thread runs the network. */
import { parentPort } from 'node:worker_threads';
import { WeldonError } from '../../errors.js';
import type { HtmlReport } from '../pictures/index.js';
import { openReport, writeHeatmap } from '../pictures/index.js';
import type { DrawingAnswer, DrawingRequest, NumberedRequest } from './drawingMessages.js';

let report: HtmlReport | null = null;

async function serve(request: DrawingRequest): Promise<void> {
  switch (request.kind) {
    case 'openReport':
      report = await openReport(request.path, request.options);
      return;
    case 'draw':
      for (const { path, format } of request.files) {
        await writeHeatmap(path, request.picture, { ...request.options, format });
      }
      if (request.report) {
        await report?.add(request.picture);
      }
      return;
    case 'refused':
      await report?.addError(request.path, request.message);
      return;
    case 'close':
      await report?.close();
  }
}

// One after the other: photos appear in the report in the order in which they were asked for.
let queue = Promise.resolve();
parentPort!.on('message', ({ id, request }: NumberedRequest) => {
  queue = queue.then(async () => {
    const start = performance.now();
    let answer: DrawingAnswer;
    try {
      await serve(request);
      answer = { id, seconds: (performance.now() - start) / 1000 };
    } catch (error) {
      const { message, stack } = error instanceof Error ? error : new Error(String(error));
      answer = { id, error: message, stack: error instanceof WeldonError ? undefined : stack };
    }
    parentPort!.postMessage(answer);
  });
});
