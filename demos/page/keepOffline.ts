/** Keeps the page in the browser for the next visit; a browser that does not let it goes on without. */
export async function keepOffline(): Promise<void> {
  try {
    await navigator.serviceWorker?.register(new URL('serviceWorker.js', document.baseURI));
  } catch {
    // private windows and insecure addresses have no service workers
  }
}
