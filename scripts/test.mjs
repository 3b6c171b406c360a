// The same first lines as start.mjs: this too is run by whatever Node the machine has.
if (Number(process.versions.node.split(".")[0]) < 20) {
  console.error(`Tessera needs Node 20 or newer for its tests; this is ${process.version}.`);
  process.exitCode = 1;
} else {
  import("#scripts/run-tests.mjs").then(({ runTests }) => runTests({ isLong: process.argv.includes("--long") }));
}
