'use strict';
// The conformance table's driver in Node: node.js ATTEMPTS_FILE WORLD_FOLDER.
// Runs as a guest; ../README.md says what each operation does. With a third
// argument, "overwrite", the guest overwrites what it finds of the language and of
// Node's helpers while it makes an attempt: they lie about names that are not
// granted, so that whoever asks them would decide about another name.

const childProcess = require('child_process');
const dgram = require('dgram');
const dns = require('dns');
const fs = require('fs');
const net = require('net');
const os = require('os');
const path = require('path');
const vm = require('vm');
const {Worker, isMainThread, parentPort, workerData} =
    require('worker_threads');

class Unseen extends Error {}
class Refused extends Error {}

const SECONDS = 5000;  // of waiting, in milliseconds
// What the driver itself uses while the guest has overwritten things.
const {apply, ownKeys, getOwnPropertyDescriptor, defineProperty} = Reflect;
const bufferFrom = Buffer.from;
const exec = RegExp.prototype.exec;

function matches(pattern, text) {
  return apply(exec, pattern, [text]) !== null;
}

function pathOf(a) {
  if (a.form === 'dirfd') throw new Unseen();
  if (a.form === 'url') return new URL(a.url);
  if (a.path_hex !== undefined) return bufferFrom(a.path_hex, 'hex');
  return a.form === 'bytes' ? bufferFrom(a.path) : a.path;
}

function read(a) {
  if ((a.flags || []).includes('nofollow')) {
    const flags = fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW;
    return fs.readFileSync(pathOf(a), {encoding: 'utf8', flag: flags});
  }
  return fs.readFileSync(pathOf(a), 'utf8');
}

function changeFolder(a) {
  const before = process.cwd();
  process.chdir(pathOf(a));
  process.chdir(before);
}

const files = {
  'fs.read': read,
  'fs.write': (a) => fs.writeFileSync(pathOf(a), a.text),
  'fs.append': (a) => fs.appendFileSync(pathOf(a), a.text),
  'fs.create': (a) => fs.writeFileSync(pathOf(a), a.text, {flag: 'wx'}),
  'fs.truncate': (a) => fs.truncateSync(pathOf(a), a.size),
  'fs.stat': (a) => void fs.statSync(pathOf(a)),
  'fs.lstat': (a) => void fs.lstatSync(pathOf(a)),
  'fs.access': (a) => fs.accessSync(pathOf(a)),
  'fs.statfs': (a) => void fs.statfsSync(pathOf(a)),
  'fs.realpath': (a) => fs.realpathSync(pathOf(a)),
  'fs.readlink': (a) => fs.readlinkSync(pathOf(a)),
  'fs.list': (a) => fs.readdirSync(pathOf(a)).join('\n'),
  'fs.watch': (a) => fs.watch(pathOf(a), () => {}).close(),
  'fs.chdir': changeFolder,
  'fs.mkdir': (a) => fs.mkdirSync(pathOf(a)),
  'fs.rmdir': (a) => fs.rmdirSync(pathOf(a)),
  'fs.remove': (a) => fs.unlinkSync(pathOf(a)),
  'fs.remove_tree': (a) => fs.rmSync(pathOf(a), {recursive: true}),
  'fs.mkdtemp': (a) => fs.mkdtempSync(pathOf(a)),
  'fs.rename': (a) => fs.renameSync(pathOf(a), a.to),
  'fs.link': (a) => fs.linkSync(pathOf(a), a.to),
  'fs.copy': (a) => fs.copyFileSync(pathOf(a), a.to),
  'fs.symlink': (a) => fs.symlinkSync(a.target, pathOf(a)),
  'fs.chmod': (a) => fs.chmodSync(pathOf(a), a.mode),
  'fs.chown': (a) => fs.chownSync(pathOf(a), a.user, a.group),
  'fs.utimes': (a) => fs.utimesSync(pathOf(a), a.time_ms / 1000,
                                    a.time_ms / 1000),
};

const handles = {
  'handle.read': (a, fd) => fs.readFileSync(fd, 'utf8'),
  'handle.write': (a, fd) => void fs.writeSync(fd, a.text),
  'handle.stat': (a, fd) => void fs.fstatSync(fd),
  'handle.sync': (a, fd) => fs.fsyncSync(fd),
  'handle.chmod': (a, fd) => fs.fchmodSync(fd, a.mode),
  'handle.chown': (a, fd) => fs.fchownSync(fd, a.user, a.group),
  'handle.utimes': (a, fd) => fs.futimesSync(fd, a.time_ms / 1000,
                                             a.time_ms / 1000),
  'handle.truncate': (a, fd) => fs.ftruncateSync(fd, a.size),
};

function withHandle(a) {
  const flags = a.flags[0] === 'r' ? fs.constants.O_RDONLY :
                                     fs.constants.O_WRONLY;
  const fd = fs.openSync(pathOf(a), flags);
  try {
    if (a.drop && a.drop.when === 'opened') drop(a);
    return handles[a.op](a, fd);
  } finally {
    fs.closeSync(fd);
  }
}

// Resolves when `done` is emitted.
function emitted(emitter, done, close) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('late')), SECONDS);
    emitter.once('error', reject);
    emitter.once(done, resolve);
    emitter.once(done, () => clearTimeout(late));
    emitter.once('error', () => clearTimeout(late));
  }).finally(close);
}

function connect(where) {
  const socket = net.connect(where);
  return emitted(socket, 'connect', () => socket.destroy()).then(() => '');
}

function listen(where) {
  const server = net.createServer();
  const done = emitted(server, 'listening', () => server.close());
  server.listen(where);
  return done.then(() => '');
}

function send(a) {
  const socket = dgram.createSocket('udp4');
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.send('x', a.port, a.host, (error) => error ? reject(error) :
                                                        resolve(''));
  }).finally(() => socket.close());
}

function unix(a) {
  const address = a.abstract === undefined ? pathOf(a) : '\0' + a.abstract;
  return (a.op === 'unix.connect' ? connect : listen)({path: address});
}

function spawn(a) {
  const env = a.env ? {...process.env, ...a.env} : undefined;
  const done = childProcess.spawnSync(a.argv[0], a.argv.slice(1),
                                      {env, cwd: a.cwd});
  if (done.error) throw done.error;
  return String(done.stdout);
}

// A child by its object, as programs do: its number may be another's by then.
async function signalChild(a) {
  const child = childProcess.spawn('/usr/bin/sleep', ['30'],
                                   {stdio: 'ignore'});
  try {
    await emitted(child, 'spawn', () => {});
    if (!child.kill(a.signal)) throw new Refused('not signalled');
  } finally {
    child.kill('SIGKILL');
  }
}

function signal(a) {
  if (a.pid === 'child') return signalChild(a);
  process.kill({self: process.pid, parent: process.ppid}[a.pid] || a.pid,
               a.signal);
}

function readVariable(a) {
  const value = process.env[a.name];
  if (value === undefined) throw new Refused('no such variable');
  return value;
}

// Assigning is silent in Node where it is refused: what counts is what is there.
function writeVariable(a) {
  process.env[a.name] = a.value;
  if (process.env[a.name] !== a.value) throw new Refused('not set');
}

function deleteVariable(a) {
  if (process.env[a.name] === undefined) throw new Refused('not there');
  delete process.env[a.name];
  if (process.env[a.name] !== undefined) throw new Refused('still there');
}

const facts = {
  cpus: () => os.cpus(), osRelease: () => os.release(),
  hostname: () => os.hostname(), uid: () => process.getuid(),
  networkInterfaces: () => os.networkInterfaces(), loadavg: () => os.loadavg(),
};

// What is no addon was loaded, and then not taken for one.
function load(a) {
  try {
    process.dlopen({exports: {}}, a.path);
  } catch (error) {
    if (!matches(/did not self-register/, error.message)) throw error;
  }
}

function asked(permission, reference) {
  if (!process.permission) throw new Unseen();
  if (matches(/^(plugin|secret|device)\./, permission)) throw new Unseen();
  if (!process.permission.has(permission, reference)) throw new Refused('no');
}

function startWorker(a) {
  const worker = new Worker(__filename, {workerData: a});
  return emitted(worker, 'message', () => worker.terminate());
}

const others = {
  'net.connect': (a) => connect({host: a.host, port: a.port}),
  'net.send': send,
  'net.listen': (a) => listen({host: a.host, port: a.port}),
  'net.resolve': (a) => dns.promises.lookup(a.host).then((r) => r.address),
  'unix.connect': unix,
  'unix.listen': unix,
  'process.spawn': spawn,
  'process.shell': (a) => String(childProcess.execSync(
      a.code, {stdio: ['ignore', 'pipe', 'pipe']})),
  'process.signal': signal,
  'env.read': readVariable,
  'env.write': writeVariable,
  'env.delete': deleteVariable,
  'env.list': () => Object.keys(process.env).join('\n'),
  'sys.info': (a) => String(facts[a.fact]()),
  'code.load': load,
  'code.eval': (a) => String(vm.runInThisContext(a.code)),
  'thread.create': (a) => startWorker({...a, op: 'none'}).then(() => ''),
  'plugin.call': () => asked('plugin.call'),
  'has': (a) => asked(a.permission, a.resource),
};

function drop(a) {
  if (!process.permission || !process.permission.drop) throw new Unseen();
  try {
    process.permission.drop(a.drop.permission, a.drop.resource);
  } catch (error) {
    // What cannot be read drops more, and says so.
    if (a.id !== 'drop-unreadable') throw error;
  }
}

// What a name that is not granted becomes where it is asked about.
const GRANTED = path.resolve('data.txt');
const NOT_GRANTED = /outside|private|concealed|app2|passwd|proc|\.\./;
const GRANTED_BYTES = bufferFrom(GRANTED);
function lieAbout(value) {
  if (typeof value === 'string') {
    return matches(NOT_GRANTED, value) ? GRANTED : value;
  }
  if (value === false) return true;
  return value instanceof Uint8Array ? GRANTED_BYTES : value;
}

// Overwrites each function of an object; returns what puts it back.
function overwrite(object) {
  const before = [];
  for (const name of ownKeys(object)) {
    const old = getOwnPropertyDescriptor(object, name);
    if (!old.configurable || typeof old.value !== 'function') continue;
    if (name === 'constructor') continue;
    before[before.length] = [name, old];
    defineProperty(object, name, {...old, value: function(...args) {
      return lieAbout(apply(old.value, this, args));
    }});
  }
  return () => {
    for (let i = 0; i < before.length; ++i) {
      defineProperty(object, before[i][0], before[i][1]);
    }
  };
}

const OVERWRITTEN = [
  String.prototype, String, Array.prototype, Array, Object, Function.prototype,
  Map.prototype, Set.prototype, WeakMap.prototype, RegExp.prototype, Number,
  Reflect, JSON, Math, Buffer, Buffer.prototype, Uint8Array.prototype,
  Object.getPrototypeOf(Uint8Array.prototype), URL, URL.prototype, path,
  require('url'), require('util'), require('querystring'),
];

async function whileOverwritten(call) {
  const restore = [];
  try {
    for (let i = 0; i < OVERWRITTEN.length; ++i) {
      restore[i] = overwrite(OVERWRITTEN[i]);
    }
    return await call();
  } finally {
    for (let i = 0; i < restore.length; ++i) restore[i]();
  }
}

function make(a) {
  if (a.op === 'none') return '';
  if (others[a.op]) return others[a.op](a);
  if (handles[a.op]) return withHandle(a);
  if (files[a.op]) return files[a.op](a);
  throw new Unseen();
}

function verdictOf(error, a) {
  if (error instanceof Unseen) return {verdict: 'unseen', detail: ''};
  const code = error.code || '';
  const moved = code === 'EXDEV' && ['fs.rename', 'fs.link'].includes(a.op);
  const denied = error instanceof Refused || moved ||
      ['ERR_ACCESS_DENIED', 'EACCES', 'EPERM'].includes(code);
  return {verdict: denied ? 'denied' : 'error',
          detail: `${code} ${error.message}`.slice(0, 4000)};
}

async function attempt(a) {
  try {
    const detail = await (process.argv[4] === 'overwrite' ?
                              whileOverwritten(() => make(a)) : make(a));
    return {verdict: 'granted', detail: String(detail ?? '').slice(0, 4000)};
  } catch (error) {
    return verdictOf(error, a);
  }
}

async function answer(a) {
  try {
    if (a.drop && !a.drop.when) drop(a);
    if (a.in === 'worker') return await startWorker(a);
  } catch (error) {
    return verdictOf(error, a);
  }
  return attempt(a);
}

async function main() {
  const lines = fs.readFileSync(path.resolve(process.argv[2]), 'utf8')
                    .split('\n').filter((line) => line !== '');
  for (const a of lines.map((line) => JSON.parse(line))) {
    const said = JSON.stringify({id: a.id, ...await answer(a)}) + '\n';
    fs.writeSync(1, said);
  }
}

if (isMainThread) {
  main().then(() => process.exit(0));
} else {
  attempt(workerData).then((said) => parentPort.postMessage(said));
}
