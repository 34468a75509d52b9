/**
 * Files that are dropped on the page or pasted into it.
 *
 * @param take gets the files and the element that they were dropped on
 */
export function dropAndPaste(take: (files: File[], on: Element | null) => void, nothing: () => void): void {
  let depth = 0;
  const mark = () => document.body.classList.toggle('dropping', depth > 0);
  document.addEventListener('dragenter', (event) => {
    event.preventDefault();
    depth++;
    mark();
  });
  document.addEventListener('dragleave', () => {
    depth = Math.max(0, depth - 1);
    mark();
  });
  document.addEventListener('dragover', (event) => event.preventDefault());
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    depth = 0;
    mark();
    const files = filesIn(event.dataTransfer);
    if (files.length === 0) {
      nothing();
    } else {
      take(files, event.target as Element | null);
    }
  });
  document.addEventListener('paste', (event) => {
    const files = filesIn(event.clipboardData);
    if (files.length > 0) {
      event.preventDefault();
      take(files, null);
    }
  });
}

/** Files in what was dropped or pasted. */
function filesIn(data: DataTransfer | null): File[] {
  return [...(data?.files ?? [])];
}
