import { fileURLToPath } from "node:url";

/** The folder of the checkout, without a slash at its end. */
export const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");

/** What commands make for themselves in the checkout: builds and locks; never committed. */
export const workFolder = `${root}/.tessera`;
