import { Session } from 'node:inspector/promises';

/**
 * How often functions of this package are called while `body` runs, as V8 counts them: nothing in the package knows.
 *
 * @param names `path of a file, from src on, without its ending: name of a function`
 */
export async function countCalls(names: readonly string[], body: () => Promise<unknown>): Promise<number[]> {
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
    await body();
    const { result } = await session.post('Profiler.takePreciseCoverage');
    return names.map((name) => {
      const [path, wanted] = name.split(': ');
      const found = result
        .filter(({ url }) => url.replace(/\?.*$/, '').endsWith(`/src/${path}.ts`))
        .flatMap(({ functions }) => functions)
        .filter(({ functionName }) => functionName === wanted)
        .map(({ ranges: [{ startOffset, endOffset, count }] }) => ({ count, length: endOffset - startOffset }))
        // What tsx exports has a getter of the same name.
        .sort((a, b) => b.length - a.length);
      return found[0]?.count ?? 0;
    });
  } finally {
    session.disconnect();
  }
}
