import encodeQR from "qr";

/** A QR code as one SVG path on a square of `size` units, the quiet zone of four around it included. */
export type QrCode = { size: number; path: string };

/** Draws a text as QR code, here and not at somebody else's server: the text is a secret. */
export function drawQrCode(text: string): QrCode {
  const rows = encodeQR(text, "raw", { ecc: "medium", border: 4 });
  const squares = rows.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])));
  return { size: rows.length, path: squares.join("") };
}
