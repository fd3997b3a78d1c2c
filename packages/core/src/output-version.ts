/**
 * The version of every JSON object that is printed or exported. It goes up when a field changes its meaning or goes
 * away; fields that are added leave it. `docs/schemas` describes each object.
 */
export const OUTPUT_VERSION = 2;
