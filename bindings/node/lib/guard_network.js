'use strict';

// Sockets are decided where they are connected and bound: in the methods of
// Node's own handles, by address. So it does not matter which module, or which
// object of another, led there. Names are decided and looked up by the library;
// an address counts as that of a name for a minute after the library looked it
// up, and is decided together with it again when it is used.

module.exports = function guardNetwork(native, tools, modules, classes) {
  const {apply, assign, create, defineProperty, Error, indexOf, isArray,
         lastIndexOf, mapDelete, mapGet, mapSet, Map, nextTick, now, Promise,
         startsWith, substring, weakGet, weakSet, WeakMap, push} = tools;
  const {net, dgram, dns, tty} = modules;
  const isIP = net.isIP;
  const normalize = net._normalizeArgs;
  const cwd = process.cwd;
  const kDenied = -13;  // EACCES, as handles say it
  const kMemory = 60000;
  const kMaxRemembered = 4096;

  function lock(object, key, value) {
    defineProperty(object, key, {
      __proto__: null, value, enumerable: false, writable: true,
      configurable: true,
    });
  }
  function endpoint(address, port) {
    return (isIP(address) === 6 ? '[' + address + ']' : address) + ':' + port;
  }

  // The denial behind an EACCES that Node is about to tell.
  let denial;
  function deny(error) {
    denial = error;
    return typeof error.errno === 'number' ? error.errno : kDenied;
  }
  function better(error) {
    if (denial === undefined || error === null || typeof error !== 'object' ||
        error.code !== 'EACCES') {
      return error;
    }
    const told = denial;
    denial = undefined;
    return told;
  }

  // ---- Names ----
  // Address -> until when it counts as that of each name.
  const known = new Map();
  let remembered = 0;
  function remember(address, host) {
    let names = mapGet(known, address);
    if (names === undefined) {
      if (++remembered > kMaxRemembered) return;
      names = create(null);
      mapSet(known, address, names);
    }
    names[host] = now() + kMemory;
  }
  function isOfName(address, port) {
    const names = mapGet(known, address);
    if (names === undefined) return false;
    const hosts = tools.keys(names);
    let current = 0;
    for (let i = 0; i < hosts.length; i++) {
      if (names[hosts[i]] < now()) continue;
      current++;
      const asked = hosts[i] + ':' + port;
      if (native.has('net.connect', asked) &&
          native.has('net.connect', [asked, address])) {
        return true;
      }
    }
    if (current === 0) {
      mapDelete(known, address);
      remembered--;
    }
    return false;
  }

  function isPlainHost(host) {
    return typeof host === 'string' && indexOf(host, ':') < 0 &&
           indexOf(host, '/') < 0 && indexOf(host, '@') < 0 &&
           indexOf(host, '*') < 0;
  }
  function notFound(host) {
    const error = new Error('getaddrinfo ENOTFOUND ' + host);
    error.errno = -3008;
    error.code = 'ENOTFOUND';
    error.syscall = 'getaddrinfo';
    error.hostname = host;
    return error;
  }
  function familyOf(given) {
    const family = given === undefined || given === null ? 0 :
        typeof given === 'number' ? given : given.family;
    return family === 4 || family === 'IPv4' ? 4 :
        family === 6 || family === 'IPv6' ? 6 : 0;
  }
  // Addresses in the shapes that callers of lookup() want.
  function answer(host, addresses, given, done) {
    const family = familyOf(given);
    const found = [];
    for (let i = 0; i < addresses.length; i++) {
      const is = isIP(addresses[i]);
      if (is !== 0 && (family === 0 || family === is)) {
        push(found, {address: addresses[i], family: is});
      }
    }
    if (found.length === 0) return done(notFound(host));
    if (given !== null && typeof given === 'object' && given.all) {
      return done(null, found);
    }
    done(null, found[0].address, found[0].family);
  }
  function translated(host, error) {
    return error.code === 'ENOENT' ? notFound(host) : error;
  }

  // What a connection to a port looks a name up by.
  function lookUpFor(port) {
    return function lookup(host, given, done) {
      if (!isPlainHost(host)) return nextTick(done, notFound(host));
      native.prepare(host + ':' + port, (error, endpoints) => {
        if (error) return done(translated(host, error));
        const addresses = [];
        for (let i = 0; i < endpoints.length; i++) {
          let address = substring(endpoints[i], 0,
                                  lastIndexOf(endpoints[i], ':'));
          if (startsWith(address, '[')) address = substring(address, 1, -1);
          if (isIP(address) === 0) continue;
          remember(address, host);
          push(addresses, address);
        }
        answer(host, addresses, given, done);
      });
    };
  }

  // dns.lookup: what a guest is told gives it no right.
  function lookUp(host, given, done) {
    if (!host || isIP(host) !== 0) {
      const family = isIP(host ?? '');
      if (given !== null && typeof given === 'object' && given.all) {
        return nextTick(done, null, host ? [{address: host, family}] : []);
      }
      return nextTick(done, null, host ? host : null,
                      family === 0 ? (familyOf(given) || 4) : family);
    }
    if (!isPlainHost(host)) return nextTick(done, notFound(host));
    native.lookUp(host, (error, addresses) => {
      if (error) done(translated(host, error));
      else answer(host, addresses, given, done);
    });
  }
  dns.lookup = function lookup(host, given, done) {
    if (typeof given === 'function') {
      done = given;
      given = undefined;
    }
    if (typeof host !== 'string' && host !== undefined && host !== null &&
        host !== false) {
      throw tools.typeError('ERR_INVALID_ARG_TYPE',
                            'The "hostname" argument must be of type string');
    }
    if (typeof done !== 'function') {
      throw tools.typeError('ERR_INVALID_ARG_TYPE',
                            'The "callback" argument must be of type function');
    }
    lookUp(host, given, done);
    return {};
  };
  dns.promises.lookup = function lookup(host, given) {
    return new Promise((resolve, reject) => {
      lookUp(host, given, (error, address, family) => {
        if (error) reject(error);
        else resolve(isArray(address) ? address : {address, family});
      });
    });
  };
  const {lookupService} = dns;
  dns.lookupService = function(address, port, done) {
    const error = native.enforce('net.resolve', address);
    if (error !== undefined) throw error;
    return apply(lookupService, dns, [address, port, done]);
  };
  const promisedService = dns.promises.lookupService;
  dns.promises.lookupService = function(address, port) {
    const error = native.enforce('net.resolve', address);
    if (error !== undefined) {
      return new Promise((resolve, reject) => { reject(error); });
    }
    return apply(promisedService, dns.promises, [address, port]);
  };

  // Queries to name servers: each name, and each server that a guest sets.
  function guardResolver(prototype) {
    const keys = tools.ownKeys(prototype);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i];
      if (typeof key !== 'string') continue;
      const query = prototype[key];
      if (startsWith(key, 'query') || key === 'getHostByAddr') {
        lock(prototype, key, function(request, host) {
          const error = native.enforce('net.resolve', host);
          if (error !== undefined) throw error;
          return apply(query, this, [request, host]);
        });
      }
    }
    const {setServers} = prototype;
    lock(prototype, 'setServers', function(servers) {
      const copy = [];
      for (let i = 0; i < servers.length; i++) {
        const one = [servers[i][0], servers[i][1], servers[i][2]];
        const error = native.enforce('net.connect', endpoint(one[1], one[2]));
        if (error !== undefined) throw error;
        push(copy, one);
      }
      return apply(setServers, this, [copy]);
    });
  }
  if (classes.resolver !== undefined) guardResolver(classes.resolver);

  // ---- Addresses ----
  function decideConnect(address, port) {
    if (isOfName(address, port)) return undefined;
    return native.enforce('net.connect', endpoint(address, port));
  }
  function guardConnect(prototype, key) {
    const connect = prototype[key];
    lock(prototype, key, function(...args) {
      const shift = prototype === classes.tcp ? 1 : 0;
      const address = '' + args[shift];
      const port = +args[shift + 1];
      const error = decideConnect(address, port);
      if (error !== undefined) return deny(error);
      args[shift] = address;
      args[shift + 1] = port;
      return apply(connect, this, args);
    });
  }
  const bound = new WeakMap();
  function decideListen(address, port) {
    return native.enforce('net.listen', endpoint(address, port));
  }
  function guardBind(prototype, key) {
    const bind = prototype[key];
    const {getsockname} = prototype;
    lock(prototype, key, function(...args) {
      const address = '' + args[0];
      const port = +args[1];
      const error = decideListen(address, port);
      if (error !== undefined) {
        if (!mayOnlyAnswer(this, address, port)) return deny(error);
      }
      args[0] = address;
      args[1] = port;
      const result = apply(bind, this, args);
      if (result !== 0) return result;
      weakSet(bound, this, true);
      if (error !== undefined) {
        onlyAnswers(this);
      } else if (port === 0) {
        const out = {__proto__: null};
        apply(getsockname, this, [out]);
        const chosen = decideListen(address, out.port);
        if (chosen !== undefined) return deny(chosen);
      }
      return result;
    });
  }
  function guardOpen(prototype) {
    const {open} = prototype;
    lock(prototype, 'open', function(fd, ...rest) {
      if (typeof fd !== 'number' || native.rights(fd) === 0) return kDenied;
      return apply(open, this, [fd, rest[0]]);
    });
    return open;
  }

  // ---- Datagrams: who may not listen gets answers of those it wrote to ----
  const implicit = new WeakMap();
  function mayOnlyAnswer(handle, address, port) {
    return weakGet(implicit, handle) !== undefined && port === 0 &&
           (address === '0.0.0.0' || address === '::');
  }
  const wroteTo = new WeakMap();  // handle -> set of endpoints
  function onlyAnswers(handle) {
    const peers = {__proto__: null, count: 0, all: create(null)};
    weakSet(wroteTo, handle, peers);
    let receive = handle.onmessage;
    const filtered = function(size, from, bytes, sender) {
      if (sender !== undefined && sender !== null &&
          !peers.all[endpoint(sender.address, sender.port)]) {
        return;
      }
      return apply(receive, this, [size, from, bytes, sender]);
    };
    defineProperty(handle, 'onmessage', {
      __proto__: null, configurable: false, enumerable: true,
      get: () => filtered, set: (given) => { receive = given; },
    });
  }
  function guardSend(prototype, key) {
    const send = prototype[key];
    lock(prototype, key, function(request, list, count, port, address, back) {
      // Connected: the port is whether there is a callback.
      if (typeof port === 'boolean') {
        return apply(send, this, [request, list, count, port]);
      }
      const target = '' + address;
      const number = +port;
      const error = decideConnect(target, number);
      if (error !== undefined) return deny(error);
      const peers = weakGet(wroteTo, this);
      if (peers !== undefined) {
        const peer = endpoint(target, number);
        if (!peers.all[peer]) {
          if (++peers.count > 1024) return kDenied;
          peers.all[peer] = true;
        }
      }
      return apply(send, this, [request, list, count, number, target, back]);
    });
  }
  // These bind what is not bound yet, to any address.
  function guardUnbound(prototype, key) {
    const original = prototype[key];
    if (original === undefined) return;
    lock(prototype, key, function(...args) {
      if (weakGet(bound, this) === undefined) {
        const error = decideListen('0.0.0.0', 0);
        if (error !== undefined) return deny(error);
      }
      return apply(original, this, args);
    });
  }
  function guardDatagramSocket() {
    const prototype = dgram.Socket.prototype;
    for (const key of ['send', 'connect']) {
      const method = prototype[key];
      lock(prototype, key, function(...args) {
        const handle = this[classes.datagramState].handle;
        if (handle) weakSet(implicit, handle, true);
        const last = args.length - 1;
        const done = args[last];
        if (typeof done === 'function') {
          args[last] = function(error, ...rest) {
            return apply(done, this, [better(error), rest[0]]);
          };
        }
        return apply(method, this, args);
      });
    }
    const {bind} = prototype;
    lock(prototype, 'bind', function(...args) {
      const handle = this[classes.datagramState].handle;
      // Node's own, before it sends.
      const own = args.length === 2 && args[1] === null;
      if (handle && !own) tools.weakDelete(implicit, handle);
      return apply(bind, this, args);
    });
  }

  // ---- Unix sockets: made by the library, which finds the file by itself ----
  function unixEndpoint(path) {
    if (startsWith(path, '\0')) return 'unix-abstract:' + substring(path, 1);
    return 'unix:' + (startsWith(path, '/') ? path : cwd() + '/' + path);
  }
  function guardPipe(prototype) {
    const open = guardOpen(prototype);
    function take(handle, fd) {
      return typeof fd === 'number' ? apply(open, handle, [fd]) : deny(fd);
    }
    lock(prototype, 'connect', function(request, path) {
      const result = take(this, native.unixConnect(unixEndpoint('' + path)));
      if (result !== 0) return result;
      nextTick(() => {
        apply(request.oncomplete, request, [0, this, request, true, true]);
      });
      return 0;
    });
    lock(prototype, 'bind', function(path) {
      return take(this, native.unixListen(unixEndpoint('' + path)));
    });
    lock(prototype, 'fchmod', () => kDenied);
    return open;
  }

  // ---- What programs see ----
  function guardSocket() {
    const prototype = net.Socket.prototype;
    const {connect, _destroy} = prototype;
    lock(prototype, 'connect', function(...args) {
      // Of tls and http: arguments that were sorted already.
      const sorted = isArray(args[0]) ? args[0] : normalize(args);
      const given = sorted[0];
      const copy = assign(create(null), given);
      if (typeof copy.path !== 'string' && copy.lookup === undefined ||
          copy.lookup === dns.lookup) {
        copy.lookup = lookUpFor(copy.port);
      }
      return apply(connect, this, [normalize([copy, sorted[1]])]);
    });
    lock(prototype, '_destroy', function(error, done) {
      return apply(_destroy, this, [better(error), done]);
    });
  }
  function guardErrors(prototype) {
    const emit = prototype.emit;
    lock(prototype, 'emit', function(event, ...rest) {
      if (event === 'error') return apply(emit, this, [event, better(rest[0])]);
      push(rest, undefined);
      for (let i = rest.length - 1; i > 0; i--) rest[i] = rest[i - 1];
      rest[0] = event;
      return apply(emit, this, rest);
    });
  }

  const found = {__proto__: null};
  if (classes.tcp !== undefined) {
    guardConnect(classes.tcp, 'connect');
    guardConnect(classes.tcp, 'connect6');
    guardBind(classes.tcp, 'bind');
    guardBind(classes.tcp, 'bind6');
    found.openTcp = guardOpen(classes.tcp);
    const {listen} = classes.tcp;
    lock(classes.tcp, 'listen', function(backlog) {
      if (weakGet(bound, this) === undefined) {
        const error = decideListen('0.0.0.0', 0);
        if (error !== undefined) return deny(error);
      }
      return apply(listen, this, [backlog]);
    });
  }
  if (classes.udp !== undefined) {
    guardConnect(classes.udp, 'connect');
    guardConnect(classes.udp, 'connect6');
    guardBind(classes.udp, 'bind');
    guardBind(classes.udp, 'bind6');
    guardSend(classes.udp, 'send');
    guardSend(classes.udp, 'send6');
    guardOpen(classes.udp);
    for (const key of ['recvStart', 'addMembership', 'dropMembership',
                       'addSourceSpecificMembership',
                       'dropSourceSpecificMembership']) {
      guardUnbound(classes.udp, key);
    }
    guardDatagramSocket();
    guardErrors(dgram.Socket.prototype);
  }
  if (classes.pipe !== undefined) found.openPipe = guardPipe(classes.pipe);
  guardSocket();
  guardErrors(net.Server.prototype);
  return found;
};
