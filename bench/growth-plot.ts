import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { GrowthRow } from "#bench/growth-report.ts";

type Curve = { name: string; unit: string; of: (row: GrowthRow) => number };

const curves: Curve[] = [
  { name: "Save to a handshake judged by it", unit: "ms", of: (row) => row.saveBegunMs.median },
  { name: "Start to ready", unit: "ms", of: (row) => row.readyMs },
  { name: "CPU of a worker per save", unit: "ms", of: (row) => row.saveWorkerCpuMs },
  { name: "Memory of an idle worker", unit: "MB", of: (row) => row.idleWorkerMb },
];

const panel = { width: 340, height: 200, left: 52, right: 16, top: 40, bottom: 30 };
const folder = join(import.meta.dirname, "..");

/** Draws `bench/results/growth.json` as `docs/images/growth.svg`: a panel for each figure over the number of sites. */
export function drawGrowth(): void {
  const { rows }: { rows: GrowthRow[] } = JSON.parse(readFileSync(join(folder, "bench/results/growth.json"), "utf8"));
  const panels = curves.map((curve, at) => {
    const place = `translate(${(at % 2) * panel.width} ${Math.floor(at / 2) * panel.height})`;
    return `<g transform="${place}">${drawPanel(curve, rows)}</g>`;
  });
  const [width, height] = [panel.width * 2, panel.height * 2];
  mkdirSync(join(folder, "docs/images"), { recursive: true });
  writeFileSync(
    join(folder, "docs/images/growth.svg"),
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="What saves, starts and idle workers cost as the number of sites grows">
<style>${style}</style>
<rect class="ground" width="${width}" height="${height}"/>
${panels.join("\n")}
</svg>
`,
  );
}

const style = [
  "text{font:11px ui-sans-serif,system-ui,sans-serif;fill:#52525b}",
  ".title{font-size:12px;font-weight:600;fill:#18181b}",
  ".ground{fill:#fff}.grid{stroke:#e4e4e7}.curve{fill:none;stroke:#2563eb;stroke-width:2}.point{fill:#2563eb}",
  "@media(prefers-color-scheme:dark){text{fill:#a1a1aa}.title{fill:#fafafa}.ground{fill:#09090b}.grid{stroke:#27272a}",
  ".curve{stroke:#60a5fa}.point{fill:#60a5fa}}",
].join("");

/** The sites on a logarithmic axis; the other one begins at 0, so that flat looks flat. */
function drawPanel({ name, unit, of }: Curve, rows: readonly GrowthRow[]): string {
  const highest = niceAbove(Math.max(...rows.map(of)));
  const furthest = Math.log10(Math.max(...rows.map(({ sites }) => sites), 10));
  const x = (sites: number) => panel.left + (Math.log10(sites) / furthest) * (panel.width - panel.left - panel.right);
  const y = (value: number) => panel.height - panel.bottom - (value / highest) * (panel.height - panel.top - panel.bottom);
  const line = (value: number) =>
    `<line class="grid" x1="${panel.left}" x2="${panel.width - panel.right}" y1="${y(value)}" y2="${y(value)}"/><text x="${panel.left - 6}" y="${y(value) + 4}" text-anchor="end">${value}</text>`;
  const mark = (row: GrowthRow) =>
    `<circle class="point" cx="${x(row.sites).toFixed(1)}" cy="${y(of(row)).toFixed(1)}" r="3"><title>${row.sites} sites: ${of(row).toFixed(1)} ${unit}</title></circle><text x="${x(row.sites).toFixed(1)}" y="${panel.height - 10}" text-anchor="middle">${row.sites.toLocaleString("en")}</text>`;
  const points = rows.map((row) => `${x(row.sites).toFixed(1)},${y(of(row)).toFixed(1)}`);
  return [
    `<text class="title" x="${panel.left}" y="22">${name}, ${unit}</text>`,
    ...[0, highest / 2, highest].map(line),
    `<polyline class="curve" points="${points.join(" ")}"/>`,
    ...rows.map(mark),
  ].join("");
}

/** The next of 1, 2, 4, 6, 10, 20, 40 … */
function niceAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return [1, 2, 4, 6, 10].map((step) => step * power).find((step) => step >= value) ?? value;
}
