import type { Attack } from "#sensor/attacks/attack.ts";
import { crashes } from "#sensor/attacks/crashes.ts";
import { framing } from "#sensor/attacks/framing.ts";
import { handshake } from "#sensor/attacks/handshake.ts";
import { headers } from "#sensor/attacks/headers.ts";
import { hoarding } from "#sensor/attacks/hoarding.ts";
import { names } from "#sensor/attacks/names.ts";
import { resumption } from "#sensor/attacks/resumption.ts";
import { revisions } from "#sensor/attacks/revisions.ts";
import { slowness } from "#sensor/attacks/slowness.ts";
import { trust } from "#sensor/attacks/trust.ts";
import { upstream } from "#sensor/attacks/upstream.ts";

/** All attacks, in the order in which the table has them; `file` is where a theme's attacks are written down. */
export const themes: { title: string; file: string; attacks: Attack[]; isTimed?: boolean; isCounted?: boolean; isNoting?: boolean }[] = [
  { title: "Names", file: "names", attacks: names },
  { title: "Sessions", file: "resumption", attacks: resumption },
  { title: "Handshakes", file: "handshake", attacks: handshake },
  { title: "Trust lists", file: "trust", attacks: trust },
  { title: "Partners no longer", file: "revisions", attacks: revisions },
  { title: "Headers", file: "headers", attacks: headers },
  { title: "Framing", file: "framing", attacks: framing },
  { title: "The way to the origin", file: "upstream", attacks: upstream },
  { title: "Crashes", file: "crashes", attacks: crashes, isNoting: true },
  { title: "Slowness", file: "slowness", attacks: slowness, isTimed: true },
  { title: "Hoarding", file: "hoarding", attacks: hoarding, isCounted: true },
];
