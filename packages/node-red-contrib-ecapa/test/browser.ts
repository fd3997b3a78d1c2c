/** Debian's browser, unless another is named. */
export const CHROMIUM = process.env.ECAPA_CHROMIUM ?? '/usr/bin/chromium';

export const CHROMIUM_ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--autoplay-policy=no-user-gesture-required',
];
