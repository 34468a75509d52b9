import { z } from 'zod';
import * as check from '../checkOptions.js';

/** How {@link runWorkers} does jobs. */
export interface RunWorkersOptions {
  /** Address of the queue: `redis://…` or `postgres://…`. */
  queue: string;
  /** Processes, a network each. Default: as many as cores. */
  processes?: number;
  /** Threads of ONNX Runtime in each process. Default: cores by processes. */
  threads?: number;
  /** Port for `/health` and `/metrics`; 0 takes a free one. Default: none. */
  port?: number;
  /** Address to listen at. Default `'127.0.0.1'`, which other machines do not reach. */
  host?: string;
  /** Folder of the model on this machine, where it is another one than the bake says. */
  model?: string;
  /** Bytes of an image at most; larger ones are bad. Default 1 GiB. */
  maxBytes?: number;
  /** Requests a second to one host, of images by URL, over all processes here. Default: as many as come. */
  requestsPerHost?: number;
  /** Seconds after which a process that is not heard of is taken for dead, and its job given to another. Default 30. */
  lockSeconds?: number;
  /** Whether URLs may lead to this machine and its neighbours. Default false. */
  allowPrivateAddresses?: boolean;
  /** Ends it, each process after the job in hand. */
  signal?: AbortSignal;
  /** Takes what happens, an object a time. Default: lines of JSON on stdout. */
  onEvent?: (event: Record<string, unknown>) => void;
}

/** What each option may be, for the command line and `runWorkers` alike. */
export const workerOptions = {
  queue: check.text(),
  processes: check.wholeNumber(1, 1024).optional(),
  threads: check.wholeNumber(1, 256).optional(),
  port: check.wholeNumber(0, 65_535).optional(),
  host: check.text().default('127.0.0.1'),
  model: check.text().optional(),
  maxBytes: check.wholeNumber(1).optional(),
  requestsPerHost: check.number('a number of requests a second > 0', (value) => value > 0).optional(),
  lockSeconds: check.wholeNumber(1, 3600).optional(),
  allowPrivateAddresses: check.yesOrNo().default(false),
  signal: check.abortSignal().optional(),
  onEvent: check.callback<(event: Record<string, unknown>) => void>().optional(),
};

const workerSchema = z.strictObject(workerOptions);

/** @throws WeldonError for an unknown option, with the nearest names, and for a value out of range */
export const checkWorkerOptions = (options: RunWorkersOptions) =>
  check.checkOptions(workerSchema, options, { owner: 'runWorkers', kind: 'options of workers' });
