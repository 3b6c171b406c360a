/** The product's mark: four tiles, one of them set. */
export function Logo({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 16 16" aria-hidden="true" className={className}>
      <rect x="1" y="1" width="6.25" height="6.25" rx="1.25" fill="var(--accent)" />
      <rect x="8.75" y="1" width="6.25" height="6.25" rx="1.25" fill="currentColor" opacity="0.35" />
      <rect x="1" y="8.75" width="6.25" height="6.25" rx="1.25" fill="currentColor" opacity="0.35" />
      <rect x="8.75" y="8.75" width="6.25" height="6.25" rx="1.25" fill="currentColor" opacity="0.8" />
    </svg>
  );
}
