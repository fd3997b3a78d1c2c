/** View type of the timeline editor, as in the manifest. */
export const TIMELINE_VIEW = 'ecapa.timeline';
