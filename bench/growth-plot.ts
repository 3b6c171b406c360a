import type { GrowthRow } from "#bench/growth-report.ts";
export function drawGrowth(_rows: readonly GrowthRow[]): void {}
