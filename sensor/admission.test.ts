import { beforeEach, describe, expect, it } from "vitest";
import { type Admission, createAdmission } from "#sensor/admission.ts";

let now = 0;
let admission: Admission;

beforeEach(() => {
  now = 1_000;
  admission = createAdmission({ limits: { connections: 10, connectionsPerAddress: 4, handshakesPerAddress: 3 }, now: () => now });
});

const take = (count: number, client: string, port: "http" | "https" = "http") =>
  Array.from({ length: count }, () => admission.take(client, port));

describe("connections", () => {
  it("in all are limited, whoever opens them, and one that ends makes room for one", () => {
    for (const client of ["a", "b"]) expect(take(4, client)).toEqual([null, null, null, null]);
    expect(take(3, "c")).toEqual([null, null, "connections"]);
    admission.release("a");
    expect(take(2, "d")).toEqual([null, "connections"]);
    expect(admission.count()).toBe(10);
  });

  it("of one client are limited and leave the others theirs", () => {
    expect(take(5, "a")[4]).toBe("connectionsPerAddress");
    expect(take(1, "b")).toEqual([null]);
    admission.release("a");
    expect(take(2, "a")).toEqual([null, "connectionsPerAddress"]);
  });

  it("that were never taken cannot be released", () => {
    take(1, "a");
    for (let round = 0; round < 5; round += 1) admission.release("a");
    admission.release("nobody");
    expect(admission.count()).toBe(0);
    expect(take(5, "a")[4]).toBe("connectionsPerAddress");
  });
});

describe("handshakes", () => {
  const come = () => {
    const excess = admission.take("a", "https");
    if (excess === null) admission.release("a");
    return excess;
  };

  it("come at twice the rate at most, then at the rate", () => {
    expect(Array.from({ length: 7 }, come)).toEqual([...Array(6).fill(null), "handshakesPerAddress"]);
    now += 1_000;
    expect(Array.from({ length: 4 }, come)).toEqual([null, null, null, "handshakesPerAddress"]);
    now += 60_000;
    expect(Array.from({ length: 7 }, come)[5]).toBeNull();
    expect(come()).toBe("handshakesPerAddress");
  });

  it("are not plain HTTP's", () => {
    for (let round = 0; round < 20; round += 1) {
      expect(admission.take("a", "http")).toBeNull();
      admission.release("a");
    }
    expect(come()).toBeNull();
  });

  it("are remembered while they count: going and coming back wins nothing", () => {
    expect(Array.from({ length: 7 }, come)[6]).toBe("handshakesPerAddress");
    now += 100;
    expect(come()).toBe("handshakesPerAddress");
  });
});

describe("the networks of one IPv6 site", () => {
  /** Of a /64 of its own each. */
  const from = (at: number, site = "1") => `2001:db8:${site}:${at.toString(16)}::1`;

  it("may have as many connections as four clients, however many of them it uses", () => {
    admission = createAdmission({ limits: { connections: 1_000, connectionsPerAddress: 4, handshakesPerAddress: 3 }, now: () => now });
    const taken = Array.from({ length: 100 }, (_, at) => admission.take(from(at), "http"));
    expect(taken.filter((excess) => excess === null).length).toBe(16);
    expect(admission.take(from(1, "2"), "http")).toBeNull();
    admission.release(from(0));
    expect([admission.take(from(50), "http"), admission.take(from(51), "http")]).toEqual([null, "connectionsPerAddress"]);
  });

  it("may make as many handshakes as four clients", () => {
    const come = (at: number) => {
      const excess = admission.take(from(at), "https");
      if (excess === null) admission.release(from(at));
      return excess;
    };
    expect(Array.from({ length: 100 }, (_, at) => come(at)).filter((excess) => excess === null).length).toBe(24);
    now += 1_000;
    expect(Array.from({ length: 100 }, (_, at) => come(at)).filter((excess) => excess === null).length).toBe(12);
  });
});
