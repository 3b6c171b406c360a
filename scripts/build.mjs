import { buildProduct } from "#scripts/build-product.mjs";
import { perform } from "#scripts/command.mjs";
import { installPackages } from "#scripts/install-packages.mjs";
import { findNode } from "#scripts/node-version.mjs";

// What `npm start` does before it starts anything.
await perform(async (signal) => {
  await installPackages({ signal });
  const build = await buildProduct({ node: findNode(), signal });
  build.release();
  console.log(`The builds are ${build.folders.join(" and ")}.`);
  return 0;
});
