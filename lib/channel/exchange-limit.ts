/** How long one exchange with an origin may take in a test of it, in milliseconds. Browser-safe: the page says it. */
export const exchangeMs = 10_000;
