// The rows of which the nodes' dialogs are made. `ecapa.label.` and the field's name are the key of its label, if no
// other is given. Node-RED finds fields by an id with a prefix, which differs for config nodes: until a row is in a dialog
// `FIELD-` stands for it.

/** The template of a node's dialog. */
export function dialog(type, ...rows) {
  return `<script type="text/html" data-template-name="${type}">
<div class="ecapa-form">
${rows.map((row) => row.replaceAll('FIELD-', 'node-input-')).join('\n')}
</div>
</script>
`;
}

/** The same for a config node. */
export function configDialog(type, ...rows) {
  return dialog(type, ...rows.map((row) => row.replaceAll('FIELD-', 'node-config-input-')));
}

/** A heading, and what is below it in a few words. */
export function section(name) {
  return `  <h4 data-i18n="ecapa.section.${name}"></h4>\n${hint(name)}`;
}

export function hint(name) {
  return `  <p class="ecapa-hint" data-i18n="ecapa.hint.${name}"></p>`;
}

/**
 * A labelled control. `icon`: of Font Awesome 4; `shownWith`: a class by which the script shows and hides the row;
 * `after`: what else is in it.
 */
export function row(name, icon, control, { label = name, shownWith, after = [] } = {}) {
  const id = name.startsWith('ecapa-') ? name : `FIELD-${name}`;
  return `  <div class="form-row${shownWith === undefined ? '' : ` ${shownWith}`}">
    <label for="${id}"><i class="fa fa-${icon}"></i> <span data-i18n="ecapa.label.${label}"></span></label>
    ${[control(id), ...after].join('\n    ')}
  </div>`;
}

/** One line of text. `placeholder`: a key, true for the field's own; `attributes`: as they are. */
export function text(name, icon, { placeholder, attributes = '', type = 'text', list, ...options } = {}) {
  const key = placeholder === true ? name : placeholder;
  const hinted = key === undefined ? '' : ` data-i18n="[placeholder]ecapa.placeholder.${key}"`;
  const listed = list === undefined ? '' : ` list="${list}"`;
  const control = (id) => `<input type="${type}" id="${id}"${listed}${attributes}${hinted} />`;
  return row(name, icon, control, options);
}

export function checkbox(name, icon, options) {
  return row(name, icon, (id) => `<input type="checkbox" id="${id}" />`, options);
}

/** `choices`: each with its value, by the key of its words, which is of the family `words`. */
export function select(name, icon, choices, { words = name, ...options } = {}) {
  const control = (id) => `<select id="${id}">\n${optionsOf(choices, words)}\n    </select>`;
  return row(name, icon, control, options);
}

/** What a field suggests. */
export function datalist(id, choices, words) {
  if (choices === undefined) return `<datalist id="${id}"></datalist>`;
  return `<datalist id="${id}">\n${optionsOf(choices, words)}\n    </datalist>`;
}

function optionsOf(choices, words) {
  return choices
    .map((value) => {
      const key = value.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
      return `      <option value="${value}" data-i18n="ecapa.${words}.${key}"></option>`;
    })
    .join('\n');
}

export const name = text('name', 'tag');
export const model = text('model', 'cube');

/** A button that classifies the samples of the package. */
export const tryOut = `  <div class="form-row">
    <label>&nbsp;</label>
    <button type="button" class="red-ui-button ecapa-try"><i class="fa fa-play"></i> <span data-i18n="ecapa.label.try"></span></button>
    <div class="ecapa-try-result" role="status" aria-live="polite"></div>
  </div>`;

/** Which audio a node takes from messages, and how it is read. */
export const accepted = [
  select('accept', 'shield', ['auto', 'data', 'paths']),
  text('folders', 'folder-open-o', { placeholder: true, shownWith: 'ecapa-folders' }),
  select('format', 'file-audio-o', ['auto', 'file', 'pcm-s16', 'pcm-f32']),
];
