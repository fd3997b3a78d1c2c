/** A colour on a light and on a dark ground, as `#rrggbb`. */
export interface ClassColour {
  readonly light: string;
  readonly dark: string;
}

/**
 * The colours of classes in every front end. The hues are those of Okabe and Ito (2008, "Color Universal Design"), which
 * differ with any colour vision; light and dark are chosen for contrast with their grounds.
 */
export const CLASS_COLOURS: Readonly<Record<string, ClassColour>> = {
  speech: { light: '#0072B2', dark: '#56A8E0' },
  music: { light: '#B87400', dark: '#E69F00' },
  noise: { light: '#007A59', dark: '#2BC49A' },
  silence: { light: '#8A8A8A', dark: '#8C8C8C' },
  unknown: { light: '#6E6E6E', dark: '#A0A0A0' },
  gap: { light: '#000000', dark: '#D4D4D4' },
};

/** For classes that people made up: they take turns. */
export const OTHER_CLASS_COLOURS: readonly ClassColour[] = [
  { light: '#B3558A', dark: '#DE95BF' },
  { light: '#C24E00', dark: '#F07A33' },
  { light: '#2C7FB0', dark: '#56B4E9' },
  { light: '#857A00', dark: '#F0E442' },
];
