'use strict';

// What Node's functions on files do, in operations of the addon. Each is a
// generator (run_files.js). None looks at a file by itself.

module.exports = function makeFileOperations(native, tools, original, values) {
  const {
    bufferToString, bufferFrom, bufferConcat, charCode, isUint8Array,
    lastIndexOf, startsWith, substring, push, isArray, typeError, Error,
  } = tools;
  const {constants, path, flags, mode, time, options, name, define} = values;
  const Dirent = original.Dirent;

  // Own descriptors come with rights; of others nothing is known.
  function refuseDescriptor(fd, right) {
    const error = new Error(
        'Access to this API has been restricted: descriptor ' + fd);
    define(error, 'code', 'ERR_ACCESS_DENIED');
    define(error, 'permission',
           right === 2 ? 'FileSystemWrite' : 'FileSystemRead');
    define(error, 'resource', '' + fd);
    return error;
  }
  function needDescriptor(fd, right) {
    if (typeof fd !== 'number') return;  // Node refuses it
    if ((native.rights(fd) & right) !== right) throw refuseDescriptor(fd, right);
  }

  // A call of Node's own function on a descriptor.
  function own(key, list) {
    return {
      __proto__: null,
      sync: () => tools.apply(original[key + 'Sync'], undefined, list),
      async: (done) => {
        push(list, done);
        tools.apply(original[key], undefined, list);
      },
    };
  }

  // Opens, works, closes.
  function* withFile(name, wanted, fileMode, work) {
    const fd = yield ['open', name, wanted, fileMode];
    try {
      return yield work(fd);
    } finally {
      native.close(fd);
    }
  }

  function decoded(bytes, encoding) {
    return encoding === undefined || encoding === null ?
        bytes : bufferToString(bytes, encoding);
  }

  const operations = {__proto__: null};

  operations.readFile = function* (wanted) {
    const {file, options} = wanted;
    if (typeof file === 'number') {
      needDescriptor(file, 1);
      return yield own('readFile', [file, options]);
    }
    const encoding = options.encoding;
    const wantedFlags = flags(options.flag);
    if (wantedFlags === constants.O_RDONLY && options.signal === undefined) {
      const text = encoding === 'utf8' || encoding === 'utf-8';
      const result = yield ['readFile', file, text ? 1 : 0];
      return text ? result : decoded(result, encoding);
    }
    return yield* withFile(file, wantedFlags, 0o666,
                           (fd) => own('readFile', [fd, options]));
  };

  operations.writeFile = function* ({file, data, options, flag}) {
    if (typeof file === 'number') {
      needDescriptor(file, 2);
      return yield own('writeFile', [file, data, options]);
    }
    const wanted = flags(options.flag === undefined ? flag : options.flag);
    const fileMode = mode(options.mode, 0o666);
    options.flag = undefined;
    return yield* withFile(file, wanted, fileMode,
                           (fd) => own('writeFile', [fd, data, options]));
  };

  operations.stat = function* ({file, options, follow}) {
    try {
      yield ['stat', file, follow];
    } catch (error) {
      if (options.throwIfNoEntry === false && error.code === 'ENOENT') return;
      throw error;
    }
    return values.stats(options.bigint === true);
  };

  operations.statfs = function* ({file, options}) {
    yield ['statfs', file];
    return values.statFs(options.bigint === true);
  };

  operations.exists = function* ({file}) {
    try {
      yield ['access', file, 0];
      return true;
    } catch {
      return false;
    }
  };

  // As a parent is only looked for where it is missing, no right above the first
  // that is there is needed.
  operations.mkdir = function* ({file, recursive, mode}) {
    if (!recursive) {
      yield ['mkdir', file, mode];
      return undefined;
    }
    const missing = [];
    let at = isUint8Array(file) ? bufferToString(file, 'latin1') : file;
    const bytes = (text) =>
        isUint8Array(file) ? bufferFrom(text, 'latin1') : text;
    for (;;) {
      try {
        yield ['mkdir', bytes(at), mode];
        break;
      } catch (error) {
        if (error.code === 'EEXIST') {
          yield ['stat', bytes(at), 1];
          if ((native.numbers[1] & constants.S_IFMT) === constants.S_IFDIR) {
            at = undefined;
            break;
          }
        }
        const up = error.code === 'ENOENT' ? parent(at) : '';
        if (up === '' || up === at) throw error;
        push(missing, at);
        at = up;
      }
    }
    let first = at;
    for (let i = missing.length - 1; i >= 0; i--) {
      yield ['mkdir', bytes(missing[i]), mode];
      if (first === undefined) first = missing[i];
    }
    return first === undefined ? undefined : bytes(first);
  };

  function parent(text) {
    let end = text.length;
    while (end > 1 && charCode(text, end - 1) === 47) end--;
    const slash = lastIndexOf(substring(text, 0, end), '/');
    if (slash < 0) return '';
    return slash === 0 ? '/' : substring(text, 0, slash);
  }

  operations.mkdtemp = function* ({file, encoding}) {
    const made = yield ['mkdtemp', file];
    if (isUint8Array(file) || startsWith(file, '/')) return name(made, encoding);
    // As it was asked: relative to where it was.
    const text = bufferToString(made, 'utf8');
    const slash = lastIndexOf(file, '/');
    const result = (slash < 0 ? '' : substring(file, 0, slash + 1)) +
                   substring(text, lastIndexOf(text, '/') + 1);
    return encoding === 'buffer' ? bufferFrom(result) : result;
  };

  operations.readlink = function* ({file, encoding}) {
    return name(yield ['readlink', file], encoding);
  };
  operations.realpath = function* ({file, encoding}) {
    return name(yield ['realpath', file], encoding);
  };

  function join(folder, entry) {
    if (isUint8Array(folder) || isUint8Array(entry)) {
      return bufferConcat([
        isUint8Array(folder) ? folder : bufferFrom(folder), bufferFrom('/'),
        isUint8Array(entry) ? entry : bufferFrom(entry),
      ]);
    }
    return folder + '/' + entry;
  }

  // Entries with their types; where nobody tells one, it is looked at.
  function* entriesOf(folder) {
    const list = yield ['list', folder];
    const entries = [];
    for (let i = 0; i < list.length; i += 2) {
      let type = list[i + 1];
      if (type === 0) type = yield* typeOf(join(folder, list[i]));
      push(entries, {__proto__: null, bytes: list[i], type});
    }
    return entries;
  }

  function* typeOf(file) {
    try {
      yield ['stat', file, 0];
    } catch {
      return 0;
    }
    switch (native.numbers[1] & constants.S_IFMT) {
      case constants.S_IFREG: return 1;
      case constants.S_IFDIR: return 2;
      case constants.S_IFLNK: return 3;
      case constants.S_IFIFO: return 4;
      case constants.S_IFSOCK: return 5;
      case constants.S_IFCHR: return 6;
      case constants.S_IFBLK: return 7;
      default: return 0;
    }
  }

  function* readInto(result, folder, below, wanted) {
    const entries = yield* entriesOf(folder);
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i];
      const named = name(entry.bytes, wanted.encoding);
      if (wanted.withFileTypes) {
        push(result, new Dirent(named, entry.type, folder));
      } else {
        push(result, below === '' ? named : join(below, named));
      }
      if (wanted.recursive && entry.type === 2) {
        yield* readInto(result, join(folder, named),
                        below === '' ? named : join(below, named), wanted);
      }
    }
  }

  operations.readdir = function* (wanted) {
    const result = [];
    yield* readInto(result, wanted.file, '', wanted);
    return result;
  };

  function refusedDirectory(file) {
    const error = new Error('Path is a directory: rm returned EISDIR ' +
                            '(is a directory) ' + file);
    define(error, 'code', 'ERR_FS_EISDIR');
    define(error, 'errno', 21);
    define(error, 'syscall', 'rm');
    define(error, 'path', file);
    return error;
  }

  operations.rm = function* ({file, options}) {
    try {
      yield ['stat', file, 0];
      const is = native.numbers[1] & constants.S_IFMT;
      if (is !== constants.S_IFDIR) {
        yield ['unlink', file];
      } else if (options.recursive) {
        yield ['removeAll', file];
      } else {
        throw refusedDirectory(file);
      }
    } catch (error) {
      if (!(options.force && error.code === 'ENOENT')) throw error;
    }
  };

  operations.rmdir = function* ({file, options}) {
    if (options.recursive) yield ['removeAll', file];
    else yield ['rmdir', file];
  };

  operations.copyFile = function* ({from, to, how}) {
    if (how & constants.COPYFILE_FICLONE_FORCE) {
      throw typeError('ERR_INVALID_ARG_VALUE',
                      'COPYFILE_FICLONE_FORCE cannot be had here');
    }
    yield ['copyFile', from, to, how & constants.COPYFILE_EXCL ? 0 : 1];
  };

  function copyError(code, text) {
    const error = new Error(text);
    define(error, 'code', code);
    return error;
  }

  function* kindAt(file, follow) {
    try {
      yield ['stat', file, follow];
    } catch (error) {
      if (error.code === 'ENOENT') return 0;
      throw error;
    }
    return native.numbers[1] & constants.S_IFMT;
  }

  function* copyTree(from, to, options) {
    if (typeof options.filter === 'function') {
      const wanted = options.filter(from, to);
      if (wanted !== null && typeof wanted === 'object' &&
          typeof wanted.then === 'function') {
        throw copyError('ERR_INVALID_RETURN_VALUE',
                        'a filter that gives a promise is not supported');
      }
      if (!wanted) return;
    }
    const kind = yield* kindAt(from, options.dereference ? 1 : 0);
    const there = yield* kindAt(to, 0);
    if (kind === constants.S_IFDIR) {
      yield* copyFolder(from, to, there, options);
    } else if (kind === constants.S_IFREG) {
      yield* copyOne(from, to, there, options);
    } else if (kind === constants.S_IFLNK) {
      const target = yield ['readlink', from];
      if (there !== 0) yield ['unlink', to];
      yield ['symlink', target, to];
    } else {
      yield ['stat', from, 1];  // ENOENT, or
      throw copyError('ERR_FS_CP_UNKNOWN', 'cannot copy this kind of file');
    }
  }

  function* copyOne(from, to, there, options) {
    if (there !== 0 && options.force === false) {
      if (options.errorOnExist) {
        throw copyError('ERR_FS_CP_EEXIST', 'Target already exists');
      }
      return;
    }
    if (there === constants.S_IFDIR) {
      throw copyError('ERR_FS_CP_NON_DIR_TO_DIR',
                      'Cannot overwrite directory with non-directory');
    }
    yield ['copyFile', from, to, 1];
    if (options.preserveTimestamps) {
      yield ['stat', from, 1];
      yield ['utimes', to, 1, native.numbers[10] / 1e9,
             native.numbers[11] / 1e9];
    }
  }

  function* copyFolder(from, to, there, options) {
    if (!options.recursive) {
      throw copyError('ERR_FS_EISDIR', 'Recursive option not enabled, cannot ' +
                                       'copy a directory');
    }
    if (there !== 0 && there !== constants.S_IFDIR) {
      throw copyError('ERR_FS_CP_DIR_TO_NON_DIR',
                      'Cannot overwrite non-directory with directory');
    }
    if (startsWith(to + '/', from + '/')) {
      throw copyError('ERR_FS_CP_EINVAL',
                      'Cannot copy a directory to a subdirectory of self');
    }
    const entries = yield* entriesOf(from);
    if (there === 0) yield ['mkdir', to, 0o777];
    for (let i = 0; i < entries.length; i++) {
      const entry = bufferToString(entries[i].bytes, 'utf8');
      yield* copyTree(from + '/' + entry, to + '/' + entry, options);
    }
  }

  operations.cp = function* ({from, to, options}) {
    if (typeof from !== 'string' || typeof to !== 'string') {
      throw typeError('ERR_INVALID_ARG_TYPE', 'cp takes strings and URLs');
    }
    yield* copyTree(from, to, options);
  };

  // One call of the addon and nothing else.
  operations.plain = function* (wish) { return yield wish; };

  return {__proto__: null, operations, needDescriptor, refuseDescriptor, own};
};
