'use strict';

// Open folders, watches, patterns of names, and what else looks at names over
// time.

module.exports = function guardFolders(shared) {
  const {native, tools, fs, promises, original, values, runner, operations,
         put} = shared;
  const {apply, freeze, Promise, push, typeError, weakGet, weakSet, WeakMap,
         nextTick, bufferToString, lastIndexOf, substring} = tools;
  const {path, options, define} = values;
  const EventEmitter = require('events');
  const {setInterval, clearInterval} = globalThis;
  const asyncIterator = Symbol.asyncIterator;

  // ---- fs.Dir: the entries are read when the folder is opened ----
  const states = new WeakMap();
  function stateOf(dir) {
    const state = weakGet(states, dir);
    if (state === undefined) {
      throw typeError('ERR_INVALID_THIS', 'not a Dir of this module');
    }
    if (state.closed) {
      const error = new tools.Error('Directory handle was closed');
      define(error, 'code', 'ERR_DIR_CLOSED');
      throw error;
    }
    return state;
  }
  const settled = (work) => new Promise((resolve) => { resolve(work()); });
  let token;  // only opendir() makes them
  class Dir {
    constructor(file, entries, given) {
      if (given !== token || token === undefined) {
        throw typeError('ERR_ILLEGAL_CONSTRUCTOR', 'Illegal constructor');
      }
      weakSet(states, this, {__proto__: null, file, entries, at: 0,
                             closed: false});
    }
    get path() { return weakGet(states, this).file; }
    readSync() {
      const state = stateOf(this);
      if (state.at >= state.entries.length) return null;
      return state.entries[state.at++];
    }
    read(callback) {
      if (callback === undefined) return settled(() => this.readSync());
      nextTick(callback, null, this.readSync());
    }
    closeSync() { stateOf(this).closed = true; }
    close(callback) {
      if (callback === undefined) return settled(() => this.closeSync());
      this.closeSync();
      nextTick(callback, null);
    }
    async* entries() {
      try {
        for (let one = this.readSync(); one !== null; one = this.readSync()) {
          yield one;
        }
      } finally {
        this.closeSync();
      }
    }
    [asyncIterator]() { return this.entries(); }
  }
  if (Symbol.dispose !== undefined) {
    define(Dir.prototype, Symbol.dispose, Dir.prototype.closeSync);
    define(Dir.prototype, Symbol.asyncDispose, function() {
      return this.close();
    });
  }
  function* openDir(wanted) {
    const entries = yield* operations.readdir(wanted);
    token = {};
    try {
      return new Dir(wanted.file, entries, token);
    } finally {
      token = undefined;
    }
  }
  const opendir = runner.ways((a) => {
    const given = options(a[1]);
    return {file: path(a[0]), encoding: given.encoding, withFileTypes: true,
            recursive: given.recursive === true};
  }, openDir);
  put(fs, 'opendirSync', opendir.sync);
  put(fs, 'opendir', opendir.callback);
  put(promises, 'opendir', opendir.promise);
  put(fs, 'Dir', Dir);

  // ---- Watches: of the object that was opened, by its descriptor ----
  const base = (file) => {
    const text = typeof file === 'string' ? file : bufferToString(file, 'utf8');
    return substring(text, lastIndexOf(text, '/') + 1);
  };
  // What the guest may know of: a name in a folder that it may see.
  function namer(file, folder, encoding) {
    const prefix = typeof file === 'string' ? file : bufferToString(file, 'utf8');
    return (changed) => {
      if (!folder) return values.name(tools.bufferFrom(base(file)), encoding);
      if (changed === null) return null;
      const text = typeof changed === 'string' ? changed :
          bufferToString(changed, 'utf8');
      return native.has('fs.read', prefix + '/' + text) ? changed : undefined;
    };
  }
  function watched(file, given) {
    if (given.recursive) {
      throw typeError('ERR_FEATURE_UNAVAILABLE_ON_PLATFORM',
                      'recursive watches cannot be guarded');
    }
    const fd = native.open(file, values.constants.O_RDONLY, 0);
    const folder = original.fstatSync(fd).isDirectory();
    return {__proto__: null, fd, file, at: '/proc/self/fd/' + fd,
            name: namer(file, folder, given.encoding)};
  }
  // Node's own error, about the name that the guest gave.
  function named(error, what) {
    if (error.path !== what.at) return error;
    error.message =
        substring(error.message, 0, -what.at.length - 2) + "'" + what.file + "'";
    error.path = what.file;
    error.filename = what.file;
    return error;
  }
  put(fs, 'watch', function(file, given, listener) {
    if (typeof given === 'function') listener = given;
    const wanted = options(given);
    const what = watched(path(file), wanted);
    let watcher;
    try {
      watcher = apply(original.watch, fs, [what.at, wanted]);
    } catch (error) {
      native.close(what.fd);
      throw named(error, what);
    }
    // Node's own watcher holds the object; the descriptor is needed no more.
    native.close(what.fd);
    return passOn(watcher, what.name, listener);
  });
  // Every event goes through here first, before listeners of the guest.
  function passOn(watcher, name, listener) {
    const emit = watcher.emit;
    define(watcher, 'emit', function(event, type, changed) {
      if (event !== 'change') return apply(emit, watcher, [event, type, changed]);
      const told = name(changed);
      if (told === undefined) return false;
      return apply(emit, watcher, [event, type, told]);
    });
    if (listener !== undefined) watcher.on('change', listener);
    return watcher;
  }
  put(promises, 'watch', function(file, given) {
    const wanted = options(given);
    const target = path(file);
    return (async function* () {
      const what = watched(target, wanted);
      try {
        const inner = apply(original.promises.watch, promises,
                            [what.at, wanted]);
        for await (const event of inner) {
          const told = what.name(event.filename);
          if (told !== undefined) {
            yield {eventType: event.eventType, filename: told};
          }
        }
      } catch (error) {
        throw named(error, what);
      } finally {
        native.close(what.fd);
      }
    })();
  });

  // ---- watchFile: stat() from time to time ----
  const polled = new tools.Map();
  const kNothing = (big) => {
    native.numbers.fill(0);
    native.integers.fill(0n);
    return values.stats(big);
  };
  function look(file, big) {
    try {
      native.stat(file, 1);
      return values.stats(big);
    } catch (error) {
      if (error.code === 'ERR_ACCESS_DENIED') throw error;
      return kNothing(big);
    }
  }
  class StatWatcher extends EventEmitter {
    ref() { this.timer.ref(); return this; }
    unref() { this.timer.unref(); return this; }
  }
  put(fs, 'watchFile', function(file, given, listener) {
    if (typeof given === 'function') listener = given;
    if (typeof listener !== 'function') {
      throw typeError('ERR_INVALID_ARG_TYPE',
                      'The "listener" argument must be of type function');
    }
    const wanted = options(given);
    const target = path(file);
    let watcher = tools.mapGet(polled, target);
    if (watcher === undefined) watcher = startPolling(target, wanted);
    watcher.on('change', listener);
    return watcher;
  });
  function startPolling(target, wanted) {
    const big = wanted.bigint === true;
    let last = look(target, big);
    const watcher = new StatWatcher();
    tools.mapSet(polled, target, watcher);
    const interval = typeof wanted.interval === 'number' ? wanted.interval : 5007;
    define(watcher, 'timer', setInterval(() => {
      let now;
      try {
        now = look(target, big);
      } catch {
        now = kNothing(big);  // a right that was dropped meanwhile
      }
      if (now.mtimeMs === last.mtimeMs && now.ctimeMs === last.ctimeMs &&
          now.size === last.size && now.ino === last.ino) {
        return;
      }
      const before = last;
      last = now;
      watcher.emit('change', now, before);
    }, interval));
    if (wanted.persistent === false) watcher.unref();
    return watcher;
  }
  put(fs, 'unwatchFile', function(file, listener) {
    const target = path(file);
    const watcher = tools.mapGet(polled, target);
    if (watcher === undefined) return;
    if (listener === undefined) watcher.removeAllListeners('change');
    else watcher.removeListener('change', listener);
    if (watcher.listenerCount('change') > 0) return;
    clearInterval(watcher.timer);
    tools.mapDelete(polled, target);
  });

  // ---- Others ----
  const Blob = globalThis.Blob;
  put(fs, 'openAsBlob', function(file, given) {
    return new Promise((resolve, reject) => {
      const type = options(given).type;
      native.readFile(path(file), 0, undefined, undefined, (error, bytes) => {
        if (error) reject(error);
        else resolve(new Blob([bytes], {type: type === undefined ? '' : type}));
      });
    });
  });
  put(fs, 'openAsBlobSync', function(file, given) {
    const type = options(given).type;
    return new Blob([native.readFile(path(file), 0)],
                    {type: type === undefined ? '' : type});
  });
  const remove = (file) => runner.sync(operations.rm(
      {file, options: {recursive: true, force: true}}));
  put(fs, 'mkdtempDisposableSync', function(prefix, given) {
    const made = fs.mkdtempSync(prefix, given);
    return {path: made, remove: () => remove(made),
            [Symbol.dispose]: () => remove(made)};
  });
  put(promises, 'mkdtempDisposable', async function(prefix, given) {
    const made = await promises.mkdtemp(prefix, given);
    const gone = async () => remove(made);
    return {path: made, remove: gone, [Symbol.asyncDispose]: gone};
  });
};
