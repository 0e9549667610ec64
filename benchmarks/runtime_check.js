// Asks Node.js or Deno, whichever runs this, for the permission to read each
// path of standard input (lines as in runtime_workload.cc) and prints, as JSON,
// its version, how many answers are as written there, and nanoseconds a check.
'use strict';

const kMostChecks = 10000;

function readInput() {
  if (typeof Deno === 'undefined') {
    return require('fs').readFileSync(0, 'latin1');
  }
  const chunks = [];
  const chunk = new Uint8Array(1 << 16);
  const decoder = new TextDecoder();
  for (let n; (n = Deno.stdin.readSync(chunk)) !== null;) {
    chunks.push(decoder.decode(chunk.subarray(0, n), {stream: true}));
  }
  return chunks.join('');
}

function makeCheck() {
  if (typeof Deno === 'undefined') {
    return (path) => process.permission.has('fs.read', path);
  }
  return (path) =>
      Deno.permissions.querySync({name: 'read', path}).state === 'granted';
}

// The beginning of the list, which is in random order: some answers take half
// a millisecond.
const lines = readInput().trim().split('\n').slice(0, kMostChecks);
const paths = lines.map((line) => line.slice(2));
const check = makeCheck();
let same = 0;
let example = null;
lines.forEach((line, i) => {
  if (check(paths[i]) === (line[0] === '1')) {
    ++same;
  } else {
    example = example || line;
  }
});
// By now all is compiled that will be.
let granted = 0;  // so that no answer is left unused
const start = performance.now();
for (const path of paths) {
  if (check(path)) ++granted;
}
const took = performance.now() - start;
const version = typeof Deno === 'undefined' ? `node ${process.version}` :
                                              `deno ${Deno.version.deno}`;
console.log(JSON.stringify({
  version,
  same,
  example,
  checks: paths.length,
  nanoseconds: took * 1e6 / paths.length,
  granted,
}));
