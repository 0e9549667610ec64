'use strict';

// Ways past the guards: Node's inside by clones, classes that Node keeps to
// itself, objects that change while they are looked at.

const fs = require('fs');
const util = require('util');
const {BlockList, SocketAddress} = require('net');
const {receiveMessageOnPort, MessageChannel} = require('worker_threads');
const {works, denied, fails} = require('./check.js');

const W = process.env.APP_WORLD;
const D = W + '/data/';
const own = (object, name) => Object.getOwnPropertySymbols(object).find(
  (symbol) => symbol.description === name);

// What a clone that says "module:name" leads to.
function inside(text) {
  const list = new BlockList();
  const prototype = Object.getPrototypeOf(list);
  const make = own(prototype, 'messaging_deserialize_symbol');
  let found;
  Object.defineProperty(Object.prototype, make, {
    configurable: true, get() { found = this.constructor; throw new Error('seen'); },
  });
  list[own(prototype, 'messaging_clone_symbol')] =
    () => ({data: {}, deserializeInfo: text});
  try {
    structuredClone(list);
  } catch (error) {
    if (error.message !== 'seen') throw error;
  } finally {
    delete Object.prototype[make];
  }
  return found;
}

async function clones() {
  for (const text of ['internal/bootstrap/realm:internalBinding',
                      'internal/bootstrap/realm:require', 'fs:readFileSync',
                      'toString', '__proto__', '']) {
    await denied(`clone of ${text}`, () => inside(text));
  }
  await works('BlockList', () => structuredClone(new BlockList()).rules.length, 0);
  await works('address', () => structuredClone(new SocketAddress()).port, 0);
  await works('Blob', () => structuredClone(new Blob(['abc'])).text(), 'abc');
  await works('stream', () => {
    const stream = new ReadableStream();
    return structuredClone(stream, {transfer: [stream]}).locked;
  }, false);
}

// A URL whose address is only there when it is looked at again.
function lying() {
  const url = new URL('file://' + W + '/outside/file');
  let looks = 0;
  return Object.create(URL.prototype, {
    href: {get: () => looks++ === 0 ? undefined : url.href},
    protocol: {value: 'file:'}, pathname: {value: url.pathname},
    hostname: {value: ''}, auth: {value: undefined}, path: {value: undefined},
  });
}

async function handles() {
  const {promises} = fs;
  for (const key of ['readFile', 'writeFile', 'appendFile']) {
    await fails(`lying ${key}`, () => promises[key](lying(), 'x'),
                'ERR_INVALID_ARG_TYPE');
  }
  await promises.writeFile(D + 'h', 'abc');
  const other = fs.openSync(D + 'h');
  const handle = await promises.open(D + 'h', 'r+');
  const read = async (from) => (await from.read(Buffer.alloc(3), 0, 3, 0)).bytesRead;
  const {fd} = handle;
  handle[own(handle, 'kFd')] = 9;
  await works('number', () => handle.fd, fd);
  await fails('own number', () =>
    Object.defineProperty(handle, 'fd', {value: 9}), undefined);
  await fails('heir', () => read(Object.create(handle, {fd: {value: 9}})),
              undefined);
  await fails('proxy', () => read(new Proxy(handle, {})), 'ERR_INVALID_ARG_TYPE');
  await fails('made', () => read(new handle.constructor({fd: 9})), undefined);
  await fails('made and read', () =>
    promises.readFile(new handle.constructor({fd: 9})), undefined);
  await fails('answer to instanceof', () => Object.defineProperty(
    handle.constructor, Symbol.hasInstance, {value: () => false}), undefined);
  await works('class', () => handle[own(handle, 'kHandle')].constructor, undefined);
  const {port1, port2} = new MessageChannel();
  port1.postMessage(handle, [handle]);
  const moved = receiveMessageOnPort(port2).message;
  port1.close();
  await works('moved', () => promises.readFile(moved, 'utf8'), 'abc');
  await works('moved once', () => moved.fd, fd);
  await moved.close();
  await denied('closed', () => fs.readFileSync(fd));
  // What the library holds open is not to be closed, nor put something else at.
  for (let number = 3; number < 24; number++) {
    if (number === other) continue;
    await fails('close of ' + number, () => fs.closeSync(number), 'EBADF');
    await fails('stream of ' + number, () =>
      new (require('tty').WriteStream)(number), 'ERR_INVALID_ARG_VALUE');
  }
  await works('which is still there', () => fs.readFileSync(D + 'h', 'utf8'), 'abc');
  await works('and finds', () => fs.readdirSync(D).includes('h'), true);
  fs.closeSync(other);
}

async function classes() {
  const {Script} = require('vm');
  await works('Script', () => Object.getPrototypeOf(Script.prototype).constructor,
              undefined);
  const {WASI} = require('wasi');
  await works('WASI', () =>
    new WASI({version: 'preview1'}).wasiImport.constructor, undefined);
  const {context} = require('tls').createSecureContext();
  await works('SecureContext', () => context.constructor, undefined);
  for (const key of ['setClientCertEngine', 'setEngineKey']) {
    if (context[key] === undefined) continue;  // built without engines
    await denied(key, () => context[key]('/usr/lib/x.so', 4), 'Addon');
  }
}

async function variables() {
  for (const options of [{}, {showProxy: true}, {customInspect: false}]) {
    await works('inspect', () =>
      util.inspect(process.env, options).includes('HIDDEN'), false);
  }
  await works('format', () => util.format('%o', process.env).includes('HIDDEN'),
              false);
  await works('shown', () => util.inspect(process.env).includes('APP_WORLD'), true);
}

clones().then(handles).then(classes).then(variables).then(() => process.exit());
