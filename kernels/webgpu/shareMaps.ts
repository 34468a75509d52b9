/** How a workgroup of 64 threads shares out its maps. */
export interface Sharing {
  /** threads that work on one map together, a power of 4 */
  threads: number;
  /** maps of a workgroup; neighbours in memory, which are read together */
  maps: number;
}

/**
 * One thread a map where there are maps enough to keep a GPU busy, up to 64 where there are few or they are large.
 * Workgroups stay small: wider ones measured slower, since their threads wait for one another several times a round.
 */
export function shareMaps(maps: number, regions: number): Sharing {
  let threads = 1;
  while (threads < 64 && (regions > 1024 * threads || (regions > 16 * threads && maps * threads < 8192))) {
    threads *= 4;
  }
  return { threads, maps: 64 / threads };
}

export function groupSize({ threads, maps }: Sharing): number {
  return threads * maps;
}
