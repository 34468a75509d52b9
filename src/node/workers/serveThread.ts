import { parentPort } from 'node:worker_threads';
import type { MessagePort, TransferListItem } from 'node:worker_threads';
import { WeldonError } from '../../errors.js';
import type { ThreadAnswer, ThreadCall } from './threadPool.js';

/**
 * Answers the calls of `startThreadPool`, in the thread that it started. A refusal (WeldonError) comes back as one.
 *
 * @param transfer what of a reply moves to the calling thread in place of being copied
 */
export function serveThread<Request, Reply>(
  perform: (request: Request) => Promise<Reply>,
  transfer: (reply: Reply) => TransferListItem[] = () => [],
): void {
  const port = parentPort as MessagePort;
  const answer = async ({ id, request }: ThreadCall<Request>) => {
    let reply: Reply;
    try {
      reply = await perform(request);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      port.postMessage({ id, message, isRefusal: error instanceof WeldonError } satisfies ThreadAnswer<Reply>);
      return;
    }
    port.postMessage({ id, reply } satisfies ThreadAnswer<Reply>, transfer(reply));
  };
  port.on('message', (call: ThreadCall<Request>) => void answer(call));
}
