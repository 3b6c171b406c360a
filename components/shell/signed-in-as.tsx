"use client";

import { useMutation } from "@tanstack/react-query";
import { CircleUserRound, LogOut } from "lucide-react";
import { Button } from "#components/ui/button.tsx";
import { Link } from "#components/ui/link.tsx";
import { useToast } from "#components/ui/toast.tsx";
import type { Result } from "#lib/site/problem.ts";

type SignedInAsProps = { email: string; pathname: string; signOut(input: undefined): Promise<Result<null>> };

/** Who is signed in, the way to the own profile, and out. */
export function SignedInAs({ email, pathname, signOut }: SignedInAsProps) {
  const toast = useToast();
  const leaving = useMutation({
    mutationFn: () => signOut(undefined),
    onSuccess: (result) =>
      result.ok
        ? location.assign("/login")
        : toast({ meaning: "danger", title: result.problems[0]?.message ?? "You are still signed in." }),
    onError: () => toast({ meaning: "danger", title: "The console did not answer: you are still signed in." }),
  });
  return (
    <div className="grid gap-1 border-t border-line pt-3">
      <Link
        href="/settings/profile"
        aria-current={pathname === "/settings/profile" ? "page" : undefined}
        title={email}
        className="-mx-2 flex min-h-8 min-w-0 items-center gap-2 rounded-control px-2 text-quiet hover:bg-hover hover:text-ink aria-[current]:bg-hover aria-[current]:font-medium aria-[current]:text-ink max-md:min-h-10"
      >
        <CircleUserRound aria-hidden className="size-4 shrink-0" />
        <span className="sr-only">Profile of </span>
        <span className="truncate">{email}</span>
      </Link>
      <Button variant="quiet" isBusy={leaving.isPending} onClick={() => leaving.mutate()} className="-mx-3 justify-start text-quiet">
        <LogOut aria-hidden className="size-4 shrink-0" />
        Sign out
      </Button>
    </div>
  );
}
