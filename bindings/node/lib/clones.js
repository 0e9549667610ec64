'use strict';

// What structuredClone() and messages between threads may make. Node's own
// function makes whatever a clone's text "module:name" says, and a guest can
// write that text: it leads to Node's inside, internalBinding(), and from there
// past every guard. Here only classes that Node itself writes there are made.
// Source relied on: Node's lib/internal/worker/js_transferable.js and what says
// `deserializeInfo` in lib/ of versions 20 and 26. Nothing public replaces the
// function, so the adapter goes that way itself, before a guest can.

const kAllowed = [
  'internal/abort_controller:ClonedAbortSignal',
  'internal/blob:Blob',
  'internal/blob:ClonedBlob',
  'internal/blocklist:InternalBlockList',
  'internal/crypto/keys:InternalCryptoKey',
  'internal/crypto/x509:InternalX509Certificate',
  'internal/file:TransferableFile',
  'internal/fs/promises:FileHandle',
  'internal/histogram:ClonedHistogram',
  'internal/histogram:ClonedRecordableHistogram',
  'internal/socketaddress:InternalSocketAddress',
  'internal/webstreams/readablestream:TransferredReadableStream',
  'internal/webstreams/transfer:InternalCloneableDOMException',
  'internal/webstreams/transformstream:TransferredTransformStream',
  'internal/webstreams/writablestream:TransferredWritableStream',
  'internal/worker/clone_dom_exception:DOMException',
  'internal/worker/clone_dom_exception:QuotaExceededError',
];

function symbolOf(prototype, description) {
  return Object.getOwnPropertySymbols(prototype).find(
      (symbol) => symbol.description === description);
}

// The function that `text` names in Node's inside, or undefined.
function reach(text) {
  const {BlockList} = require('net');
  const list = new BlockList();
  const prototype = Object.getPrototypeOf(list);
  const clone = symbolOf(prototype, 'messaging_clone_symbol');
  const make = symbolOf(prototype, 'messaging_deserialize_symbol');
  if (clone === undefined || make === undefined) return undefined;
  let found;
  Object.defineProperty(Object.prototype, make, {
    __proto__: null, configurable: true,
    get() {
      found = this.constructor;
      throw new Error('seen');
    },
  });
  list[clone] = () => ({data: {}, deserializeInfo: text});
  try {
    structuredClone(list);
  } catch {
    // As meant.
  } finally {
    delete Object.prototype[make];
  }
  return found;
}

const kBinding = 'internal/bootstrap/realm:internalBinding';

// Gives {binding, load}, the way to Node's inside, for guards that are made next
// and keep none of it. Throws in a Node that cannot be held this way: guests must not run there.
module.exports = function guardClones() {
  const binding = reach(kBinding);
  const load = reach('internal/bootstrap/realm:require');
  if (typeof binding !== 'function' || typeof load !== 'function') {
    throw new Error('postern: this version of Node clones in another way');
  }
  const places = {__proto__: null};
  for (const text of kAllowed) {
    const [module, name] = text.split(':');
    places[text] = Object.freeze({__proto__: null, module, name});
  }
  binding('messaging').setDeserializerCreateObjectFunction((text) => {
    const place = places[text];
    if (place === undefined) throw new DataCloneError();
    return new (load(place.module)[place.name])();
  });
  // The loader of native code that does not pass by process.dlopen.
  binding('process_methods').dlopen = () => { throw new DataCloneError(); };
  if (reach(kBinding) !== undefined) {
    throw new Error('postern: the inside of this version of Node is open');
  }
  return {__proto__: null, binding, load};
};

class DataCloneError extends Error {
  constructor() {
    super('Access to this API has been restricted: Node\'s inside');
    this.code = 'ERR_ACCESS_DENIED';
    this.permission = 'API';
    this.resource = 'internalBinding';
  }
}
