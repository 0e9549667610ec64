'use strict';

// Arguments of Node's file functions, and what they give.

module.exports = function makeFileValues(native, tools, original) {
  const {
    apply, create, defineProperty, dateOf, getPrototypeOf, getTime, isArray,
    isDate, isURL, fileURLToPath, bufferToString, charCode, parseInt, typeError,
    getOwnPropertyDescriptor, Number,
  } = tools;
  const BigIntOf = BigInt;
  const constants = tools.assign({__proto__: null}, original.constants);

  function path(value) {
    return isURL(value) ? fileURLToPath(value) : value;
  }

  const kFlags = {
    __proto__: null,
    r: constants.O_RDONLY,
    rs: constants.O_RDONLY | constants.O_SYNC,
    'r+': constants.O_RDWR,
    'rs+': constants.O_RDWR | constants.O_SYNC,
    w: constants.O_TRUNC | constants.O_CREAT | constants.O_WRONLY,
    wx: constants.O_TRUNC | constants.O_CREAT | constants.O_WRONLY |
        constants.O_EXCL,
    'w+': constants.O_TRUNC | constants.O_CREAT | constants.O_RDWR,
    'wx+': constants.O_TRUNC | constants.O_CREAT | constants.O_RDWR |
           constants.O_EXCL,
    a: constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY,
    ax: constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY |
        constants.O_EXCL,
    as: constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY |
        constants.O_SYNC,
    'a+': constants.O_APPEND | constants.O_CREAT | constants.O_RDWR,
    'ax+': constants.O_APPEND | constants.O_CREAT | constants.O_RDWR |
           constants.O_EXCL,
    'as+': constants.O_APPEND | constants.O_CREAT | constants.O_RDWR |
           constants.O_SYNC,
  };
  kFlags.sr = kFlags.rs;
  kFlags['sr+'] = kFlags['rs+'];
  kFlags.xw = kFlags.wx;
  kFlags['xw+'] = kFlags['wx+'];
  kFlags.xa = kFlags.ax;
  kFlags['xa+'] = kFlags['ax+'];
  kFlags.sa = kFlags.as;
  kFlags['sa+'] = kFlags['as+'];

  function flags(value) {
    if (typeof value === 'number') return value;
    if (value === undefined || value === null) return constants.O_RDONLY;
    const known = typeof value === 'string' ? kFlags[value] : undefined;
    if (known === undefined) {
      throw typeError('ERR_INVALID_ARG_VALUE',
                      'The argument \'flags\' is invalid');
    }
    return known;
  }

  // A number, or octal digits.
  function mode(value, otherwise) {
    if (value === undefined || value === null) return otherwise;
    if (typeof value === 'number' && value >= 0 && value <= 0xffffffff) {
      return value;
    }
    let octal = typeof value === 'string' && value.length > 0 &&
                value.length < 12;
    for (let i = 0; octal && i < value.length; i++) {
      const code = charCode(value, i);
      octal = code >= 48 && code <= 55;
    }
    if (octal) return parseInt(value, 8);
    throw typeError('ERR_INVALID_ARG_VALUE',
                    'The argument \'mode\' must be a 32-bit unsigned integer ' +
                    'or an octal string');
  }

  // Of a number, a numeric text, or a Date: seconds since 1970.
  function time(value) {
    if (typeof value === 'number') {
      return value === value && value - value === 0 ? value :
          getTime(dateOf(tools.now())) / 1000;
    }
    if (typeof value === 'string' && +value == value) return +value;
    if (isDate(value)) return getTime(value) / 1000;
    throw typeError('ERR_INVALID_ARG_TYPE',
                    'A time must be a number, a numeric string or a Date');
  }

  // Options may be an encoding alone. A copy: nothing is read twice.
  function options(value) {
    if (typeof value === 'string') return {__proto__: null, encoding: value};
    if (value === undefined || value === null || typeof value === 'function') {
      return {__proto__: null};
    }
    if (typeof value !== 'object') {
      throw typeError('ERR_INVALID_ARG_TYPE',
                      'The "options" argument must be a string or an object');
    }
    return tools.assign({__proto__: null}, value);
  }

  // Bytes of a name as the encoding says.
  function name(bytes, encoding) {
    if (encoding === 'buffer') return bytes;
    return bufferToString(bytes, encoding === undefined || encoding === null ?
        'utf8' : encoding);
  }

  const statsPrototype = getPrototypeOf(original.fstatSync(2));
  const bigPrototype = getPrototypeOf(original.fstatSync(2, {bigint: true}));
  // Newer ones compute dates when they are asked for.
  const eagerDates = getOwnPropertyDescriptor(statsPrototype, 'atime') ===
                     undefined;
  const {numbers, integers} = native;

  function define(object, key, value) {
    defineProperty(object, key, {
      __proto__: null, value, enumerable: true, writable: true,
      configurable: true,
    });
  }

  const kFields = ['dev', 'mode', 'nlink', 'uid', 'gid', 'rdev', 'blksize',
                   'ino', 'size', 'blocks'];
  // The library tells three times; that of birth is given as Node gives it where
  // a file system knows none: as that of the last change.
  const kTimes = ['atime', 'mtime', 'ctime', 'birthtime'];
  const kTimesMs = ['atimeMs', 'mtimeMs', 'ctimeMs', 'birthtimeMs'];
  const kTimesNs = ['atimeNs', 'mtimeNs', 'ctimeNs', 'birthtimeNs'];
  const kTimeOf = [10, 11, 12, 12];

  function numberStats() {
    const stats = create(statsPrototype);
    for (let i = 0; i < 10; i++) stats[kFields[i]] = numbers[i];
    for (let i = 0; i < 4; i++) {
      stats[kTimesMs[i]] = numbers[kTimeOf[i]] / 1e6;
    }
    for (let i = 0; eagerDates && i < 4; i++) {
      define(stats, kTimes[i], dateOf(numbers[kTimeOf[i]] / 1e6));
    }
    return stats;
  }

  function bigStats() {
    const stats = create(bigPrototype);
    for (let i = 0; i < 10; i++) define(stats, kFields[i], integers[i]);
    for (let i = 0; i < 4; i++) {
      define(stats, kTimesMs[i], integers[kTimeOf[i]] / 1000000n);
      define(stats, kTimesNs[i], integers[kTimeOf[i]]);
    }
    for (let i = 0; eagerDates && i < 4; i++) {
      define(stats, kTimes[i], dateOf(numbers[kTimeOf[i]] / 1e6));
    }
    return stats;
  }

  // Of what the addon has just put into its numbers.
  function stats(big) { return big ? bigStats() : numberStats(); }

  const kStatFs = ['type', 'bsize', 'blocks', 'bfree', 'bavail', 'files',
                   'ffree'];
  function statFs(big) {
    const result = {};
    for (let i = 0; i < kStatFs.length; i++) {
      define(result, kStatFs[i], big ? integers[i] : numbers[i]);
    }
    return result;
  }

  return {
    __proto__: null, constants, path, flags, mode, time, options, name, stats,
    statFs, define,
  };
};
