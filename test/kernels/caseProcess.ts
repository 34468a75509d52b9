/** A process that runs one conformance case per message: the other side of tensorflowChild.ts and dawnChild.ts. */
import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { CaseReport } from './observation.js';

export interface CaseReply {
  report: CaseReport;
  /** what the backend runs on, in its own words */
  device: string;
}

export interface CaseProcess<Request> {
  device: string;
  ask(request: Request): Promise<CaseReport>;
  stop(): Promise<void>;
}

/**
 * @param name what the process is called where it ends early
 * @param goldenPath the path of pooling.json, or null
 * @throws with the process's own words where it does not start
 */
export async function startCaseProcess<Request extends object>(
  name: string,
  script: URL,
  goldenPath: string | null,
  env: NodeJS.ProcessEnv,
): Promise<CaseProcess<Request>> {
  const child = fork(fileURLToPath(script), goldenPath === null ? [] : [goldenPath], {
    execArgv: ['--import', 'tsx'],
    env,
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = () => {
    child.kill();
    return exited;
  };
  try {
    const { report, device } = await nextReply(child, name);
    if (report.failure !== null) {
      throw new Error(report.failure);
    }
    const ask = async (request: Request) => {
      const reply = nextReply(child, name);
      child.send(request);
      return (await reply).report;
    };
    return { device, ask, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function nextReply(child: ChildProcess, name: string): Promise<CaseReply> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) => reject(new Error(`the process with ${name} ended with code ${code}`));
    if (child.exitCode !== null) {
      onExit(child.exitCode);
      return;
    }
    child.once('exit', onExit);
    child.once('message', (reply) => {
      child.off('exit', onExit);
      resolve(reply as CaseReply);
    });
  });
}
