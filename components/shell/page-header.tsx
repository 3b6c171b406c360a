import { Fragment, type ReactNode } from "react";
import { Link } from "#components/ui/link.tsx";

/** One step of the way to a page; the last one has no link. */
export type Step = { label: ReactNode; href?: string };

/** The page's heading, the way to it above, and what acts on the whole page beside it. */
export function PageHeader({
  title,
  trail,
  actions,
  children,
}: {
  title: string;
  trail?: readonly Step[];
  actions?: ReactNode;
  children?: ReactNode;
}) {
  return (
    <div className="mb-4 grid gap-1 md:mb-6">
      {trail && <Trail steps={trail} />}
      <div className="flex min-h-8 flex-wrap items-center gap-x-4 gap-y-2">
        <h1 className="text-page font-semibold tracking-tight">{title}</h1>
        {actions && <div className="ml-auto flex flex-wrap gap-2">{actions}</div>}
      </div>
      {children}
    </div>
  );
}

function Trail({ steps }: { steps: readonly Step[] }) {
  return (
    <nav aria-label="Breadcrumb" className="text-quiet">
      <ol className="flex flex-wrap gap-x-1.5">
        {steps.map(({ label, href }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the way is as long as the page is deep and never reordered.
          <Fragment key={index}>
            {index > 0 && <li aria-hidden>/</li>}
            <li className="min-w-0 wrap-anywhere">
              {href ? (
                <Link href={href} className="inline-block py-0.5 underline-offset-2 hover:text-ink hover:underline">
                  {label}
                </Link>
              ) : (
                <span className="inline-block py-0.5">{label}</span>
              )}
            </li>
          </Fragment>
        ))}
      </ol>
    </nav>
  );
}
