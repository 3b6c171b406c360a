// The first run is on whatever Node the machine has: nothing here may need more than a version number to be refused.
if (Number(process.versions.node.split(".")[0]) < 20) {
  console.error(`Tessera needs Node 20 or newer to start; this is ${process.version}.`);
  process.exitCode = 1;
} else {
  import("#scripts/run-product.mjs").then(({ runProduct }) => runProduct({ isDevelopment: process.argv.includes("--dev") }));
}
