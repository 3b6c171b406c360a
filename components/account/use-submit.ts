"use client";

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import type { FieldProblem } from "#components/ui/problem-list.tsx";
import { error, type Problem, type Result } from "#lib/site/problem.ts";

/** A server action of one form: sending, what was refused, and under which field that belongs. */
export type Submit<Input> = {
  send(input: Input): void;
  isBusy: boolean;
  /** Of a field; "" for what concerns the whole. */
  problemsOf(path: string): FieldProblem[];
  clear(): void;
};

/** Sends a form to a server action; `done` gets what it answers. */
export function useSubmit<Input, Output>(
  action: (input: Input) => Promise<Result<Output>>,
  done: (value: Output) => void,
  fields: readonly string[] = [],
): Submit<Input> {
  const [problems, setProblems] = useState<Problem[]>([]);
  const sending = useMutation({
    mutationFn: action,
    onSuccess: (result) => {
      setProblems(result.ok ? [] : result.problems);
      if (result.ok) done(result.value);
    },
    onError: () => setProblems([unreachable]),
  });
  return {
    send: (input) => sending.mutate(input),
    isBusy: sending.isPending,
    problemsOf: (path) => problems.filter((problem) => (path === "" ? !fields.includes(problem.path) : problem.path === path)),
    clear: () => setProblems([]),
  };
}

const unreachable = error("", "console.unreachable", "The console did not answer. Check the connection and try again.");
