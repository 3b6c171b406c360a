import { beforeEach, describe, expect, it } from "vitest";
import { createFailingAddresses, type FailingAddresses } from "#sensor/failing-addresses.ts";

let now = 0;
let failing: FailingAddresses;
const site = { scope: "shop.test", port: 443 };
const both = ["10.0.0.1", "10.0.0.2"];

beforeEach(() => {
  now = 1_000;
  failing = createFailingAddresses(() => now);
});

const fail = (address: string, target = site) => failing.begin(target, address)("failed");

describe("an address that failed", () => {
  it("is tried after the others until its pause is over", () => {
    expect(fail("10.0.0.1")).toEqual({ state: "failing", pauseMs: 10_000 });
    expect(failing.order(site, both)).toEqual(["10.0.0.2", "10.0.0.1"]);
    now += 9_999;
    expect(failing.order(site, both)).toEqual(["10.0.0.2", "10.0.0.1"]);
    now += 1;
    expect(failing.order(site, both)).toEqual(both);
  });

  it("is then tried by one request, while the others leave it alone", () => {
    fail("10.0.0.1");
    now += 10_000;
    const end = failing.begin(site, "10.0.0.1");
    now += 60_000;
    expect(failing.order(site, both)).toEqual(["10.0.0.2", "10.0.0.1"]);
    end("failed");
    expect(failing.order(site, both)).toEqual(["10.0.0.2", "10.0.0.1"]);
  });

  it("is left alone for longer each time, and never for longer than a minute", () => {
    const pauses = Array.from({ length: 6 }, () => {
      const change = fail("10.0.0.1");
      now += 60_000;
      return change;
    });
    expect(pauses.map((change) => change?.state === "failing" && change.pauseMs)).toEqual([10_000, 20_000, 40_000, 60_000, 60_000, 60_000]);
  });

  it("is used as before once it was reached, and its next failure counts as the first", () => {
    fail("10.0.0.1");
    now += 10_000;
    expect(failing.begin(site, "10.0.0.1")("reached")).toEqual({ state: "recovered" });
    expect(failing.order(site, both)).toEqual(both);
    expect(failing.begin(site, "10.0.0.1")("reached")).toBeNull();
    expect(fail("10.0.0.1")).toEqual({ state: "failing", pauseMs: 10_000 });
  });

  it("failed once, however many requests met the same outage", () => {
    const ends = Array.from({ length: 50 }, () => failing.begin(site, "10.0.0.1"));
    expect(ends.map((end) => end("failed")).filter((change) => change !== null)).toHaveLength(1);
    now += 10_000;
    expect(failing.order(site, both)).toEqual(both);
  });

  it("waits for the next request when the one that looked was given up", () => {
    fail("10.0.0.1");
    now += 10_000;
    failing.begin(site, "10.0.0.1")("unknown");
    expect(failing.order(site, both)).toEqual(both);
  });

  it("is not left alone for ever when others fail at it while one looks", () => {
    fail("10.0.0.1");
    now += 10_000;
    const end = failing.begin(site, "10.0.0.1");
    fail("10.0.0.1");
    end("unknown");
    expect(failing.order(site, both)).toEqual(both);
  });
});

describe("when all addresses fail", () => {
  it("all are tried, the one that failed longest ago first", () => {
    fail("10.0.0.1");
    now += 1;
    fail("10.0.0.2");
    expect(failing.order(site, [...both].reverse())).toEqual(["10.0.0.1", "10.0.0.2"]);
    now += 1;
    fail("10.0.0.1");
    expect(failing.order(site, both)).toEqual(["10.0.0.2", "10.0.0.1"]);
  });
});

describe("what is remembered", () => {
  it("is of one site and one port alone", () => {
    fail("10.0.0.1");
    expect(failing.order({ ...site, scope: "other.test" }, both)).toEqual(both);
    expect(failing.order({ ...site, port: 80 }, both)).toEqual(both);
  });

  it("is forgotten when the address has not been used for long", () => {
    for (let round = 0; round < 4; round++) {
      fail("10.0.0.1");
      now += 60_000;
    }
    now += 600_000;
    fail("10.9.9.9", { scope: "other.test", port: 1 });
    expect(fail("10.0.0.1")).toEqual({ state: "failing", pauseMs: 10_000 });
  });

  it("has a bound for each site: a name with ever new addresses loses its own oldest and nobody else's", () => {
    fail("10.0.0.1");
    fail("10.0.0.1", { ...site, scope: "flood.test" });
    for (let at = 0; at < 64; at++) fail(`10.1.0.${at}`, { ...site, scope: "flood.test" });
    expect(failing.order({ ...site, scope: "flood.test" }, both)).toEqual(both);
    expect(failing.order(site, both)).toEqual(["10.0.0.2", "10.0.0.1"]);
  });
});
