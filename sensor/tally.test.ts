import { describe, expect, it } from "vitest";
import { createTally, type Tally } from "#sensor/tally.ts";

type Metric = { name: string; values: { value: number; labels: Record<string, string>; metricName?: string }[] };

/** The numbers of one metric, by its labels as text. */
function valuesOf(tally: Tally, name: string): Record<string, number> {
  const metrics = (tally.measure() as Metric[]).filter((metric) => metric.name === name);
  const values = metrics.flatMap((metric) => metric.values);
  return Object.fromEntries(
    values.map(({ labels, metricName, value }) => [[metricName, ...Object.values(labels)].filter(Boolean).join(" "), value]),
  );
}

describe("a tally", () => {
  it("counts requests by status class, handshakes by verdict and failures by reason", () => {
    const tally = createTally();
    for (const status of [101, 200, 204, 301, 403, 502, null]) tally.request("one", status);
    tally.request(null, 404);
    tally.handshake("one", "CLIENT_CERT_EXPIRED");
    tally.handshake(null, "SERVER_NAME_UNKNOWN");
    tally.originFailure("one", "ORIGIN_TIMEOUT");
    expect(valuesOf(tally, "tessera_requests_total")).toEqual({
      "one 1xx": 1,
      "one 2xx": 2,
      "one 3xx": 1,
      "one 4xx": 1,
      "one 5xx": 1,
      "one none": 1,
      "none 4xx": 1,
    });
    expect(valuesOf(tally, "tessera_handshakes_total")).toEqual({ "one CLIENT_CERT_EXPIRED": 1, "none SERVER_NAME_UNKNOWN": 1 });
    expect(valuesOf(tally, "tessera_origin_failures_total")).toEqual({ "one ORIGIN_TIMEOUT": 1 });
  });

  it("passes on what was added since the last time, once", () => {
    const worker = createTally();
    const primary = createTally();
    for (const status of [200, 200, 500]) worker.request("one", status);
    worker.observe("request", 30);
    primary.add(JSON.parse(JSON.stringify(worker.take())));
    expect(worker.take()).toEqual({ sites: [], timings: [] });
    worker.request("one", 200);
    worker.observe("request", 3_000);
    primary.add(worker.take());
    expect(primary.measure()).toEqual(worker.measure());
    expect(valuesOf(primary, "tessera_requests_total")).toEqual({ "one 2xx": 3, "one 5xx": 1 });
  });

  it("sums a timing up in cumulative buckets", () => {
    const tally = createTally();
    for (const milliseconds of [0.5, 1, 4, 200_000]) tally.observe("request", milliseconds);
    expect(valuesOf(tally, "tessera_request_duration_seconds")).toMatchObject({
      "tessera_request_duration_seconds_bucket 0.001": 2,
      "tessera_request_duration_seconds_bucket 0.0025": 2,
      "tessera_request_duration_seconds_bucket 0.005": 3,
      "tessera_request_duration_seconds_bucket 90": 3,
      "tessera_request_duration_seconds_bucket +Inf": 4,
      tessera_request_duration_seconds_count: 4,
      tessera_request_duration_seconds_sum: 200.0055,
    });
  });

  it("names a thousand sites and puts the rest together, also what comes from several workers", () => {
    const primary = createTally();
    for (const worker of ["a", "b"]) {
      const tally = createTally();
      for (let site = 0; site < 1_500; site += 1) tally.request(`${worker}${site}`, 200);
      tally.request(null, 200);
      primary.add(tally.take());
    }
    const values = valuesOf(primary, "tessera_requests_total");
    expect(Object.keys(values).length).toBeLessThanOrEqual(1_002);
    expect(values["none 2xx"]).toBe(2);
    expect(Object.values(values).reduce((sum, value) => sum + value, 0)).toBe(3_002);
  });
});
