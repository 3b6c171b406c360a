import decodeQR from "qr/decode.js";
import { expect, test } from "vitest";
import { drawQrCode } from "#lib/console/qr-code.ts";

test("what is drawn reads back as the text", () => {
  const text =
    "otpauth://totp/Tessera:ana%40example.com?secret=HFGTA23ZIEZFQNCPJBIEYX3RHBDXGX3FLBXDI4LXOVJHIMKJNJGA&issuer=Tessera&digits=6&period=30";
  const { size, path } = drawQrCode(text);
  const scale = 4;
  const side = size * scale;
  const data = new Uint8Array(side * side * 4).fill(255);
  for (const [, x, y] of path.matchAll(/M(\d+) (\d+)h1v1h-1z/g)) {
    for (let row = 0; row < scale; row++) {
      for (let column = 0; column < scale; column++) {
        data.fill(
          0,
          ((Number(y) * scale + row) * side + Number(x) * scale + column) * 4,
          ((Number(y) * scale + row) * side + Number(x) * scale + column) * 4 + 3,
        );
      }
    }
  }
  expect(decodeQR({ width: side, height: side, data })).toBe(text);
});
