// Makes every write to a file that is opened from now on fail as on a full disk; exports what undoes it.
const files = require('node:fs/promises');
const { open } = files;
files.open = async (...parameters) => {
  const file = await open(...parameters);
  file.writeFile = () => Promise.reject(Object.assign(new Error('no space left'), { code: 'ENOSPC' }));
  return file;
};
module.exports = () => {
  files.open = open;
};
