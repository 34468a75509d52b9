import { readFileSync } from 'node:fs';

/** Linux tells when a process was started; `null` elsewhere, and where there is no such process. */
export function startOf(pid: number): string | null {
  try {
    // Behind the program's name, which may contain anything, and its parenthesis: the 20th word.
    return (
      readFileSync(`/proc/${pid}/stat`, 'latin1')
        .replace(/^.*\) /s, '')
        .split(' ')[19] ?? null
    );
  } catch {
    return null;
  }
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
