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
  experimental: {
    serverActions: { bodySizeLimit: "2mb" },
    useTypeScriptCli: true,
    // Few and large: what stands in one file is packed together.
    turbopackChunking: { minChunkSize: 200_000, maxChunkCountPerGroup: 6, maxMergeChunkSize: 2_000_000 },
    // The way to a page is asked of the server, and guessing it costs code.
    optimisticRouting: false,
  },
  // `npm test` checks the types; a build would do it a second time.
  typescript: { ignoreBuildErrors: true },
};

export default config;
