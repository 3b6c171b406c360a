import { FileBadge, Globe, type LucideIcon, ScrollText, Server, Settings, ToggleRight, Users } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "#components/ui/link.tsx";

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
            {pages.map(({ href, name, Icon }) => (
              <li key={href}>
                <Entry href={href} current={currentOf(pathname, href)}>
                  <Icon aria-hidden className="size-4 shrink-0" />
                  {name}
                </Entry>
              </li>
            ))}
          </ul>
        </li>
      </ul>
    </nav>
  );
}

const pages: { href: string; name: string; Icon: LucideIcon }[] = [
  { href: "/settings/sites", name: "Sites", Icon: Globe },
  { href: "/settings/certificates", name: "Certificates", Icon: FileBadge },
  { href: "/settings/sensors", name: "Sensors", Icon: Server },
  { href: "/settings/users", name: "Users", Icon: Users },
  { href: "/settings/features", name: "Features", Icon: ToggleRight },
  { href: "/settings/audit-log", name: "Audit Log", Icon: ScrollText },
];

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
