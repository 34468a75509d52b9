/** Tabs as in WAI-ARIA: one is open, arrow keys move between them. */
export function tabs(onOpen: (name: string) => void): { open(name: string): void } {
  const all = [...document.querySelectorAll<HTMLButtonElement>('[role=tab]')];
  const nameOf = (tab: HTMLElement) => tab.getAttribute('aria-controls') as string;
  function open(name: string): void {
    for (const tab of all) {
      const isOpen = nameOf(tab) === name;
      tab.setAttribute('aria-selected', String(isOpen));
      tab.tabIndex = isOpen ? 0 : -1;
      (document.getElementById(nameOf(tab)) as HTMLElement).hidden = !isOpen;
    }
    onOpen(name);
  }
  all.forEach((tab, i) => {
    tab.addEventListener('click', () => open(nameOf(tab)));
    tab.addEventListener('keydown', ({ key }) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[key];
      if (step !== undefined) {
        const next = all[(i + step + all.length) % all.length];
        open(nameOf(next));
        next.focus();
      }
    });
  });
  return { open };
}
