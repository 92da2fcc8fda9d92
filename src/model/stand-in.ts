/** The one label of our own on stand-ins; constant, since a value per run would make new identities in network plugins. */
export const STAND_IN_LABEL = "netverdict.dev/stand-in";
