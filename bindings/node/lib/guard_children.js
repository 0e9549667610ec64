'use strict';

// Programs are started by the library's launcher, under the kernel's backstop,
// with at most the rights that there are at that moment. A child that is this
// Node again gets the adapter and a sealed copy of the policy.

module.exports = function guardChildren(native, tools, modules, classes, sockets,
                                        preload) {
  const {apply, assign, bufferFrom, bufferToString, construct, create,
         defineProperty, Error, getOwnPropertyDescriptor, getPrototypeOf,
         isArray, isUint8Array, keys, nextTick, push, startsWith,
         typeError, weakGet, weakSet, WeakMap} = tools;
  const childProcess = modules.child_process;
  const execPath = process.execPath;
  const stderr = process.stderr;
  const {isURL, fileURLToPath} = tools;
  const kNotPermitted = -1;

  const signals = modules.os.constants.signals;
  const signalNames = create(null);
  const signalNumbers = create(null);
  for (const name of Object.keys(signals)) {
    signalNames[signals[name]] = name;
    signalNumbers[name] = signals[name];
  }
  // What programs inherit anyway, as far as they may.
  const inherited = create(null);
  for (const name of Object.keys(process.env)) {
    inherited[name + '=' + process.env[name]] = true;
  }

  function changed(pairs) {
    const result = [];
    for (let i = 0; pairs !== undefined && pairs !== null && i < pairs.length;
         i++) {
      const pair = '' + pairs[i];
      if (!inherited[pair]) push(result, pair);
    }
    return result;
  }

  // Of this Node the adapter comes first.
  function wordsOf(file, args) {
    const words = [file];
    if (file === execPath) {
      push(words, '-r');
      push(words, preload);
    }
    for (let i = 1; args !== undefined && args !== null && i < args.length; i++) {
      push(words, '' + args[i]);
    }
    return words;
  }

  function badDescriptor(fd) {
    const error = new Error('Access to this API has been restricted: ' +
                            'descriptor ' + fd);
    error.code = 'ERR_ACCESS_DENIED';
    error.permission = 'ChildProcess';
    error.resource = '' + fd;
    return error;
  }

  // The number in a handle of Node's, which is asked past what a guest can write.
  const numberGetters = [];
  for (const one of [classes.pipe, classes.tcp, classes.udp, classes.terminal]) {
    for (let at = one; at !== undefined && at !== null;
         at = getPrototypeOf(at)) {
      const is = getOwnPropertyDescriptor(at, 'fd');
      if (is === undefined || is.get === undefined) continue;
      push(numberGetters, is.get);
      break;
    }
  }
  function numberOf(handle) {
    for (let i = 0; i < numberGetters.length; i++) {
      try {
        const fd = apply(numberGetters[i], handle, []);
        if (typeof fd === 'number' && fd >= 0) return fd;
      } catch {
        // Of another class.
      }
    }
    throw badDescriptor('of no handle');
  }

  // Pairs for the addon. `pipes` gets the handles that are pipes.
  function descriptorsOf(stdio, pipes) {
    const result = [];
    for (let i = 0; i < stdio.length; i++) {
      const one = stdio[i];
      const type = one.type;
      if (type === 'ignore') continue;
      let from = -1;
      if (type === 'pipe' || type === 'overlapped') {
        push(pipes, one.handle);
      } else if (type === 'wrap') {
        from = numberOf(one.handle);
      } else {
        from = type === 'inherit' && one.fd === undefined ? i : one.fd;
        if (typeof from !== 'number' || native.rights(from) === 0) {
          throw badDescriptor(from);
        }
      }
      push(result, from);
      push(result, i);
    }
    return result;
  }

  // ---- ChildProcess.prototype.spawn calls this, whoever calls that ----
  const running = new WeakMap();
  function start(handle, file, args, cwd, pairs, stdio, uid, gid) {
    if (uid !== undefined && uid !== null || gid !== undefined && gid !== null) {
      return kNotPermitted;
    }
    const pipes = [];
    const descriptors = descriptorsOf(stdio, pipes);
    const started = native.spawn(
        wordsOf('' + file, args), changed(pairs), cwd, descriptors,
        (status, signal) => {
          apply(handle.onexit, handle,
                [status, signal === 0 ? '' : signalNames[signal]]);
        });
    if (!isArray(started)) {
      if (started.code === 'ERR_ACCESS_DENIED') throw started;
      return typeof started.errno === 'number' ? started.errno : kNotPermitted;
    }
    for (let i = 0; i < pipes.length; i++) {
      apply(sockets.openPipe, pipes[i], [started[2][i]]);
    }
    handle.pid = started[0];
    weakSet(running, handle, started[1]);
    return 0;
  }

  function guardProcess(prototype) {
    const put = (key, value) => defineProperty(prototype, key, {
      __proto__: null, value, enumerable: false, writable: true,
      configurable: true,
    });
    put('spawn', function(...a) {
      // Node 20 hands over one object, Node 26 its parts.
      if (a.length === 1) {
        const o = a[0];
        return start(this, o.file, o.args, o.cwd, o.envPairs, o.stdio, o.uid,
                     o.gid);
      }
      return start(this, a[0], a[1], a[2], a[3], a[4], a[6], a[7]);
    });
    put('kill', function(signal) {
      const child = weakGet(running, this);
      if (child === undefined) return -3;  // ESRCH
      if (native.enforce('process.signal', '@children') !== undefined) {
        return kNotPermitted;
      }
      return -native.signal(child, signal);
    });
    put('ref', function() { native.hold(weakGet(running, this), true); });
    put('unref', function() { native.hold(weakGet(running, this), false); });
  }
  if (classes.process !== undefined) guardProcess(classes.process);

  // ---- Those that wait. Node's own call an internal function, so they are
  // written anew: options as nodejs.org/api/child_process.html has them ----
  function text(value, what) {
    if (isURL(value)) return fileURLToPath(value);
    if (typeof value === 'string') return value;
    throw typeError('ERR_INVALID_ARG_TYPE',
                    'The "' + what + '" argument must be of type string');
  }
  function pairsOf(env) {
    const result = [];
    const from = env === undefined || env === null ? process.env : env;
    const names = keys(from);
    for (let i = 0; i < names.length; i++) {
      if (from[names[i]] !== undefined) {
        push(result, names[i] + '=' + from[names[i]]);
      }
    }
    return result;
  }
  function shellWords(file, args, shell) {
    let command = file;
    for (let i = 0; i < args.length; i++) command += ' ' + args[i];
    const program = typeof shell === 'string' ? shell : '/bin/sh';
    return [program, '-c', command];
  }
  function stdioOf(given) {
    const names = ['pipe', 'pipe', 'pipe'];
    if (typeof given === 'string') return [given, given, given];
    for (let i = 0; given !== undefined && given !== null && i < given.length;
         i++) {
      if (given[i] !== undefined && given[i] !== null) {
        if (i < 3) names[i] = given[i]; else push(names, given[i]);
      } else if (i >= 3) {
        push(names, 'ignore');
      }
    }
    return names;
  }
  function plan(options) {
    const wanted = stdioOf(options.stdio);
    const result = {__proto__: null, descriptors: [], pipes: []};
    for (let i = 0; i < wanted.length; i++) {
      let from = wanted[i];
      if (from === 'ignore') continue;
      if (from === 'pipe' || from === 'overlapped') {
        push(result.pipes, i);
        continue;
      }
      if (from === 'inherit') from = i;
      if (from !== null && typeof from === 'object') from = from.fd;
      if (typeof from !== 'number' || native.rights(from) === 0) {
        throw badDescriptor(from);
      }
      push(result.descriptors, from);
      push(result.descriptors, i);
    }
    return result;
  }
  function inputOf(options) {
    const input = options.input;
    if (input === undefined || input === null) return undefined;
    if (typeof input === 'string') {
      return bufferFrom(input, encodingOf(options) ?? 'utf8');
    }
    if (isUint8Array(input)) return input;
    throw typeError('ERR_INVALID_ARG_TYPE',
                    'options.input must be a string or a Uint8Array');
  }
  function encodingOf(options) {
    return options.encoding === undefined || options.encoding === null ||
        options.encoding === 'buffer' ? undefined : options.encoding;
  }
  function number(value, otherwise) {
    if (value === undefined || value === null) return otherwise;
    if (value === Infinity) return 0;
    if (typeof value === 'number' && value >= 0) return value - value % 1;
    throw typeError('ERR_OUT_OF_RANGE', 'a limit is not a number above 0');
  }
  function signalOf(value) {
    if (value === undefined || value === null) return 0;
    const found = typeof value === 'number' ? value : signalNumbers[value];
    if (found === undefined) {
      throw typeError('ERR_UNKNOWN_SIGNAL', 'Unknown signal');
    }
    return found;
  }
  function failure(code, file, words) {
    const error = new Error('spawnSync ' + file + ' ' + code);
    error.code = code;
    error.errno = code === 'ETIMEDOUT' ? -110 : -105;
    error.syscall = 'spawnSync ' + file;
    error.path = file;
    error.spawnargs = words;
    return error;
  }
  function run(words, given) {
    const options = assign(create(null), given);
    if (options.uid !== undefined || options.gid !== undefined) {
      throw badDescriptor('uid');
    }
    const what = plan(options);
    const all = wordsOf(words[0], words);
    const result = native.spawnSync(
        all, changed(pairsOf(options.env)),
        options.cwd === undefined || options.cwd === null ? undefined :
          text(options.cwd, 'options.cwd'),
        what.descriptors, inputOf(options), what.pipes,
        [number(options.timeout, 0), number(options.maxBuffer, 1024 * 1024),
         signalOf(options.killSignal)]);
    if (result.error !== undefined && result.error.code === 'ERR_ACCESS_DENIED') {
      throw result.error;
    }
    return shape(result, words, options);
  }
  function shape(result, words, options) {
    const answer = {
      error: undefined, status: null, signal: null, output: null,
      pid: result.pid === undefined ? 0 : result.pid, stdout: null, stderr: null,
    };
    if (result.error !== undefined) {
      answer.error = result.error;
      return answer;
    }
    if (result.exceeded !== '') {
      answer.error = failure(result.exceeded, words[0], words);
    } else {
      delete answer.error;
    }
    answer.status = result.signal === 0 ? result.status : null;
    answer.signal = result.signal === 0 ? null : signalNames[result.signal];
    const encoding = encodingOf(options);
    answer.output = [null, null, null];
    for (let i = 0; i < result.output.length; i++) {
      const bytes = result.output[i];
      if (bytes === undefined) continue;
      answer.output[i] = encoding === undefined ?
          bytes : bufferToString(bytes, encoding);
    }
    answer.stdout = answer.output[1];
    answer.stderr = answer.output[2];
    return answer;
  }

  function sorted(file, args, options) {
    if (!isArray(args)) {
      options = options === undefined ? args : options;
      args = [];
    }
    options = options === undefined || options === null ? {} : options;
    const words = [text(file, 'file')];
    const shell = options.shell;
    if (shell) return {words: shellWords(words[0], args, shell), options};
    for (let i = 0; i < args.length; i++) push(words, '' + args[i]);
    return {words, options};
  }
  childProcess.spawnSync = function spawnSync(file, args, options) {
    const what = sorted(file, args, options);
    return run(what.words, what.options);
  };
  function checked(result, options, command) {
    if (options.stdio === undefined && result.stderr !== null) {
      stderr.write(result.stderr);
    }
    if (result.error !== undefined) {
      throw assign(result.error, result);
    }
    if (result.status === 0) return result.stdout;
    let message = 'Command failed: ' + command;
    if (result.stderr !== null && result.stderr.length > 0) {
      message += '\n' + result.stderr;
    }
    throw assign(new Error(message), result);
  }
  childProcess.execFileSync = function execFileSync(file, args, options) {
    const what = sorted(file, args, options);
    let command = what.words[0];
    for (let i = 1; i < what.words.length; i++) command += ' ' + what.words[i];
    return checked(run(what.words, what.options), what.options, command);
  };
  childProcess.execSync = function execSync(command, options) {
    const given = options === undefined || options === null ? {} : options;
    const line = text(command, 'command');
    return checked(run(shellWords(line, [], given.shell), given), given, line);
  };
};
