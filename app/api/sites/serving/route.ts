import { answerJson } from "#lib/console/route.ts";
import { loadServing } from "#lib/console/serving.ts";

export const dynamic = "force-dynamic";

export function GET() {
  return answerJson("sites.serving", loadServing);
}
