'use strict';

// A guest with many rights gets no others by them: of text, native code, the
// debugger, files that threads write.

const fs = require('fs');
const Module = require('module');
const {Worker, MessageChannel, moveMessagePortToContext} = require('worker_threads');
const {works, denied, fails, called} = require('./check.js');

const D = process.env.APP_WORLD + '/data/';

// A URL that is of data from its fifth look on.
function lying() {
  let looks = 0;
  return {href: 'data:text/javascript,0', pathname: '',
          get protocol() { return looks++ < 4 ? 'http:' : 'data:'; }};
}

const run = (options) => called((done) => {
  const worker = new Worker(D + 'worker.js', options);
  worker.on('error', done).on('message', (text) => done(null, text));
});

async function workers() {
  fs.writeFileSync(D + 'worker.js',
                   'require("worker_threads").parentPort.postMessage(' +
                   '[process.permission.has("code.eval"), globalThis.first]+"")');
  fs.writeFileSync(D + 'first.js', 'globalThis.first = 1');
  await works('worker', run(), 'false,');
  await works('harmless', run({execArgv: ['--no-warnings']}), 'false,');
  await works('module first', run({execArgv: ['-r', D + 'first.js']}), 'false,1');
  for (const option of ['--cpu-prof', '--heap-prof', '--cpu-prof-dir=' + D,
                        '--inspect', '--trace-event-categories=node',
                        '--no-warnings=x --cpu-prof', '--diagnostic-dir=' + D,
                        '--experimental-loader=x', '']) {
    await fails(option, run({execArgv: [option]}), 'ERR_WORKER_INVALID_EXEC_ARGV');
  }
  await denied('text', () => new Worker('0', {eval: true}), 'code.eval');
  await denied('data', () => new Worker(new URL('data:text/javascript,0')),
               'code.eval');
  await denied('lying', () => new Worker(lying()), 'code.eval');
  await fails('other', () => new Worker({}), 'ERR_INVALID_ARG_TYPE');
}

async function text() {
  fs.writeFileSync(D + 'module.js', 'module.exports = 5');
  await works('require', () => require(D + 'module.js'), 5);
  await denied('compile', () => new Module('x')._compile('1', D + 'none'),
               'code.eval');
  await denied('compile another', () => new Module('x')._compile('1', D + 'module.js'),
               'code.eval');
  await denied('loader', () => {
    const {readFileSync} = fs;
    fs.readFileSync = () => 'module.exports = 7';
    try {
      const module = new Module('x');
      Module._extensions['.js'](module, D + 'module.js');
      return module.exports;
    } finally {
      fs.readFileSync = readFileSync;
    }
  }, 'code.eval');
  const vm = require('vm');
  await denied('context', () => vm.createContext({}), 'code.eval');
  await denied('global of another context', () =>
    vm.createContext(vm.constants?.DONT_CONTEXTIFY).eval('1'), 'code.eval');
  const {port1} = new MessageChannel();
  await denied('port of another context', () => moveMessagePortToContext(port1, {}),
               'code.eval');
  port1.close();
}

async function others() {
  await works('signal', () => process.kill(process.pid, 0), true);
  for (const signal of ['SIGUSR1', 10]) {
    await denied('debugger', () => process.kill(process.pid, signal), 'Inspector');
    await denied('debugger', () => process._kill(process.pid, '10'), 'Inspector');
  }
  const {spawn} = require('child_process');
  const pipe = spawn('/usr/bin/cat').on('error', () => {}).stdin;
  const heir = Object.create(Object.getPrototypeOf(pipe._handle),
                             {fd: {value: 9}});
  await denied('number of no handle', () =>
    spawn('/usr/bin/cat', [], {stdio: [heir, 'pipe', 'pipe']}));
  pipe.destroy();
  await fails('group', called((done) => {
    const socket = require('dgram').createSocket('udp4').on('error', () => {});
    try {
      socket.addMembership('224.0.0.9');
      done();
    } finally {
      socket.close();
    }
  }), 'EACCES');
  let sqlite;
  try {
    sqlite = require('node:sqlite');
  } catch {
    return;  // Node 20 has none
  }
  await denied('extensions', () =>
    new sqlite.DatabaseSync(':memory:', {allowExtension: true}), 'Addon');
}

workers().then(text).then(others).then(() => process.exit());
