"use client";

import { sensorWords } from "#components/sensors/sensor-words.ts";
import { Badge } from "#components/ui/badge.tsx";
import { Card } from "#components/ui/card.tsx";
import { useMoment } from "#components/ui/clock.tsx";
import { sayDuration } from "#components/ui/duration.ts";
import { type Fact, Facts } from "#components/ui/facts.tsx";
import { Time } from "#components/ui/time.tsx";
import type { SensorFigures, SensorView } from "#lib/console/sensors.ts";

/** One sensor: how it is, what follows from that, and its figures for whoever may see them. */
export function SensorCard({ name, sensor }: { name: string; sensor: SensorView }) {
  const { state, figures } = sensor;
  const { meaning, consequence } = sensorWords[state];
  return (
    <Card title={<span className={figures ? "font-mono wrap-anywhere" : undefined}>{name}</span>}>
      <div className="grid justify-items-start gap-1">
        <Badge meaning={meaning}>
          <StateName sensor={sensor} />
        </Badge>
        <p className="max-w-[72ch]">{consequence}</p>
      </div>
      <Facts facts={[...(isGone(sensor) ? [] : [uptime(sensor)]), ...(figures ? factsOf(figures, isGone(sensor)) : [])]} />
    </Card>
  );
}

/** One that is gone said its figures last; they are not true of now. */
function isGone({ state }: SensorView): boolean {
  return state === "stopped" || state === "silent";
}

function StateName({ sensor }: { sensor: SensorView }) {
  const { state, behindSince, lastSeenAt, figures } = sensor;
  const since = Date.parse(behindSince ?? "");
  const lag = useMoment((nowMs) => (Number.isNaN(since) ? "" : sayDuration(Math.max(1, Math.trunc((nowMs - since) / 1_000)) * 1_000)));
  const { name } = sensorWords[state];
  if (state === "behind") return `${figures ? countChanges(figures.changes.behind) : "Behind"} for ${lag}`;
  if (!isGone(sensor)) return name;
  return (
    <>
      {name}, last seen <Time value={lastSeenAt} />
    </>
  );
}

function countChanges(count: number): string {
  return `${count} change${count === 1 ? "" : "s"} behind`;
}

function uptime({ startedAt }: SensorView): Fact {
  return {
    label: "Uptime",
    value: (
      <>
        started <Time value={startedAt} />
      </>
    ),
  };
}

function factsOf({ version, workers, changes, connections, lastError }: SensorFigures, isPast: boolean): Fact[] {
  const restarts = `${workers.lost === 0 ? "no" : workers.lost} restart${workers.lost > 1 ? "s" : ""} since the start`;
  const present: Fact[] = [
    { label: "Workers", value: `${workers.serving} of ${workers.wanted} serve · ${restarts}` },
    { label: "Connections", value: connections.toLocaleString("en-GB") },
  ];
  return [
    { label: "Version", value: version },
    ...(isPast ? [] : present),
    { label: "Changes", value: `${changes.applied} of ${changes.newest} applied` },
    { label: "Last error", value: lastError ? <LastError error={lastError} /> : "None since the start" },
  ];
}

function LastError({ error: { message, at, isOver } }: { error: NonNullable<SensorFigures["lastError"]> }) {
  return (
    <>
      {message}{" "}
      <span className="text-quiet">
        {isOver ? "It was" : "It began"} <Time value={at} /> and {isOver ? "is over" : "goes on"}.
      </span>
    </>
  );
}
