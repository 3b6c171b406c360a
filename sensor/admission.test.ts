import { beforeEach, describe, expect, it } from "vitest";
import { type Admission, clientOf, createAdmission } from "#sensor/admission.ts";

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

describe("one client", () => {
  it.each([
    ["192.0.2.1", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1:2::", "2001:db8:1:2::/64"],
    ["2001:db8:1:3::1", "2001:db8:1:3::/64"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["no address", "no address"],
  ])("%s is %s", (address, client) => {
    expect(clientOf(address)).toBe(client);
  });
});
