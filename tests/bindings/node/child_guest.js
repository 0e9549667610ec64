'use strict';

// A child that is this Node has the adapter too, and at most the rights that
// its parent has at that moment; and so has that one's child.

const childProcess = require('child_process');
const fs = require('fs');
const {works, denied, called} = require('./check.js');

const D = process.env.APP_WORLD + '/data/';
const NODE = process.execPath;

function reads(name) {
  try {
    return fs.readFileSync(D + name, 'utf8');
  } catch (error) {
    return error.code;
  }
}

// What a process of this file is granted, `deep` children below this one.
function ask(deep, ...how) {
  return childProcess.execFileSync(NODE, [...how, __filename, deep],
                                   {encoding: 'utf8'}).trim();
}
function answer(deep) {
  const {permission} = process;
  if (deep > 0) return ask(deep - 1);
  return [reads('kept'), reads('lost'), permission.has('fs.read', D + 'lost'),
          permission.has('fs.write', D), permission.has('child', 'echo')] + '';
}

async function parent() {
  await works('child', () => ask(0), 'a,b,true,false,false');
  process.permission.drop('fs.read', D + 'lost');
  const less = 'a,ERR_ACCESS_DENIED,false,false,false';
  await works('child after a drop', () => ask(0), less);
  await works('grandchild', () => ask(1), less);
  await works('own flags', () => ask(0, '--no-warnings'), less);
  await works('spawn', called((done) => {
    const child = childProcess.spawn(NODE, [__filename, 0]);
    child.on('error', done).stdout.on('data', (text) => done(null, `${text}`.trim()));
  }), less);
  await works('fork', called((done) => {
    const child = childProcess.fork(__filename, [0], {silent: true});
    child.on('error', done).stdout.on('data', (text) => done(null, `${text}`.trim()));
  }), less);
  process.permission.drop('child');
  await denied('no child', () => ask(0), 'ChildProcess');
}

if (process.argv.length > 2) console.log(answer(process.argv[2]));
else parent();
