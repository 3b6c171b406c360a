// Each build goes to a folder of its own (named by scripts/build-console.mjs), so that a running product keeps its files.
/** @type {import("next").NextConfig} */
const config = {
  distDir: process.env.TESSERA_DIST ?? ".tessera/development",
  poweredByHeader: false,
  cacheComponents: false,
  serverExternalPackages: ["better-sqlite3", "pino"],
  // In development Next prints what server actions are called with: private keys and passwords.
  logging: { serverFunctions: false },
  // Nothing uses it, and it would fetch what a request names.
  images: { unoptimized: true },
  experimental: { serverActions: { bodySizeLimit: "2mb" }, useTypeScriptCli: true },
  // `npm test` checks the types; a build would do it a second time.
  typescript: { ignoreBuildErrors: true },
};

export default config;
