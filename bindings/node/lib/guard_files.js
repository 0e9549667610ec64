'use strict';

// All of it is loaded before anything is guarded.
const makeFileOperations = require('./file_operations.js');
const makeFileValues = require('./file_values.js');
const guardFolders = require('./guard_folders.js');
const guardHandles = require('./guard_handles.js');
const makeRunner = require('./run_files.js');

// Puts guarded functions in the place of those of `fs` and `fs/promises` that
// take names or descriptors. What is asked of each name is the library's affair.

module.exports = function guardFiles(native, tools, fs, handleClasses) {
  const original = tools.assign({__proto__: null}, fs);
  original.promises = tools.assign({__proto__: null}, fs.promises);
  const values = makeFileValues(native, tools, original);
  const runner = makeRunner(native, tools);
  const made = makeFileOperations(native, tools, original, values);
  const {operations, needDescriptor, refuseDescriptor} = made;
  const {path, flags, mode, time, options, define} = values;
  const {apply, isArray, likeOriginal, nextTick, typeError} = tools;
  const {ways} = runner;

  const promises = fs.promises;
  const rows = {__proto__: null, fs: {__proto__: null},
                promises: {__proto__: null}};
  function put(where, key, wrapper) {
    if (fs === where) rows.fs[key] = true; else rows.promises[key] = true;
    if (!(key in where)) return;
    const from = where === fs ? original : original.promises;
    tools.defineProperty(wrapper, 'name', {
      __proto__: null, value: key, configurable: true,
    });
    tools.defineProperty(where, key, {
      __proto__: null, value: likeOriginal(wrapper, from[key]),
      enumerable: true, writable: true, configurable: true,
    });
  }
  function putAll(key, read, operation, answer) {
    const all = ways(read, operation, answer);
    put(fs, key + 'Sync', all.sync);
    put(fs, key, all.callback);
    put(promises, key, all.promise);
    return all;
  }
  // [name of the addon's function, arguments of the guest -> its arguments]
  function plain(key, wish) { return putAll(key, wish, operations.plain); }

  const whole = (value, what) => {
    if (typeof value === 'number') return value;
    throw typeError('ERR_INVALID_ARG_TYPE',
                    'The "' + what + '" argument must be of type number');
  };
  const id = (value, what) => {
    const number = whole(value, what);
    return number === -1 ? 0xffffffff : number;
  };

  // ---- Names ----
  plain('access', (a) => ['access', path(a[0]),
                          a[1] === undefined ? 0 : whole(a[1], 'mode')]);
  plain('symlink', (a) => ['symlink', path(a[0]), path(a[1])]);
  plain('link', (a) => ['link', path(a[0]), path(a[1])]);
  plain('rename', (a) => ['rename', path(a[0]), path(a[1])]);
  plain('unlink', (a) => ['unlink', path(a[0])]);
  plain('chmod', (a) => ['chmod', path(a[0]), mode(a[1])]);
  plain('chown', (a) => ['chown', path(a[0]), 1, id(a[1], 'uid'),
                         id(a[2], 'gid')]);
  plain('lchown', (a) => ['chown', path(a[0]), 0, id(a[1], 'uid'),
                          id(a[2], 'gid')]);
  plain('utimes', (a) => ['utimes', path(a[0]), 1, time(a[1]), time(a[2])]);
  plain('lutimes', (a) => ['utimes', path(a[0]), 0, time(a[1]), time(a[2])]);
  const truncate = ways(
      (a) => typeof a[0] === 'number' ?
          descriptorWish('ftruncate', a) :
          ['truncate', path(a[0]), a[1] === undefined ? 0 : whole(a[1], 'len')],
      operations.plain);
  put(fs, 'truncateSync', truncate.sync);
  put(fs, 'truncate', truncate.callback);
  put(promises, 'truncate', truncate.promise);

  putAll('readdir', (a) => {
    const given = options(a[1]);
    return {file: path(a[0]), encoding: given.encoding,
            withFileTypes: given.withFileTypes === true,
            recursive: given.recursive === true};
  }, operations.readdir);
  putAll('mkdir', (a) => {
    const given = typeof a[1] === 'object' ? options(a[1]) :
        {__proto__: null, mode: typeof a[1] === 'function' ? undefined : a[1]};
    return {file: path(a[0]), recursive: given.recursive === true,
            mode: mode(given.mode, 0o777)};
  }, operations.mkdir);
  putAll('mkdtemp', (a) => ({file: path(a[0]), encoding: options(a[1]).encoding}),
         operations.mkdtemp);
  putAll('readlink',
         (a) => ({file: path(a[0]), encoding: options(a[1]).encoding}),
         operations.readlink);
  const realpath = putAll(
      'realpath', (a) => ({file: path(a[0]), encoding: options(a[1]).encoding}),
      operations.realpath);
  define(fs.realpath, 'native', realpath.callback);
  define(fs.realpathSync, 'native', realpath.sync);
  putAll('stat', (a) => ({file: path(a[0]), options: options(a[1]), follow: 1}),
         operations.stat);
  putAll('lstat', (a) => ({file: path(a[0]), options: options(a[1]), follow: 0}),
         operations.stat);
  putAll('statfs', (a) => ({file: path(a[0]), options: options(a[1])}),
         operations.statfs);
  putAll('rm', (a) => ({file: path(a[0]), options: options(a[1])}),
         operations.rm);
  putAll('rmdir', (a) => ({file: path(a[0]), options: options(a[1])}),
         operations.rmdir);
  putAll('copyFile', (a) => ({
    from: path(a[0]), to: path(a[1]),
    how: typeof a[2] === 'number' ? a[2] : 0,
  }), operations.copyFile);
  putAll('cp', (a) => ({
    from: path(a[0]), to: path(a[1]), options: options(a[2]),
  }), operations.cp);

  // These never fail: whoever may not know is told "no".
  const exists = ways((a) => ({file: path(a[0])}), operations.exists,
                      (callback, error, result) => {
                        apply(callback, undefined, [result === true]);
                      });
  put(fs, 'exists', exists.callback);
  put(fs, 'existsSync', function existsSync(file) {
    try {
      native.access(path(file), 0);
      return true;
    } catch {
      return false;
    }
  });
  // The two that programs call most, without the detour of a generator.
  const statSync = fs.statSync;
  put(fs, 'statSync', function(file, given) {
    if (given !== undefined) return statSync(file, given);
    native.stat(path(file), 1);
    return values.stats(false);
  });
  const readFileSync = ways(
      (a) => ({file: fileOf(a[0]), options: options(a[1])}),
      operations.readFile);
  put(fs, 'readFileSync', function(file, given) {
    if (typeof file === 'string') {
      if (given === undefined) return native.readFile(file, 0);
      if (given === 'utf8' || given === 'utf-8') return native.readFile(file, 1);
    }
    return readFileSync.sync(file, given);
  });
  put(fs, 'readFile', readFileSync.callback);

  function fileOf(file) { return typeof file === 'number' ? file : path(file); }
  const writeRead = (flag) => (a) => ({
    file: fileOf(a[0]), data: a[1], options: options(a[2]), flag,
  });
  const writeFile = ways(writeRead('w'), operations.writeFile);
  put(fs, 'writeFileSync', writeFile.sync);
  put(fs, 'writeFile', writeFile.callback);
  const appendFile = ways(writeRead('a'), operations.writeFile);
  put(fs, 'appendFileSync', appendFile.sync);
  put(fs, 'appendFile', appendFile.callback);
  const open = ways(
      (a) => ['open', path(a[0]),
              flags(typeof a[1] === 'function' ? undefined : a[1]),
              mode(typeof a[2] === 'function' ? undefined : a[2], 0o666)],
      operations.plain);
  put(fs, 'openSync', open.sync);
  put(fs, 'open', open.callback);

  // ---- Descriptors ----
  function descriptorWish(kind, a) {
    const fd = whole(a[0], 'fd');
    needDescriptor(fd, 2);
    if (kind === 'fchmod') return ['fchmod', fd, mode(a[1])];
    if (kind === 'fchown') {
      return ['fchown', fd, id(a[1], 'uid'), id(a[2], 'gid')];
    }
    if (kind === 'futimes') return ['futimes', fd, time(a[1]), time(a[2])];
    return ['ftruncate', fd, a[1] === undefined || a[1] === null ||
            typeof a[1] === 'function' ? 0 : whole(a[1], 'len')];
  }
  const kDescriptorWishes = ['fchmod', 'fchown', 'futimes', 'ftruncate'];
  for (let i = 0; i < kDescriptorWishes.length; i++) {
    const kind = kDescriptorWishes[i];
    const all = ways((a) => descriptorWish(kind, a), operations.plain);
    put(fs, kind + 'Sync', all.sync);
    put(fs, kind, all.callback);
  }
  const kRights = {
    __proto__: null, read: 1, readv: 1, fstat: 1, write: 2, writev: 2,
    fsync: 0, fdatasync: 0,
  };
  function refused(fd, right) {
    if (typeof fd !== 'number') return false;
    const rights = native.rights(fd);
    return rights === 0 || (rights & right) !== right;
  }
  const kDescriptorKeys = tools.keys(kRights);
  for (let i = 0; i < kDescriptorKeys.length; i++) {
    const key = kDescriptorKeys[i];
    const right = kRights[key];
    const now = original[key + 'Sync'];
    const later = original[key];
    put(fs, key + 'Sync', function(...args) {
      if (refused(args[0], right)) throw refuseDescriptor(args[0], right);
      return apply(now, fs, args);
    });
    put(fs, key, function(...args) {
      if (!refused(args[0], right)) return apply(later, fs, args);
      const callback = args[args.length - 1];
      if (typeof callback !== 'function') {
        throw typeError('ERR_INVALID_ARG_TYPE',
                        'The "cb" argument must be of type function');
      }
      nextTick(callback, refuseDescriptor(args[0], right));
    });
  }
  put(fs, 'closeSync', function(fd) {
    if (typeof fd === 'number' && native.close(fd)) return;
    if (typeof fd === 'number') throw badDescriptor();
    apply(original.closeSync, fs, [fd]);  // refuses it
  });
  put(fs, 'close', function(fd, callback = closed) {
    if (typeof fd !== 'number') return apply(original.close, fs, [fd, callback]);
    nextTick(callback, native.close(fd) ? null : badDescriptor());
  });
  function closed(error) { if (error) throw error; }
  function badDescriptor() {
    const error = new tools.Error('EBADF: bad file descriptor, close');
    define(error, 'errno', -9);
    define(error, 'code', 'EBADF');
    define(error, 'syscall', 'close');
    return error;
  }

  const shared = {
    __proto__: null, native, tools, fs, promises, original, values, runner,
    operations, needDescriptor, refuseDescriptor, put, rows,
  };
  guardHandles(shared, handleClasses);
  guardFolders(shared);
  return rows;
};
