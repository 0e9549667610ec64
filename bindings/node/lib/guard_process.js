'use strict';

// What a guest reaches through `process`, which needs no module.

module.exports = function guardProcess(native, tools, modules, names, fs,
                                       rows) {
  const {apply, defineProperty, getOwnPropertyDescriptor, ownKeys, Proxy,
         push} = tools;
  const {stringify} = JSON;
  const {ask, refuse, asking} = names;

  function put(key, value) {
    const is = getOwnPropertyDescriptor(process, key);
    if (is === undefined) return;
    defineProperty(process, key, {
      __proto__: null, value, enumerable: is.enumerable, writable: false,
      configurable: false,
    });
  }

  // Doors to Node's own inside, other users, another program in our place, and
  // what a later Node adds.
  const known = {__proto__: null};
  for (const list of [rows.free, rows.guarded]) {
    for (const key of list) known[key] = true;
  }
  for (const key of ownKeys(process)) {
    if (known[key] !== true && typeof key === 'string' &&
        typeof process[key] === 'function') {
      put(key, refuse('process.' + key));
    }
  }
  const kAsks = {
    __proto__: null, getuid: 'uid', geteuid: 'uid', getgid: 'gid',
    getegid: 'gid', getgroups: 'gid',
  };
  for (const key of Object.keys(kAsks)) {
    put(key, asking(['sys.info', kAsks[key]], process[key]));
  }

  // The kernel may keep the process from its own /proc: then the most memory
  // that it ever had stands for what it has.
  const {memoryUsage, resourceUsage} = process;
  const {getHeapStatistics} = modules.v8;
  const resident = memoryUsage.rss;
  function peak(error) {
    if (error.code !== 'EACCES') throw error;
    return apply(resourceUsage, process, []).maxRSS * 1024;
  }
  function usage() {
    try {
      return apply(memoryUsage, process, []);
    } catch (error) {
      const rss = peak(error);
      const heap = getHeapStatistics();
      return {rss, heapTotal: heap.total_heap_size,
              heapUsed: heap.used_heap_size, external: heap.external_memory,
              arrayBuffers: 0};
    }
  }
  usage.rss = function rss() {
    try {
      return apply(resident, memoryUsage, []);
    } catch (error) {
      return peak(error);
    }
  };
  put('memoryUsage', tools.freeze(usage));

  // Then Node reads the files that a program's text names, by itself.
  put('setSourceMapsEnabled', asking(['fs.read'], process.setSourceMapsEnabled));

  const {dlopen} = process;
  put('dlopen', function(module, file, flags) {
    // The object's own name: what is loaded is what was decided, as far as
    // nobody replaces it in a folder that the guest may load from.
    const real = fs.realpathSync(file);
    ask(['code.load', real]);
    return apply(dlopen, process,
                 flags === undefined ? [module, real] : [module, real, flags]);
  });

  const {chdir} = process;
  put('chdir', function(folder) {
    if (typeof folder !== 'string') {
      throw tools.typeError('ERR_INVALID_ARG_TYPE',
                            'The "directory" argument must be of type string');
    }
    if (!modules.worker_threads.isMainThread) return apply(chdir, process, [folder]);
    native.chdir(folder);
    // Node keeps what it knows of the folder: it is told that it is another.
    apply(chdir, process, ['.']);
  });

  // ---- Signals: whose process it is counts ----
  const {kill, _kill, pid} = process;
  const {SIGUSR1} = modules.os.constants.signals;
  const self = process;
  function whose(target) { return target === pid ? '@self' : '@others'; }
  function guardKill(original) {
    return function(target, signal) {
      const number = +target;
      const which = typeof signal === 'string' || signal === undefined ?
          signal : +signal;
      ask(['process.signal', whose(number)]);
      // Node opens its debugger for it.
      if ((number === pid || !(number > 0)) &&
          (which === 'SIGUSR1' || +which === SIGUSR1)) {
        ask(['debug.attach']);
      }
      return apply(original, self, [number, which]);
    };
  }
  put('kill', guardKill(kill));
  put('_kill', guardKill(_kill));

  // ---- Variables: each by its name, lists without what may not be read ----
  const variables = process.env;
  const has = (scope, name) => typeof name === 'string' &&
                               native.has(scope, name);
  // util.inspect() looks at the target of a proxy, past the handler: so that is
  // empty, and says what to show.
  const target = {};
  defineProperty(target, modules.util.inspect.custom, {
    __proto__: null, configurable: true, value: () => {
      const shown = {};
      const all = ownKeys(env);
      for (let i = 0; i < all.length; i++) shown[all[i]] = env[all[i]];
      return shown;
    },
  });
  const env = new Proxy(target, {
    __proto__: null,
    get: (_, name) => typeof name !== 'string' ? variables[name] :
        name in Object.prototype && !hasOwn(variables, name) ? variables[name] :
        has('env.read', name) ? variables[name] : undefined,
    has: (_, name) => has('env.read', name) && name in variables,
    set: (_, name, value) => {
      ask(['env.write', named(name)]);
      variables[name] = value;
      return true;
    },
    deleteProperty: (_, name) => {
      ask(['env.write', named(name)]);
      return delete variables[name];
    },
    defineProperty: (_, name, is) => {
      ask(['env.write', named(name)]);
      variables[name] = is.value;
      return true;
    },
    ownKeys: () => {
      const seen = [];
      const all = ownKeys(variables);
      for (let i = 0; i < all.length; i++) {
        if (has('env.read', all[i])) push(seen, all[i]);
      }
      return seen;
    },
    getOwnPropertyDescriptor: (_, name) => has('env.read', name) ?
        getOwnPropertyDescriptor(variables, name) : undefined,
    getPrototypeOf: () => Object.prototype,
    setPrototypeOf: () => false,
    preventExtensions: () => false,
  });
  function named(name) {
    if (typeof name === 'string') return name;
    throw tools.typeError('ERR_INVALID_ARG_TYPE', 'a variable is a string');
  }
  function hasOwn(target, name) {
    return getOwnPropertyDescriptor(target, name) !== undefined;
  }
  put('env', env);

  const {parseEnv} = modules.util;
  put('loadEnvFile', function(file = '.env') {
    const parsed = parseEnv(fs.readFileSync(file, 'utf8'));
    const keys = tools.keys(parsed);
    for (let i = 0; i < keys.length; i++) {
      if (!hasOwn(variables, keys[i])) env[keys[i]] = parsed[keys[i]];
    }
  });

  // ---- Reports: of the machine, the variables and the stack; into a file ----
  const {report} = process;
  const {getReport} = report;
  const telling = (error) => {
    ask(['env.read']);
    ask(['sys.info']);
    return apply(getReport, report, error === undefined ? [] : [error]);
  };
  let count = 0;
  put('report', tools.freeze({
    __proto__: null,
    getReport: telling,
    writeReport: (file, error) => {
      if (typeof file !== 'string') {
        error = file;
        file = 'report.' + tools.now() + '.' + pid + '.' + ++count + '.json';
      }
      fs.writeFileSync(file, stringify(telling(error), null, 2));
      return file;
    },
    directory: '', filename: '', compact: false, excludeNetwork: false,
    signal: 'SIGUSR2', reportOnFatalError: false, reportOnSignal: false,
    reportOnUncaughtException: false,
  }));
};
