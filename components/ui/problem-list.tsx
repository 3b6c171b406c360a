import { CircleX, TriangleAlert } from "lucide-react";
import { VisuallyHidden } from "#components/ui/visually-hidden.tsx";

/** What is wrong with a field, or only worth knowing. */
export type FieldProblem = { message: string; severity: "error" | "warning" };

/** The problems of one field; the room for the first line is there before the problem is. */
export function ProblemList({ id, problems, isRoomKept = true }: { id: string; problems: readonly FieldProblem[]; isRoomKept?: boolean }) {
  return (
    <div id={id} className={isRoomKept ? "min-h-5" : undefined}>
      {problems.length > 0 && (
        <ul className="grid gap-1">
          {problems.map(({ message, severity }) => (
            <li key={`${severity} ${message}`} className={severity === "error" ? "problem text-danger" : "problem text-notice"}>
              {severity === "error" ? <CircleX aria-hidden /> : <TriangleAlert aria-hidden />}
              <span className="min-w-0 wrap-anywhere">
                <VisuallyHidden>{severity === "error" ? "Error: " : "Warning: "}</VisuallyHidden>
                {message}
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
