import { Skeleton } from "#components/ui/skeleton.tsx";

/** The shape of the list while it is loaded. */
export function SitesLoading() {
  return (
    <div className="grid gap-3" aria-hidden>
      <Skeleton className="h-8 w-full md:w-72" />
      <div className="mt-8 grid gap-px">
        {["w-1/3", "w-1/2", "w-2/5", "w-1/4"].map((width) => (
          <div key={width} className="card px-3 py-4">
            <Skeleton className={`h-4 ${width}`} />
          </div>
        ))}
      </div>
    </div>
  );
}
