'use strict';

// Programs, variables, facts, code from elsewhere, and Node's inner doors.

const childProcess = require('child_process');
const fs = require('fs');
const {works, denied, fails, called} = require('./check.js');

const W = process.env.APP_WORLD;
const D = W + '/data/';
const CHILD = 'ChildProcess';

const run = (...args) => called((done) => {
  const child = childProcess.spawn(...args);
  let text = '';
  child.on('error', done).stdout.on('data', (more) => { text += more; });
  child.on('close', (status, signal) => done(null, [text.trim(), status, signal]
    .join()));
});

async function programs() {
  fs.writeFileSync(D + 'a', 'inside');
  await works('spawn', run('/usr/bin/echo', ['hi']), 'hi,0,');
  await works('spawn by PATH', run('echo', ['hi']), 'hi,0,');
  await works('standard input', called((done) => {
    const child = childProcess.spawn('cat');
    child.on('error', done).stdout.on('data', (text) => done(null, `${text}`));
    child.stdin.end('abc');
  }), 'abc');
  await works('kill', called((done) => {
    const child = childProcess.spawn('sleep', ['30']);
    child.on('error', done).on('exit', (status, signal) => done(null, signal));
    child.kill();
  }), 'SIGTERM');
  await denied('spawn other', run('/usr/bin/id'), CHILD);
  await denied('spawn missing', run('/usr/bin/none'), CHILD);
  await denied('exec', called((done) => childProcess.exec('echo hi', done)), CHILD);
  await works('execFile', called((done) =>
    childProcess.execFile('echo', ['hi'], (error, text) => done(error, text))),
  'hi\n');
  await denied('execFile other', called((done) =>
    childProcess.execFile('id', done)), CHILD);
  await denied('fork', () => childProcess.fork(__filename), CHILD);
  await denied('cluster', () => require('cluster').fork(), CHILD);
  await works('spawnSync', () =>
    childProcess.spawnSync('echo', ['hi'], {encoding: 'utf8'}).stdout, 'hi\n');
  await denied('spawnSync other', () => childProcess.spawnSync('id'), CHILD);
  await denied('execSync', () => childProcess.execSync('echo hi'), CHILD);
  await works('execFileSync', () =>
    childProcess.execFileSync('cat', {input: 'in', encoding: 'utf8'}), 'in');
  await works('output limit', () =>
    childProcess.spawnSync('cat', {input: 'x'.repeat(99), maxBuffer: 9})
      .error.code, 'ENOBUFS');
  await works('time limit', () =>
    childProcess.spawnSync('sleep', ['30'], {timeout: 50}).error.code,
  'ETIMEDOUT');
  await works('cwd', () =>
    childProcess.execFileSync('cat', ['a'], {cwd: D, encoding: 'utf8'}),
  'inside');
  await denied('cwd outside', () =>
    childProcess.execFileSync('cat', ['file'], {cwd: W + '/outside'}), CHILD);
  await works('the child is held too', () =>
    childProcess.spawnSync('cat', [W + '/outside/file'], {encoding: 'utf8'})
      .stdout, '');
  await denied('strange descriptor', () =>
    childProcess.spawnSync('cat', {stdio: ['pipe', 9]}));
  await fails('user', run('/usr/bin/echo', [], {uid: 1}), 'EPERM');
  await fails('NUL', run('/usr/bin/echo', ['a\0b']), 'ERR_INVALID_ARG_VALUE');
}

async function variables() {
  await works('granted', () => process.env.APP_WORLD, W);
  await works('withheld', () => process.env.HIDDEN, undefined);
  await works('in', () => 'HIDDEN' in process.env, false);
  await works('list', () => Object.keys(process.env).every(
    (name) => name.startsWith('APP_')), true);
  await works('copy', () => ({...process.env}).HIDDEN, undefined);
  await works('text', () => JSON.stringify(process.env).includes('HIDDEN'), false);
  await works('inspect', () => {
    process.env.APP_SEEN = 'seen';
    const text = require('util').inspect(process.env, {showProxy: true}) +
        require('util').inspect(process.env);
    return text.includes('APP_SEEN') && !text.includes('HIDDEN');
  }, true);
  process.env.APP_NEW = '1';
  await works('set', () => process.env.APP_NEW, '1');
  await denied('set other', () => { process.env.PATH = '/'; }, 'env.write');
  await denied('delete', () => { delete process.env.HIDDEN; }, 'env.write');
  await denied('define', () => Object.defineProperty(process.env, 'X',
                                                     {value: '1'}), 'env.write');
  await denied('symbol', () => Object.assign(process.env, {LD_PRELOAD: 'x'}));
  await fails('replace', () => { 'use strict'; process.env = {}; }, undefined);
  fs.writeFileSync(D + '.env', 'PATH2=1\n');
  await denied('loadEnvFile', () => process.loadEnvFile(D + '.env'), 'env.write');
}

async function facts() {
  const os = require('os');
  for (const key of ['hostname', 'cpus', 'userInfo', 'networkInterfaces',
                     'release', 'homedir', 'loadavg', 'totalmem', 'uptime']) {
    await denied(key, () => os[key](), 'sys.info');
  }
  await denied('getuid', () => process.getuid(), 'sys.info');
  await works('memory', () => {
    const all = process.memoryUsage();
    return all.rss > 1e6 && all.heapTotal >= all.heapUsed && all.heapUsed > 1e5 &&
        all.external >= 0 && all.arrayBuffers >= 0 && process.memoryUsage.rss() > 1e6;
  }, true);
  await denied('report', () => process.report.getReport());
  await denied('report file', () => process.report.writeReport(D + 'r'));
}

async function doors() {
  for (const key of ['binding', '_linkedBinding', 'setuid', '_debugProcess']) {
    await denied(key, () => process[key]('fs'));
  }
  if (process.execve !== undefined) {
    await denied('execve', () => process.execve('/usr/bin/echo', ['echo']));
  }
  await denied('kill', () => process.kill(1, 0), 'process.signal');
  await denied('kill itself', () => process.kill(process.pid, 0), 'process.signal');
  await denied('kill group', () => process.kill(0, 0), 'process.signal');
  await denied('chdir', () => process.chdir(W + '/outside'), 'FileSystemRead');
  const {Session} = require('inspector');
  await denied('inspector', () => require('inspector').open(), 'Inspector');
  await denied('session', () => new Session(), 'Inspector');
  await denied('flags', () => require('v8').setFlagsFromString('--expose-gc'));
  await denied('heap', () => require('v8').writeHeapSnapshot(D + 'h'), 'Inspector');
  await denied('trace', () => require('trace_events').createTracing({
    categories: ['node']}));
  const {WASI} = require('wasi');
  await denied('wasi', () => new WASI({version: 'preview1', preopens: {
    '/': W + '/outside'}}), 'FileSystemRead');
  await denied('wasi over a denial', () => new WASI({
    version: 'preview1', preopens: {'/': D}}));
  await denied('tty', () => {
    try {
      return new (require('tty').WriteStream)(9);
    } catch (error) {
      throw error.code === 'ERR_INVALID_ARG_VALUE' ? Object.assign(error, {
        code: 'ERR_ACCESS_DENIED', permission: '', resource: ''}) : error;
    }
  });
  let sqlite;
  try {
    sqlite = require('node:sqlite');
  } catch {
    return;
  }
  await denied('database', () => new sqlite.DatabaseSync(D + 'db'));
  await denied('its prototype', () =>
    new sqlite.DatabaseSync.prototype.constructor(':memory:'));
  await denied('ffi', () => require('node:ffi').dlopen('/lib64/libc.so.6'));
}

async function code() {
  const {Worker} = require('worker_threads');
  await denied('worker', () => new Worker(__filename), 'WorkerThreads');
  await denied('its prototype', () => new Worker.prototype.constructor(__filename),
               'WorkerThreads');
  class Own extends Worker {}
  await denied('its heir', () => new Own(__filename), 'WorkerThreads');
  await denied('eval', () => eval('1'), 'code.eval');
  await denied('indirect eval', () => (0, eval)('1'), 'code.eval');
  await denied('Function', () => new Function('return 1'), 'code.eval');
  for (const one of [function() {}, async function() {}, function* () {},
                     async function* () {}]) {
    await denied('constructor', () => one.constructor('return 1'), 'code.eval');
  }
  const vm = require('vm');
  await denied('vm', () => vm.runInThisContext('1'), 'code.eval');
  await denied('script', () => new vm.Script('1'), 'code.eval');
  await denied('compile', () => vm.compileFunction('1'), 'code.eval');
  await denied('repl', () => require('repl').start(), 'code.eval');
  await denied('require', () => require(W + '/outside/module.js'));
  await denied('import', () => import(W + '/outside/module.mjs'));
  await denied('data: URL', () => import('data:text/javascript,1'), 'code.eval');
  await denied('source maps', () => process.setSourceMapsEnabled(true),
               'FileSystemRead');
  await works('package', () =>
    require('module')._readPackage(W + '/outside')?.main, undefined);
  await denied('resolve', () => require.resolve(W + '/outside/module.js'));
  await denied('dlopen', () => {
    fs.writeFileSync(D + 'x.node', '');
    process.dlopen({exports: {}}, D + 'x.node');
  }, 'Addon');
  await denied('addon', () => require(D + 'x.node'), 'Addon');
  await denied('hooks', () => require('module').register('./x.mjs'));
}

async function permission() {
  const own = process.permission;
  await works('has', () => own.has('fs.read', D + 'a'), true);
  await works('has not', () => own.has('fs.read', W + '/outside'), false);
  await works('has whole', () => own.has('fs.read'), false);
  await works('has child', () => own.has('child', ['/usr/bin/echo', 'x']), true);
  await works('has bytes', () => own.has('fs.read', Buffer.from(D)), true);
  for (const scope of ['', 'nothing', 5, null, {}, new Proxy({}, {}), '\ud800']) {
    await works('has nonsense', () => own.has(scope, D), false);
    await fails('check nonsense', () => own.check(scope, D),
                'ERR_INVALID_ARG_VALUE');
  }
  await works('has what throws', () =>
    own.has('child', [{get length() { throw new Error('no'); }},
                      new Proxy([], {get() { throw new Error('no'); }})]), false);
  await works('has an array that throws', () =>
    own.has('child', new Proxy([], {get() { throw new Error('no'); }})), false);
  await works('has NUL', () => own.has('fs.read', D + '\0'), false);
  const why = own.check('fs.write', W + '/outside/x');
  await works('check', () => [why.allowed, why.permission].join(),
              'false,fs.write');
  await works('drop', () => own.drop('fs.write', D));
  await denied('dropped', () => fs.writeFileSync(D + 'z', ''), 'FileSystemWrite');
  await fails('drop nonsense', () => own.drop({}), 'ERR_INVALID_ARG_VALUE');
  await denied('which dropped all', () => fs.readFileSync(D + 'a'));
}

programs().then(variables).then(facts).then(doors).then(code).then(permission)
  .then(() => process.exit());
