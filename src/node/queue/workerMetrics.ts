import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { expectedInWords } from '../../errors.js';
import type { JobQueue } from './jobQueue.js';
import type { SupervisorEvent } from './supervisor.js';

/** Sums over what processes did. */
export class WorkerMetrics {
  private readonly alive = new Set<number>();
  private readonly busy = new Set<number>();
  private restarts = 0;
  private readonly jobs = { computed: 0, found: 0, failed: 0 };
  private readonly images = { read: 0, bad: 0 };
  private seconds = 0;

  /** @param processes that should be at work */
  constructor(readonly processes: number) {}

  take(event: SupervisorEvent): void {
    switch (event.kind) {
      case 'started':
        this.alive.add(event.pid);
        break;
      case 'ended':
        this.alive.delete(event.pid);
        this.busy.delete(event.pid);
        this.restarts += event.isExpected ? 0 : 1;
        break;
      case 'begun':
        this.busy.add(event.pid);
        break;
      case 'done': {
        const { rows, bad, computed } = event.result;
        this.busy.delete(event.pid);
        this.jobs[computed ? 'computed' : 'found']++;
        this.seconds += event.seconds;
        this.images.read += computed ? rows : 0;
        this.images.bad += computed ? bad : 0;
        break;
      }
      case 'failed':
        this.busy.delete(event.pid);
        this.jobs.failed++;
        this.seconds += event.seconds;
        break;
      default:
    }
  }

  /** Whether any process is there; one that dies is there again within seconds. */
  health() {
    const { alive, busy, processes } = this;
    return { status: alive.size > 0 ? 'ok' : 'down', processes, alive: alive.size, busy: busy.size };
  }

  /** Prometheus' text format. */
  text(queue: Record<string, number> | null): string {
    const lines: string[] = [];
    const add = (name: string, kind: 'counter' | 'gauge', help: string, values: [labels: string, value: number][]) => {
      lines.push(`# HELP weldon_${name} ${help}`, `# TYPE weldon_${name} ${kind}`);
      lines.push(...values.map(([labels, value]) => `weldon_${name}${labels && `{${labels}}`} ${value}`));
    };
    const labelled = (label: string, values: Record<string, number>) =>
      Object.entries(values).map(([key, value]): [string, number] => [`${label}="${key}"`, value]);
    add('jobs_total', 'counter', 'Jobs that ended, by how.', labelled('end', this.jobs));
    add(
      'images_total',
      'counter',
      'Images that went through the network, and bad ones.',
      labelled('kind', this.images),
    );
    add('job_seconds_total', 'counter', 'Seconds spent in jobs.', [['', this.seconds]]);
    add('processes', 'gauge', 'Processes that are there.', [['', this.alive.size]]);
    add('processes_busy', 'gauge', 'Processes that have a job in hand.', [['', this.busy.size]]);
    add('restarts_total', 'counter', 'Processes that died and were started again.', [['', this.restarts]]);
    if (queue !== null) {
      add('queue_jobs', 'gauge', 'Jobs in the queue, of all bakes.', labelled('state', queue));
    }
    return `${lines.join('\n')}\n`;
  }
}

/** Milliseconds that a broker may take to count, before metrics are told without its part. */
const countingTime = 2000;

/**
 * Answers `GET /health` with JSON (503 where no process is there) and `GET /metrics` in Prometheus' text format.
 *
 * @returns its port, and what ends it
 * @throws WeldonError for a port that is taken
 */
export async function serveMetrics(
  metrics: WorkerMetrics,
  queue: Pick<JobQueue, 'counts'>,
  { port, host }: { port: number; host: string },
): Promise<{ port: number; close(): void }> {
  const server = createServer((request, response) => {
    const answer = (status: number, type: string, text: string) => {
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(text);
    };
    if (request.method !== 'GET') {
      answer(405, 'text/plain', 'only GET\n');
    } else if (request.url === '/health') {
      const health = metrics.health();
      answer(health.status === 'ok' ? 200 : 503, 'application/json', `${JSON.stringify(health)}\n`);
    } else if (request.url === '/metrics') {
      const away = new Promise<null>((resolve) => {
        setTimeout(() => resolve(null), countingTime).unref();
      });
      const counts = queue.counts().catch(() => null);
      void Promise.race([counts, away]).then((some) => {
        answer(200, 'text/plain; version=0.0.4', metrics.text(some as Record<string, number> | null));
      });
    } else {
      answer(404, 'text/plain', '/health or /metrics\n');
    }
  });
  server.listen(port, host);
  await once(server, 'listening').catch((error: Error) => {
    throw expectedInWords(`port ${port} at ${host}`, 'free', error.message);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
