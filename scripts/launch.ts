import { AppError } from "#lib/app-error.ts";

// better-sqlite3 crashes a Node that lacks this version of the interface; it must not even be loaded there.
const leastNodeApi = 10;

if (Number(process.versions.napi) < leastNodeApi) {
  console.error(`Tessera cannot run on Node ${process.version}: start it with npm start, or with Node 24 or newer.`);
  process.exit(1);
}

const { launchProduct } = await import("#scripts/launch-product.ts");
try {
  await launchProduct();
} catch (error) {
  console.error(error instanceof AppError ? error.message : error);
  process.exitCode = 1;
}
// Nothing that still waits for an event, a watcher of sources for one, may hold up the end.
process.exit();
