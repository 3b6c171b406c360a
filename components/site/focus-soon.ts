/** Moves the focus to the element of this id once what was just changed is on the page. */
export function focusSoon(id: string): void {
  requestAnimationFrame(() => document.getElementById(id)?.focus());
}
