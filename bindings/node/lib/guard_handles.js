'use strict';

// `fs.promises.open` and what works with its file handles. The number in a
// handle is a property that guests can write, so it is asked of the object of
// Node's that holds the file, each time anew.

module.exports = function guardHandles(shared, {Handle, Inner}) {
  const {native, tools, promises, original, values, runner, operations, put} =
      shared;
  const {apply, construct, defineProperty, getOwnPropertyDescriptor,
         getOwnPropertySymbols, isProxy, isUint8Array, then, weakHas, weakSet,
         Promise, WeakMap} = tools;
  const {path, flags, mode, options, define} = values;

  // Whether something is a handle is not a guest's to say.
  const isInstance = Function.prototype[Symbol.hasInstance];
  defineProperty(Handle, Symbol.hasInstance, {
    __proto__: null, value: isInstance, writable: false, configurable: false,
  });
  const numberOf = findNumber(Inner.prototype);
  const kHandle = findSymbol(construct(Handle, []));

  function findNumber(prototype) {
    const is = getOwnPropertyDescriptor(prototype, 'fd');
    if (is !== undefined && is.get !== undefined) return is.get;
    throw new tools.Error('this version of Node has another kind of FileHandle');
  }
  function findSymbol(handle) {
    const symbols = getOwnPropertySymbols(handle);
    for (let i = 0; i < symbols.length; i++) {
      if (symbols[i].description === 'kHandle') return symbols[i];
    }
    throw new tools.Error('this version of Node has another kind of FileHandle');
  }

  // Ties a handle to its file, or throws: to the inner object that only Node
  // makes, and to a descriptor that is the guest's.
  const tied = new WeakMap();
  function tie(handle) {
    if (handle !== null && typeof handle === 'object' && weakHas(tied, handle)) {
      return;
    }
    if (isProxy(handle) || !apply(isInstance, Handle, [handle])) {
      throw tools.typeError('ERR_INVALID_ARG_TYPE', 'not a FileHandle');
    }
    const inner = handle[kHandle];
    const number = () => {
      const fd = inner === null || inner === undefined ? -1 :
          apply(numberOf, inner, []);
      return fd >= 0 && native.rights(fd) !== 0 ? fd : -1;
    };
    number();
    defineProperty(handle, 'fd', {__proto__: null, get: number, set: undefined,
                                  enumerable: false, configurable: false});
    weakSet(tied, handle, true);
  }

  // Node closes it; the number is not the guest's any more.
  for (const key of ['close', 'closeSync', 'releaseFD']) {
    const end = Inner.prototype[key];
    if (end === undefined) continue;
    define(Inner.prototype, key, function() {
      const fd = apply(numberOf, this, []);
      if (fd >= 0) native.release(fd);
      return apply(end, this, []);
    });
  }

  // Its other methods work on that number.
  for (const key of Object.getOwnPropertyNames(Handle.prototype)) {
    const method = getOwnPropertyDescriptor(Handle.prototype, key).value;
    if (key === 'constructor' || typeof method !== 'function') continue;
    define(Handle.prototype, key, function(...args) {
      tie(this);
      return apply(method, this, args);
    });
  }
  guardMethods(Handle.prototype);

  // A handle may do what it was opened for.
  function guardMethods(prototype) {
    const kKinds = {
      __proto__: null, chmod: 'fchmod', chown: 'fchown', truncate: 'ftruncate',
      utimes: 'futimes',
    };
    const keys = tools.keys(kKinds);
    for (let i = 0; i < keys.length; i++) guardMethod(prototype, keys[i], kKinds[keys[i]]);
    const stat = prototype.stat;
    define(prototype, 'stat', function(given) {
      tie(this);
      if ((native.rights(this.fd) & 1) === 0) return refusal(this.fd, 1);
      return apply(stat, this, [given]);
    });
  }

  function refusal(fd, right) {
    return new Promise((resolve, reject) => {
      reject(shared.refuseDescriptor(fd, right));
    });
  }

  function guardMethod(prototype, key, kind) {
    define(prototype, key, function(...args) {
      let wish;
      try {
        tie(this);
        const fd = this.fd;
        shared.needDescriptor(fd, 2);
        wish = [kind, fd, first(key, args), second(key, args)];
      } catch (error) {
        return new Promise((resolve, reject) => { reject(error); });
      }
      return runner.promise(operations.plain(wish));
    });
  }
  function first(key, args) {
    if (key === 'chmod') return mode(args[0]);
    if (key === 'utimes') return values.time(args[0]);
    if (key === 'truncate') return args[0] === undefined ? 0 : args[0];
    return args[0] === -1 ? 0xffffffff : args[0];
  }
  function second(key, args) {
    if (key === 'utimes') return values.time(args[1]);
    return args[1] === -1 ? 0xffffffff : args[1];
  }

  function openHandle(file, wanted, fileMode) {
    return new Promise((resolve, reject) => {
      native.open(file, wanted, fileMode, undefined, (error, fd) => {
        if (error) return reject(error);
        const handle = construct(Handle, [construct(Inner, [fd])]);
        tie(handle);
        resolve(handle);
      });
    });
  }

  put(promises, 'open', function(file, wanted, fileMode) {
    try {
      return openHandle(path(file), flags(wanted), mode(fileMode, 0o666));
    } catch (error) {
      return new Promise((resolve, reject) => { reject(error); });
    }
  });

  const isName = (file) => typeof file === 'string' || isUint8Array(file) ||
                           tools.isURL(file);

  // The work of Node's own function on a handle, which is closed afterwards.
  function withHandle(file, wanted, fileMode, work) {
    return new Promise((resolve, reject) => {
      then(openHandle(file, wanted, fileMode), (handle) => {
        const end = (settle) => (result) => {
          then(handle.close(), () => settle(result), reject);
        };
        then(work(handle), end(resolve), end(reject));
      }, reject);
    });
  }

  function putFile(key, flag, work) {
    put(promises, key, function(file, ...rest) {
      try {
        if (!isName(file)) {
          tie(file);
          return apply(original.promises[key], promises, [file, rest[0], rest[1]]);
        }
        return work(path(file), rest, flag);
      } catch (error) {
        return new Promise((resolve, reject) => { reject(error); });
      }
    });
  }
  putFile('readFile', 'r', (file, rest) => {
    const given = options(rest[0]);
    if (given.signal === undefined) {
      return runner.promise(operations.readFile({file, options: given}));
    }
    return withHandle(file, flags(given.flag), 0o666, (handle) =>
      original.promises.readFile(handle, given));
  });
  const write = (key) => (file, rest, flag) => {
    const given = options(rest[1]);
    const wanted = flags(given.flag === undefined ? flag : given.flag);
    const fileMode = mode(given.mode, 0o666);
    given.flag = undefined;
    return withHandle(file, wanted, fileMode, (handle) =>
      apply(original.promises.writeFile, promises, [handle, rest[0], given]));
  };
  putFile('writeFile', 'w', write('writeFile'));
  putFile('appendFile', 'a', write('appendFile'));
};
