/** The message that a promise is refused with, by an error of any kind, also one that is only passed on. */
export async function refusal(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('it was not refused');
}
