import { Skeleton } from "#components/ui/skeleton.tsx";

/** The shape of the tab while it is loaded. */
export function ActivityLoading() {
  return (
    <div className="grid gap-4" aria-hidden>
      <div className="card grid gap-3 px-4 py-4 sm:px-6 sm:py-5">
        <Skeleton className="h-6 w-48" />
        <Skeleton className="h-5 w-80 max-w-full" />
        <Skeleton className="h-24 w-full" />
        <Skeleton className="h-5 w-2/3" />
      </div>
      {["callers", "events"].map((part) => (
        <div key={part} className="grid gap-2">
          <Skeleton className="h-6 w-48" />
          {["w-1/3", "w-1/2", "w-2/5"].map((width) => (
            <div key={width} className="card px-3 py-4">
              <Skeleton className={`h-4 ${width}`} />
            </div>
          ))}
        </div>
      ))}
    </div>
  );
}
