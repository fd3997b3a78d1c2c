/** Every input was handled. */
export const EXIT_OK = 0;
/** Some inputs failed; the others were handled. */
export const EXIT_SOME_FAILED = 1;
/** Wrong usage: nothing was tried. */
export const EXIT_USAGE = 2;
/** Stopped by Ctrl-C. */
export const EXIT_INTERRUPTED = 130;
