'use strict';

// Classes that Node writes in C++ take what they get: a descriptor, options, a
// module's text. Whoever holds an object of one finds its class as `constructor`,
// which is taken away here from all that no public module offers.

const kBindings = [
  'block_list', 'blob', 'cares_wrap', 'contextify', 'crypto', 'encoding_binding',
  'fs', 'fs_dir', 'fs_event_wrap', 'heap_utils', 'http2', 'http_parser',
  'inspector', 'js_stream', 'js_udp_wrap', 'messaging', 'module_wrap',
  'performance', 'pipe_wrap', 'process_wrap', 'profiler', 'quic', 'report',
  'serdes', 'signal_wrap', 'spawn_sync', 'sqlite', 'stream_wrap', 'tcp_wrap',
  'tls_wrap', 'tty_wrap', 'udp_wrap', 'url_pattern', 'v8', 'wasi', 'watchdog',
  'worker', 'zlib',
];

function publicValues(modules) {
  const found = new Set();
  for (const name of Object.keys(modules)) {
    const module = modules[name];
    if (module === undefined) continue;
    for (const key of Reflect.ownKeys(module)) {
      const is = Object.getOwnPropertyDescriptor(module, key);
      if (typeof is.value === 'function') found.add(is.value);
    }
  }
  for (const key of Reflect.ownKeys(globalThis)) {
    const is = Object.getOwnPropertyDescriptor(globalThis, key);
    if (typeof is.value === 'function') found.add(is.value);
  }
  return found;
}

function closeClass(value) {
  const {prototype} = value;
  if (prototype === null || typeof prototype !== 'object') return;
  const is = Object.getOwnPropertyDescriptor(prototype, 'constructor');
  // A class that a guard stands in front of leads to the guard already.
  if (is === undefined || is.value !== value || !is.configurable) return;
  Object.defineProperty(prototype, 'constructor', {
    __proto__: null, value: undefined, writable: false, configurable: false,
    enumerable: false,
  });
}

function bindingOf(binding, name) {
  try {
    return binding(name);
  } catch {
    return undefined;  // this Node has no such part
  }
}

// OpenSSL's engines are native code.
function guardEngines(crypto, {apply}, ask) {
  const prototype = crypto?.SecureContext?.prototype;
  for (const key of ['setEngineKey', 'setClientCertEngine']) {
    const original = prototype?.[key];
    if (original === undefined) continue;
    prototype[key] = function(...args) {
      ask(['code.load']);
      return apply(original, this, args);
    };
  }
}

module.exports = function closeNatives(binding, modules, tools, ask) {
  const offered = publicValues(modules);
  for (const name of kBindings) {
    const part = bindingOf(binding, name);
    if (part === undefined || part === null) continue;
    for (const key of Reflect.ownKeys(part)) {
      const value = Object.getOwnPropertyDescriptor(part, key).value;
      if (typeof value === 'function' && !offered.has(value)) closeClass(value);
    }
  }
  guardEngines(bindingOf(binding, 'crypto'), tools, ask);
};
