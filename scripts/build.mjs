import { buildConsole } from "#scripts/build-console.mjs";
import { perform } from "#scripts/command.mjs";
import { installPackages } from "#scripts/install-packages.mjs";
import { findNode } from "#scripts/node-version.mjs";

// What `npm start` does before it starts anything.
await perform(async (signal) => {
  await installPackages({ signal });
  const build = await buildConsole({ node: findNode(), signal });
  build.release();
  console.log(`The console's build is ${build.folder}.`);
  return 0;
});
