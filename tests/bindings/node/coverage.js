'use strict';

// coverage.js PACKAGE POLICY: every name that this Node offers has a row, and
// what the rows say was done. Run without the adapter, which it installs then.
const path = require('path');
const [folder, policy] = process.argv.slice(2);
const rows = require(path.join(folder, 'lib/rows.js'));
const kOfFunctions = ['length', 'name', 'prototype', 'arguments', 'caller'];
// Guarded in what they stand on: functions of fs that Node calls by name.
const kBelow = ['createReadStream', 'createWriteStream', 'glob', 'globSync',
                'lchmod', 'lchmodSync'];
let wrong = 0;
function report(text) {
  wrong++;
  console.log('  ' + text);
}

function keysOf(module) {
  return Reflect.ownKeys(module).filter((key) => typeof key === 'string' &&
    !(typeof module === 'function' && kOfFunctions.includes(key)));
}

const modules = {process};
for (const name of [...require('module').builtinModules, ...Object.keys(rows)]) {
  if (name === 'process' || name === 'constants') continue;
  try {
    modules[name] = require(name);
  } catch {
    continue;  // of another version of Node
  }
}
const before = {};
for (const [name, module] of Object.entries(modules)) {
  const row = rows[name];
  before[name] = {};
  if (row === undefined) {
    report(`module ${name} has no rows`);
    continue;
  }
  const known = new Set([...row.free ?? [], ...row.guarded ?? [],
                         ...row.refused ?? [], ...Object.keys(row.asks ?? {})]);
  for (const key of keysOf(module)) {
    if (!known.has(key)) report(`${name}.${key} has no row`);
    before[name][key] = Object.getOwnPropertyDescriptor(module, key).value;
  }
}

require(path.join(folder, 'index.js')).install(policy);
for (const [name, module] of Object.entries(modules)) {
  const row = rows[name] ?? {};
  const replaced = [...row.refused ?? [], ...Object.keys(row.asks ?? {})];
  if (name === 'fs' || name === 'fs/promises') {
    replaced.push(...row.guarded.filter((key) => !kBelow.includes(key)));
  }
  for (const key of replaced) {
    const is = before[name][key];
    if (is !== undefined && module[key] === is) {
      report(`${name}.${key} was not replaced`);
    }
  }
}
console.log(`  ${Object.keys(modules).length} modules, ${wrong} wrong`);
process.exit(wrong === 0 ? 0 : 1);
