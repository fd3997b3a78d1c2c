// Files named on the command line are run alone: mocha would add them to those listed here.
const named = process.argv.slice(2).some((argument) => /^[^*]*\.test\.ts$/.test(argument));

module.exports = {
  import: ['tsx'],
  timeout: 30000,
  'forbid-only': true,
  'fail-zero': true,
  spec: named ? [] : ['test/**/*.test.ts'],
};
