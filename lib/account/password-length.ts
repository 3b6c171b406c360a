/** The fewest and the most characters of a password. Apart from the schema, so that pages which say it send no zod. */
export const leastPasswordLength = 12;
export const mostPasswordLength = 128;
