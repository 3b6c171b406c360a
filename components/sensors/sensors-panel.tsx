"use client";

import { useQuery } from "@tanstack/react-query";
import { headingOf, RejectedSites } from "#components/sensors/rejected-sites.tsx";
import { SensorCard } from "#components/sensors/sensor-card.tsx";
import { sensorWords } from "#components/sensors/sensor-words.ts";
import { PageHeader } from "#components/shell/page-header.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { StatusRegion, StatusText } from "#components/ui/status-region.tsx";
import { Time } from "#components/ui/time.tsx";
import { VisuallyHidden } from "#components/ui/visually-hidden.tsx";
import type { SensorsView, SensorView } from "#lib/console/sensors.ts";

/** Settings → Sensors: whether what was saved is being served, asked every two seconds. */
export function SensorsPanel({ initial }: { initial: SensorsView }) {
  const query = useQuery({
    queryKey: ["sensors"],
    queryFn: ({ signal }) => fetchSensors(signal),
    initialData: initial,
    // The page comes with newer word than what an earlier visit would leave behind.
    gcTime: 0,
    retry: false,
    refetchInterval: 2_000,
  });
  const { sensors, hasFigures, rejected } = query.data;
  return (
    <div className="grid max-w-[880px] gap-4">
      <div className="-mb-2">
        <PageHeader title="Sensors">
          <p className="text-quiet">The processes that answer clients, and whether they serve what was saved last.</p>
        </PageHeader>
        <StatusRegion className="min-h-0!">
          {/* Without what moves with every second, so that only news is read aloud. */}
          <VisuallyHidden>
            {sensors?.map((sensor, index) => `${nameOf(sensor, index)}: ${sensorWords[sensor.state].name}.`).join(" ")}{" "}
            {rejected.count > 0 && `${headingOf(rejected.count)}.`}
          </VisuallyHidden>
          {query.isError && (
            <StatusText meaning="notice">
              The console does not answer; this is from <Time value={new Date(query.dataUpdatedAt).toISOString()} />.
            </StatusText>
          )}
        </StatusRegion>
      </div>
      {sensors === null && <Unreadable />}
      {sensors?.length === 0 && <NoSensor />}
      <RejectedSites rejected={rejected} />
      {sensors?.map((sensor, index) => (
        <SensorCard key={sensor.figures?.name ?? index} name={nameOf(sensor, index)} sensor={sensor} />
      ))}
      {sensors !== null && sensors.length > 0 && !hasFigures && (
        <p className="text-quiet">
          Version, workers, changes and connections are about all tenants together: a Channel Admin sees them here.
        </p>
      )}
    </div>
  );
}

function nameOf({ figures }: SensorView, index: number): string {
  return figures?.name ?? (index === 0 ? "Sensor" : `Sensor ${index + 1}`);
}

function NoSensor() {
  return (
    <EmptyState title="No sensor has run yet">
      <p>
        Nothing is served. Start console and sensor together with <Command>npm start</Command>, or the sensor alone, beside this console,
        with <Command>TESSERA_PROGRAM=sensor npm start</Command> and the same <Command>DATA_DIR</Command>.
      </p>
    </EmptyState>
  );
}

function Unreadable() {
  return (
    <EmptyState title="What the sensors do is not known">
      <p>
        The console cannot read sensor.db at the moment; clients may be served all the same. Check that <Command>DATA_DIR</Command> holds
        the file and that the console’s user may read it. This page asks again by itself.
      </p>
    </EmptyState>
  );
}

function Command({ children }: { children: string }) {
  return <code className="font-mono text-mono wrap-anywhere">{children}</code>;
}

async function fetchSensors(signal: AbortSignal): Promise<SensorsView> {
  const answer = await fetch("/api/sensors", { signal, cache: "no-store" });
  if (!answer.ok) throw new Error(`The console answered ${answer.status}.`);
  return answer.json();
}
