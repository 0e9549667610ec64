'use strict';

// What the adapter uses of JavaScript, taken before guests can replace it. Code
// of the adapter that runs later calls methods through here, and uses no
// iterator (spread, for-of, array patterns): these are looked up in prototypes
// that a guest may have changed. Verdicts do not depend on it: they are given by
// the addon, of the very values that it then acts on.

const apply = Reflect.apply;
const uncurry = Function.prototype.call.bind.bind(Function.prototype.call);

const generator = Object.getPrototypeOf(function* () {}).prototype;
const url = require('url');

// Copies of functions keep what Node attached to them (as util.promisify uses).
function likeOriginal(wrapper, original) {
  if (typeof original !== 'function') return wrapper;
  const keys = Reflect.ownKeys(original);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    if (key === 'prototype' || key === 'arguments' || key === 'caller') continue;
    const is = Object.getOwnPropertyDescriptor(original, key);
    // A promisified twin would go past the wrapper.
    if (typeof key === 'symbol' && typeof is.value === 'function') continue;
    if (typeof key === 'string' && typeof is.value === 'function') continue;
    try {
      Object.defineProperty(wrapper, key, is);
    } catch {
      // Not to be replaced, and of no use to anybody.
    }
  }
  return wrapper;
}

function typeError(code, message) {
  const error = new TypeErrorClass(message);
  defineProperty(error, 'code', {
    __proto__: null, value: code, enumerable: true, writable: true,
    configurable: true,
  });
  return error;
}

const TypeErrorClass = TypeError;
const defineProperty = Object.defineProperty;

module.exports = Object.freeze({
  __proto__: null,
  apply,
  construct: Reflect.construct,
  defineProperty,
  create: Object.create,
  assign: Object.assign,
  freeze: Object.freeze,
  keys: Object.keys,
  ownKeys: Reflect.ownKeys,
  getOwnPropertyDescriptor: Object.getOwnPropertyDescriptor,
  getOwnPropertySymbols: Object.getOwnPropertySymbols,
  getPrototypeOf: Object.getPrototypeOf,
  isArray: Array.isArray,
  Error, Map, Number, Promise, Proxy, WeakMap,
  parseInt: Number.parseInt,
  next: uncurry(generator.next),
  throwInto: uncurry(generator.throw),
  bufferToString: uncurry(Buffer.prototype.toString),
  bufferFrom: Buffer.from,
  bufferConcat: Buffer.concat,
  isProxy: require('util').types.isProxy,
  isUint8Array: require('util').types.isUint8Array,
  push: (array, value) => {
    defineProperty(array, array.length, {
      __proto__: null, value, enumerable: true, writable: true,
      configurable: true,
    });
  },
  indexOf: uncurry(String.prototype.indexOf),
  lastIndexOf: uncurry(String.prototype.lastIndexOf),
  substring: uncurry(String.prototype.slice),
  charCode: uncurry(String.prototype.charCodeAt),
  startsWith: uncurry(String.prototype.startsWith),
  endsWith: uncurry(String.prototype.endsWith),
  toLowerCase: uncurry(String.prototype.toLowerCase),
  mapGet: uncurry(Map.prototype.get),
  mapSet: uncurry(Map.prototype.set),
  mapDelete: uncurry(Map.prototype.delete),
  weakGet: uncurry(WeakMap.prototype.get),
  weakSet: uncurry(WeakMap.prototype.set),
  weakDelete: uncurry(WeakMap.prototype.delete),
  weakHas: uncurry(WeakMap.prototype.has),
  then: uncurry(Promise.prototype.then),
  now: Date.now,
  dateOf: (ms) => new Date(ms),
  isDate: require('util').types.isDate,
  getTime: uncurry(Date.prototype.getTime),
  nextTick: process.nextTick,
  fileURLToPath: url.fileURLToPath,
  URL,
  isURL: (value) => {
    if (value === null || typeof value !== 'object') return false;
    return Boolean(value.href && value.protocol && value.auth === undefined &&
                   value.path === undefined);
  },
  likeOriginal,
  typeError,
});
