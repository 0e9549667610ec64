'use strict';

// Where code comes from: modules, workers, text, native code, WebAssembly's
// system interface, and databases that open files by themselves.

module.exports = function guardCode(native, tools, modules, names, fs, preload) {
  const {apply, assign, bufferToString, construct, create, defineProperty,
         endsWith, fileURLToPath, indexOf, isArray, isURL, push, startsWith,
         substring, toLowerCase, typeError, URL} = tools;
  const {ask, refuse, replace, twinOf} = names;
  const Module = modules.module;

  // ---- Workers: the adapter is the first that runs in them ----
  const threads = modules.worker_threads;
  const Original = threads.Worker;
  function optionsOf(given) {
    const options = assign(create(null), given);
    const argv = ['-r', preload];
    const more = options.execArgv === undefined || options.execArgv === null ?
        inheritedArgv : checkedArgv(options.execArgv);
    for (let i = 0; i < more.length; i++) push(argv, more[i]);
    options.execArgv = argv;
    if (options.env !== undefined && options.env !== null &&
        typeof options.env === 'object') {
      options.env = assign(create(null), options.env);
      // Node reads options from there.
      delete options.env.NODE_OPTIONS;
    }
    return options;
  }
  // Others write files, open a debugger, or change what the adapter stands on.
  // `true`: a value follows, unless it stands behind "=".
  const kOptions = {
    __proto__: null, '-r': true, '--require': true, '--import': true, '-C': true,
    '--conditions': true, '--input-type': true, '--unhandled-rejections': true,
    '--stack-trace-limit': true, '--no-warnings': false, '--warnings': false,
    '--trace-warnings': false, '--trace-deprecation': false,
    '--trace-uncaught': false, '--no-deprecation': false,
    '--throw-deprecation': false, '--pending-deprecation': false,
    '--preserve-symlinks': false,
  };
  function checkedArgv(given) {
    const result = [];
    let isValue = false;
    for (let i = 0; isArray(given) && i < given.length; i++) {
      const word = '' + given[i];
      push(result, word);
      if (isValue) {
        isValue = false;
        continue;
      }
      const end = indexOf(word, '=');
      const takes = kOptions[end < 0 ? word : substring(word, 0, end)];
      if (takes === undefined || !takes && end >= 0) {
        throw typeError('ERR_WORKER_INVALID_EXEC_ARGV',
                        'an option that guests may not give: ' + word);
      }
      isValue = takes && end < 0;
    }
    return result;
  }
  // However the program was told to load the adapter.
  function isPreload(name) {
    try {
      return Module.createRequire(process.cwd() + '/').resolve(name) === preload;
    } catch {
      return false;
    }
  }
  const inheritedArgv = [];
  const {execArgv} = process;
  for (let i = 0; i < execArgv.length; i++) {
    // Those of the process as a whole are none of a worker.
    if ((execArgv[i] === '-r' || execArgv[i] === '--require') &&
        isPreload(execArgv[i + 1])) i++;
    else if (!isOfProcess(execArgv[i])) inheritedArgv.push(execArgv[i]);
  }
  function isOfProcess(word) {
    return word.startsWith('--permission') || word.startsWith('--allow-') ||
           word.startsWith('--experimental-permission') ||
           word.startsWith('--disallow-code') || word === '--disable-sigusr1' ||
           word.startsWith('--title') || word.startsWith('--max-');
  }
  // Looked at once: an object may say something else the next time.
  function targetOf(file) {
    if (typeof file === 'string') return file;
    const text = isURL(file) ? '' + file.href : '';
    if (startsWith(text, 'file:')) return fileURLToPath(text);
    if (startsWith(text, 'data:')) return new URL(text);
    throw typeError('ERR_INVALID_ARG_TYPE', 'The "filename" argument must be a ' +
                    'string or a URL of a file or of data');
  }
  const Worker = function(file, given) {
    ask(['thread.create']);
    const options = optionsOf(given);
    const target = targetOf(file);
    if (options.eval || typeof target !== 'string') ask(['code.eval']);
    if (new.target === undefined) {
      throw typeError('ERR_CONSTRUCT_CALL_REQUIRED',
                      'Class constructor Worker cannot be invoked without `new`');
    }
    return construct(Original, [target, options],
                     new.target === Worker ? Original : new.target);
  };
  threads.Worker = twinOf(Worker, Original);

  // ---- Text as code ----
  const refusedEval = function() {
    ask(['code.eval']);
    throw new tools.Error('code from strings was denied when the program began');
  };
  function guardEval() {
    const {getPrototypeOf} = tools;
    const makers = [
      function() {}, async function() {}, function* () {}, async function* () {},
    ];
    const mayEval = native.has('code.eval');
    for (const one of makers) {
      const prototype = getPrototypeOf(one);
      const original = prototype.constructor;
      const twin = function(...args) {
        ask(['code.eval']);
        return construct(original, args, new.target ?? original);
      };
      defineProperty(twin, 'prototype', {__proto__: null, value: prototype,
                                         writable: false});
      defineProperty(twin, 'name', {__proto__: null, value: original.name});
      defineProperty(prototype, 'constructor', {
        __proto__: null, value: twin, writable: false, configurable: false,
      });
      if (original === Function) globalThis.Function = twin;
    }
    // Where it is granted, eval() keeps its view of local variables.
    if (!mayEval) globalThis.eval = refusedEval;
  }
  guardEval();

  // ---- Modules ----
  // Hooks on another thread would run where the adapter is not.
  const {register} = Module;
  replace(Module, 'register', () => refuse('module.register'));
  for (const key of ['enableCompileCache']) {
    if (key in Module) replace(Module, key, () => refuse('module.' + key));
  }
  const kWithoutText = 'data:text/javascript,' + encodeURIComponent(`
    const denied = () => Object.assign(
        new Error('Access to this API has been restricted: code.eval'),
        {code: 'ERR_ACCESS_DENIED', permission: 'code.eval', resource: ''});
    export function load(url, context, next) {
      if (url.startsWith('data:')) throw denied();
      return next(url, context);
    }`);
  function isNative(file) { return endsWith(toLowerCase(file), '.node'); }

  // What the loader of ES modules gets to read is read here.
  function loaded(url, context, next) {
    if (startsWith(url, 'file:')) {
      const file = fileURLToPath(url);
      if (context.format === 'module' || context.format === 'json') {
        return {format: context.format, source: fs.readFileSync(file),
                shortCircuit: true};
      }
      if (!isNative(file)) fs.closeSync(fs.openSync(file, 'r'));
    } else if (startsWith(url, 'data:')) {
      ask(['code.eval']);
    } else if (!startsWith(url, 'node:')) {
      ask(['code.import', url]);
    }
    return next(url, context);
  }
  if (Module.registerHooks === undefined) {
    // Node 20 has the loader of ES modules on a thread of its own, in which the
    // adapter runs as well. What is there denies by itself but for this one.
    const isThatThread = !threads.isMainThread && process.argv.length === 1;
    if (!isThatThread && !native.has('code.eval')) register(kWithoutText);
  } else {
    Module.registerHooks({load: loaded});
    const {registerHooks} = Module;
    Module.registerHooks = function(hooks) {
      ask(['code.eval']);
      return apply(registerHooks, Module, [hooks]);
    };
  }

  // Of a package that may not be read nothing is told. Node's loader looks here.
  const {_readPackage} = Module;
  if (typeof _readPackage === 'function') {
    Module._readPackage = function(folder) {
      const file = modules.path.resolve('' + folder, 'package.json');
      return native.has('fs.read', file) ?
          apply(_readPackage, Module, ['' + folder]) :
          {__proto__: null, exists: false};
    };
  }

  // What a file is loaded with, and no other text: a guest can call this, or
  // put something else in the place of what reads files.
  const {_compile} = Module.prototype;
  replace(Module.prototype, '_compile', () => function(text, file, format) {
    const name = '' + file;
    if (!native.has('code.eval') && !isTextOf(text, name)) ask(['code.eval']);
    return apply(_compile, this, [text, name, format]);
  });
  function isTextOf(text, file) {
    if (typeof text !== 'string') return false;
    try {
      const is = fs.readFileSync(file, 'utf8');
      return text === is || '\ufeff' + text === is;
    } catch {
      return false;  // of no file, or of one that may not be read
    }
  }

  // ---- WebAssembly's files: what lies below folders that are opened ----
  const wasi = modules.wasi;
  const OriginalWasi = wasi.WASI;
  const WASI = function(given) {
    const options = assign(create(null), given);
    options.preopens = assign(create(null), options.preopens);
    const guestNames = tools.keys(options.preopens);
    for (let i = 0; i < guestNames.length; i++) {
      const folder = fs.realpathSync('' + options.preopens[guestNames[i]]);
      ask(['wasi', folder]);
      options.preopens[guestNames[i]] = folder;
    }
    if (options.stdin !== undefined) needOwn(options.stdin);
    if (options.stdout !== undefined) needOwn(options.stdout);
    if (options.stderr !== undefined) needOwn(options.stderr);
    return construct(OriginalWasi, [options],
                     new.target === WASI || new.target === undefined ?
                       OriginalWasi : new.target);
  };
  function needOwn(fd) {
    if (typeof fd === 'number' && native.rights(fd) !== 0) return;
    throw typeError('ERR_INVALID_ARG_VALUE', 'not a descriptor of the guest');
  }
  wasi.WASI = twinOf(WASI, OriginalWasi);

  // ---- Databases: SQL can attach any file, so one in memory is all that can be
  // had without the right to all of them ----
  const sqlite = modules['node:sqlite'];
  function guardDatabase(key) {
    const OriginalDatabase = sqlite[key];
    if (typeof OriginalDatabase !== 'function') return;
    const Database = function(file, given) {
      const options = assign(create(null), given);
      if (options.allowExtension) ask(['code.load']);
      ask(['fs']);
      return construct(OriginalDatabase, [file, options],
                       new.target === Database || new.target === undefined ?
                         OriginalDatabase : new.target);
    };
    sqlite[key] = twinOf(Database, OriginalDatabase);
  }
  if (sqlite !== undefined) {
    guardDatabase('DatabaseSync');
    guardDatabase('Database');
    const {backup} = sqlite;
    if (backup !== undefined) {
      sqlite.backup = function(...args) {
        ask(['fs']);
        return apply(backup, sqlite, args);
      };
    }
  }

  // ---- Others ----
  const {writeHeapSnapshot} = modules.v8;
  modules.v8.writeHeapSnapshot = function(file, options) {
    ask(['debug.attach']);
    const name = typeof file === 'string' ? file :
        'Heap.' + tools.now() + '.' + process.pid + '.heapsnapshot';
    const fd = fs.openSync(name, 'w');
    try {
      apply(writeHeapSnapshot, modules.v8, ['/proc/self/fd/' + fd, options]);
    } finally {
      fs.closeSync(fd);
    }
    return name;
  };
  for (const key of ['ReadStream', 'WriteStream']) {
    const OriginalStream = modules.tty[key];
    const Stream = function(fd, options) {
      needOwn(fd);
      return construct(OriginalStream, [fd, options],
                       new.target === undefined || new.target === Stream ?
                         OriginalStream : new.target);
    };
    modules.tty[key] = twinOf(Stream, OriginalStream);
  }
  // OpenSSL's engines are native code.
  for (const module of [modules.tls, modules._tls_common]) {
    const createSecureContext = module?.createSecureContext;
    if (createSecureContext === undefined) continue;
    module.createSecureContext = function(given) {
      const options = given === undefined ? undefined :
          assign(create(null), given);
      if (options !== undefined && (options.clientCertEngine !== undefined ||
                                    options.privateKeyEngine !== undefined)) {
        ask(['code.load']);
      }
      return apply(createSecureContext, module, [options]);
    };
  }
};
