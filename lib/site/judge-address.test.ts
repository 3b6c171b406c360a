import { describe, expect, it } from "vitest";
import { readRanges } from "#lib/site/address.ts";
import { judgeAddress } from "#lib/site/judge-address.ts";

const rules = (originAllow: string[] = []) => ({
  isAllowed: readRanges(originAllow),
  productPorts: [3000, 9090],
  localAddresses: () => ["127.0.0.1", "::1", "192.0.2.7", "fe80::7%eth0", "2001:db8::7"],
});

describe("an address the product is asked to dial", () => {
  it.each([
    ["10.0.0.5", "10.0.0.5"],
    ["192.168.1.1", "192.168.1.1"],
    ["172.16.0.1", "172.16.0.1"],
    ["fd00::1", "fd00::1"],
    ["93.184.216.34", "93.184.216.34"],
    ["::ffff:10.0.0.5", "10.0.0.5"],
    ["192.0.2.7", "192.0.2.7"],
    ["2606:2800:220:1::1", "2606:2800:220:1::1"],
    ["64:ff9b::8.8.8.8", "64:ff9b::808:808"],
    ["2002:808:808::1", "2002:808:808::1"],
    ["::ffff:0a00:0005", "10.0.0.5"],
    ["0xa.0.0.5", "10.0.0.5"],
    ["2606:2800:220:1:0:0:0:1", "2606:2800:220:1::1"],
  ])("%s may be dialled, as %s", (text, address) => {
    expect(judgeAddress(text, 443, rules())).toEqual({ address });
  });

  it.each([
    "127.0.0.1",
    "127.255.0.1",
    "::1",
    "0.0.0.0",
    "0.1.2.3",
    "::",
    "169.254.169.254",
    "fe80::1",
    "fe80::1%eth0",
    "febf::1",
    "::1%lo",
    "::ffff:127.0.0.1%lo",
    "0:0:0:0:0:0:0:1",
    "239.255.255.250",
    "224.0.0.1",
    "ff02::1",
    "255.255.255.255",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:169.254.169.254",
    "::7f00:1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a9fe:a9fe",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2001:0:1:2:3:4:80ff:fffe",
    "127.1",
    "0x7f000001",
    "2130706433",
    "017700000001",
    "0177.0.0.1",
    "0x7f.1",
    "::ffff:0:127.0.0.1",
    "::ffff:0.0.0.0",
    "64:ff9b::169.254.169.254",
    "2002:0:0::1",
  ])("%s is refused unless ORIGIN_ALLOW holds it", (text) => {
    expect(judgeAddress(text, 443, rules())).toHaveProperty("refusal");
    expect(judgeAddress(text, 443, rules(["10.0.0.0/8", "2001:db8::/32"]))).toHaveProperty("refusal");
  });

  it.each([
    ["127.0.0.1", ["127.0.0.0/8"]],
    ["::ffff:127.0.0.1", ["127.0.0.0/8"]],
    ["127.0.0.1", ["::ffff:127.0.0.0/104"]],
    ["::1", ["127.0.0.0/8", "::1/128"]],
    ["169.254.1.1", ["169.254.1.0/24"]],
  ])("%s may be dialled when ORIGIN_ALLOW is %j", (text, originAllow) => {
    expect(judgeAddress(text, 443, rules(originAllow))).toHaveProperty("address");
  });

  it("is not allowed by the IPv4 address it hides", () => {
    expect(judgeAddress("64:ff9b::7f00:1", 443, rules(["127.0.0.0/8"]))).toHaveProperty("refusal");
  });

  it.each([
    "127.0.0.1",
    "127.8.8.8",
    "::1",
    "0.0.0.0",
    "::",
    "192.0.2.7",
    "::ffff:192.0.2.7",
    "2001:db8::7",
    "fe80::7%eth0",
    "2002:c000:207::1",
    "64:ff9b::192.0.2.7",
    "::ffff:0:192.0.2.7",
    "::192.0.2.7",
    "fe80::7",
    "0xc0000207",
    "127.1",
    "::1%lo",
  ])("%s is refused at the product's own ports, whatever ORIGIN_ALLOW holds", (text) => {
    const everything = rules(["0.0.0.0/0", "::/0"]);
    expect(judgeAddress(text, 3000, everything)).toEqual({ refusal: expect.stringContaining("the product's own ports") });
    expect(judgeAddress(text, 3001, everything)).toHaveProperty("address");
  });

  it("may be another machine's port of the same number", () => {
    expect(judgeAddress("10.0.0.5", 3000, rules())).toHaveProperty("address");
  });

  it.each([
    "",
    "localhost",
    "1.2.3.4.5",
    "::1::2",
    "1.2.3.4/8",
    "[::1]",
    "1.2.3.4%eth0",
    "127.0.0.1.",
    "127.0.0.1\n",
    "08.8.8.8",
    "１２７.0.0.1",
  ])("%j is no address", (text) => {
    expect(judgeAddress(text, 443, rules(["0.0.0.0/0", "::/0"]))).toHaveProperty("refusal");
  });
});
