let handed: { siteId: string; revision: number | null } | null = null;

/** Add Site leaves word for the page of the site it has made, so that "Saved revision 1" outlives the navigation. */
export function handOver(siteId: string, revision: number | null): void {
  handed = { siteId, revision };
}

/** The revision just saved by Add Site, for the page of that site alone. */
export function takeOver(siteId: string | null): number | null {
  return handed !== null && handed.siteId === siteId ? handed.revision : null;
}

/** Once the page has taken it over, coming back to the site later is not news of a save any more. */
export function forgetHandover(): void {
  handed = null;
}
