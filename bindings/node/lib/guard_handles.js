'use strict';

// `fs.promises.open` and what works with its file handles. Node gives nobody the
// class of handles; it is taken from the first one, of the adapter's own file,
// before any guest has one.

module.exports = function guardHandles(shared) {
  const {native, tools, promises, original, values, runner, operations, put} =
      shared;
  const {apply, construct, getPrototypeOf, getOwnPropertySymbols, isUint8Array,
         then, Promise} = tools;
  const {path, flags, mode, options, define} = values;

  let classes;  // a promise of {Handle, Inner}
  function handleClasses() {
    if (classes === undefined) {
      classes = new Promise((resolve, reject) => {
        then(original.promises.open(__filename, 'r'), (handle) => {
          const found = find(handle);
          guardMethods(found.Handle.prototype);
          then(handle.close(), () => resolve(found), reject);
        }, reject);
      });
    }
    return classes;
  }

  function find(handle) {
    const symbols = getOwnPropertySymbols(handle);
    for (let i = 0; i < symbols.length; i++) {
      const inner = handle[symbols[i]];
      if (symbols[i].description === 'kHandle' && inner !== null &&
          typeof inner === 'object') {
        return {__proto__: null, Handle: getPrototypeOf(handle).constructor,
                Inner: getPrototypeOf(inner).constructor};
      }
    }
    throw new tools.Error('this version of Node has another kind of FileHandle');
  }

  // A handle may do what it was opened for.
  const kRights = {
    __proto__: null, stat: 1, chmod: 2, chown: 2, truncate: 2, utimes: 2,
  };
  const kKinds = {
    __proto__: null, chmod: 'fchmod', chown: 'fchown', truncate: 'ftruncate',
    utimes: 'futimes',
  };

  function guardMethods(prototype) {
    const keys = tools.keys(kKinds);
    for (let i = 0; i < keys.length; i++) guardMethod(prototype, keys[i]);
    const stat = prototype.stat;
    define(prototype, 'stat', function(given) {
      if ((native.rights(this.fd) & kRights.stat) === 0) {
        return refusal(this.fd, 1);
      }
      return apply(stat, this, [given]);
    });
    const close = prototype.close;
    define(prototype, 'close', function() {
      const fd = this.fd;
      // Node closes it; the number is not the guest's any more.
      if (fd >= 0) native.release(fd);
      return apply(close, this, []);
    });
    define(prototype, Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose'),
           function() { return this.close(); });
  }

  function refusal(fd, right) {
    return new Promise((resolve, reject) => {
      reject(shared.refuseDescriptor(fd, right));
    });
  }

  function guardMethod(prototype, key) {
    define(prototype, key, function(...args) {
      const fd = this.fd;
      let wish;
      try {
        shared.needDescriptor(fd, kRights[key]);
        wish = [kKinds[key], fd, first(key, args), second(key, args)];
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
      then(handleClasses(), (found) => {
        native.open(file, wanted, fileMode, undefined, (error, fd) => {
          if (error) return reject(error);
          resolve(construct(found.Handle, [construct(found.Inner, [fd])]));
        });
      }, reject);
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
      if (!isName(file)) return apply(original.promises[key], promises,
                                      [file, rest[0], rest[1]]);
      try {
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
