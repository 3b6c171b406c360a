import { Globe, ScrollText, Settings } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";

/** The pages there are. */
export function Navigation({ pathname }: { pathname: string }) {
  return (
    <nav aria-label="Main">
      <ul className="grid gap-0.5">
        <li>
          <Entry href="/settings">
            <Settings aria-hidden className="size-4 shrink-0" />
            Settings
          </Entry>
          <ul className="mt-0.5 grid gap-0.5 pl-4">
            <li>
              <Entry href="/settings/sites" current={currentOf(pathname, "/settings/sites")}>
                <Globe aria-hidden className="size-4 shrink-0" />
                Sites
              </Entry>
            </li>
            <li>
              <Entry href="/settings/audit-log" current={currentOf(pathname, "/settings/audit-log")}>
                <ScrollText aria-hidden className="size-4 shrink-0" />
                Audit Log
              </Entry>
            </li>
          </ul>
        </li>
      </ul>
    </nav>
  );
}

function Entry({ href, current, children }: { href: string; current?: "page" | "true"; children: ReactNode }) {
  return (
    <Link
      href={href}
      aria-current={current}
      className="flex min-h-8 items-center gap-2 rounded-control px-2 text-quiet hover:bg-hover hover:text-ink aria-[current]:bg-hover aria-[current]:font-medium aria-[current]:text-ink max-md:min-h-10"
    >
      {children}
    </Link>
  );
}

function currentOf(pathname: string, href: string): "page" | "true" | undefined {
  if (pathname === href) return "page";
  return pathname.startsWith(`${href}/`) ? "true" : undefined;
}
