/** The server refuses shorter ones; asking for it in the form saves the round trip. */
export const shortestPassword = 12;
