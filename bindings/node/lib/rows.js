'use strict';

// Every name that modules of Node offer, in the versions that the adapter was
// made for, and what becomes of it. A name that has no row is refused: a test
// compares these lists with what Node really has.
//   free     touches nothing outside of the process
//   guarded  replaced, or guarded in what it stands on (guard_*.js)
//   asks     needs the permission that stands behind it
//   refused  always: no permission of a policy stands for it, or it would go
//            past the adapter
const names = (text) => text.split(' ').filter((name) => name !== '');
const module_ = (rows) => Object.freeze({__proto__: null, ...rows});

// Modules with several names: "assert/strict", "inspector/promises", "path/posix".
const assert = module_({
  free: names(
      'fail AssertionError ok equal notEqual deepEqual notDeepEqual ' +
      'deepStrictEqual notDeepStrictEqual strictEqual notStrictEqual throws ' +
      'rejects doesNotThrow doesNotReject ifError match doesNotMatch ' +
      'CallTracker strict partialDeepStrictEqual Assert '),
});
const inspector = module_({
  free: names(
      'close console Network NetworkResources DOMStorage '),
  asks: {
    __proto__: null,
    open: ['debug.attach'],
    url: ['debug.attach'],
    Session: ['debug.attach'],
    waitForDebugger: ['debug.attach'],
  },
});
const path = module_({
  free: names(
      'resolve normalize isAbsolute join relative toNamespacedPath dirname ' +
      'basename extname format parse matchesGlob sep delimiter win32 posix ' +
      '_makeLong '),
});
// Of util "sys" is the older name.
const util = module_({
  free: names(
      '_errnoException _exceptionWithHostPort _extend callbackify debug ' +
      'debuglog deprecate format styleText formatWithOptions ' +
      'getSystemErrorMap getSystemErrorName inherits inspect isArray ' +
      'isBoolean isBuffer isDeepStrictEqual isNull isNullOrUndefined isNumber ' +
      'isString isSymbol isUndefined isRegExp isObject isDate isError ' +
      'isFunction isPrimitive log promisify stripVTControlCharacters ' +
      'toUSVString transferableAbortSignal transferableAbortController ' +
      'aborted types parseEnv parseArgs TextDecoder TextEncoder MIMEType ' +
      'MIMEParams convertProcessSignalToExitCode getCallSites ' +
      'getSystemErrorMessage isPartialDeepStrictEqual markPromiseAsHandled ' +
      'diff debounce throttle '),
  refused: names(
      'setTraceSigInt '),
});

module.exports = Object.freeze({
  __proto__: null,
  _http_agent: module_({
    guarded: names(
        'Agent globalAgent '),
  }),
  _http_client: module_({
    guarded: names(
        'ClientRequest '),
  }),
  _http_common: module_({
    free: names(
        '_checkInvalidHeaderChar _checkIsHttpToken chunkExpression ' +
        'continueExpression CRLF freeParser methods parsers kIncomingMessage ' +
        'HTTPParser isLenient prepareError calculateLenientFlags ' +
        'kSkipPendingData '),
  }),
  _http_incoming: module_({
    free: names(
        'IncomingMessage readStart readStop kDetachAbortSignal kHeadersCount ' +
        'asciiEqualIgnoreCase getRawHeader '),
  }),
  _http_outgoing: module_({
    free: names(
        'kHighWaterMark kUniqueHeaders parseUniqueHeadersOption ' +
        'validateHeaderName validateHeaderValue OutgoingMessage ' +
        'isValidHeaderName isValidHeaderValue '),
  }),
  _http_server: module_({
    free: names(
        'STATUS_CODES ServerResponse setupConnectionsTracking storeHTTPOptions ' +
        'kServerResponse httpServerPreClose kConnectionsCheckingInterval '),
    guarded: names(
        'Server _connectionListener '),
  }),
  _stream_duplex: module_({
    free: names(
        'fromWeb toWeb from '),
  }),
  _stream_passthrough: module_({
  }),
  _stream_readable: module_({
    free: names(
        'ReadableState _fromList from fromWeb toWeb wrap '),
  }),
  _stream_transform: module_({
  }),
  _stream_wrap: module_({
    free: names(
        'StreamWrap '),
  }),
  _stream_writable: module_({
    free: names(
        'WritableState fromWeb toWeb '),
  }),
  _tls_common: module_({
    free: names(
        'translatePeerCertificate '),
    guarded: names(
        'SecureContext createSecureContext '),
  }),
  _tls_wrap: module_({
    guarded: names(
        'TLSSocket Server createServer connect '),
  }),
  assert,
  'assert/strict': assert,
  async_hooks: module_({
    free: names(
        'AsyncLocalStorage createHook executionAsyncId triggerAsyncId ' +
        'executionAsyncResource asyncWrapProviders AsyncResource '),
  }),
  buffer: module_({
    free: names(
        'Buffer SlowBuffer transcode isUtf8 isAscii kMaxLength kStringMaxLength ' +
        'btoa atob constants INSPECT_MAX_BYTES Blob resolveObjectURL File ' +
        'isLatin1 '),
  }),
  child_process: module_({
    guarded: names(
        '_forkChild ChildProcess exec execFile execFileSync execSync fork spawn ' +
        'spawnSync '),
  }),
  cluster: module_({
    free: names(
        '_events _eventsCount _maxListeners isWorker isMaster isPrimary Worker ' +
        'workers settings SCHED_NONE SCHED_RR schedulingPolicy setupPrimary ' +
        'setupMaster disconnect '),
    guarded: names(
        'fork '),
  }),
  console: module_({
    free: names(
        'log warn dir time timeEnd timeLog trace assert clear count countReset ' +
        'group groupEnd table debug info dirxml error groupCollapsed Console ' +
        'profile profileEnd timeStamp context createTask _stdoutErrorHandler ' +
        '_stderrErrorHandler _ignoreErrors _times _stdout _stderr '),
  }),
  crypto: module_({
    free: names(
        'checkPrime checkPrimeSync createCipheriv createDecipheriv ' +
        'createDiffieHellman createDiffieHellmanGroup createECDH createHash ' +
        'createHmac createPrivateKey createPublicKey createSecretKey createSign ' +
        'createVerify diffieHellman generatePrime generatePrimeSync getCiphers ' +
        'getCipherInfo getCurves getDiffieHellman getHashes hkdf hkdfSync ' +
        'pbkdf2 pbkdf2Sync generateKeyPair generateKeyPairSync generateKey ' +
        'generateKeySync privateDecrypt privateEncrypt publicDecrypt ' +
        'publicEncrypt randomBytes randomFill randomFillSync randomInt ' +
        'randomUUID scrypt scryptSync sign timingSafeEqual getFips verify hash ' +
        'Certificate Cipher Cipheriv Decipher Decipheriv DiffieHellman ' +
        'DiffieHellmanGroup ECDH Hash Hmac KeyObject Sign Verify ' +
        'X509Certificate secureHeapUsed constants webcrypto subtle ' +
        'getRandomValues createCipher createDecipher fips prng ' +
        'pseudoRandomBytes rng argon2 argon2Sync createMac getMacs parsePKCS12 ' +
        'randomUUIDv7 encapsulate decapsulate '),
    refused: names(
        'setEngine setFips '),
  }),
  dgram: module_({
    guarded: names(
        '_createSocketHandle createSocket Socket '),
  }),
  diagnostics_channel: module_({
    free: names(
        'channel hasSubscribers subscribe tracingChannel unsubscribe Channel ' +
        'boundedChannel BoundedChannel '),
  }),
  dns: module_({
    free: names(
        'getDefaultResultOrder setDefaultResultOrder ADDRCONFIG ALL V4MAPPED ' +
        'NODATA FORMERR SERVFAIL NOTFOUND NOTIMP REFUSED BADQUERY BADNAME ' +
        'BADFAMILY BADRESP CONNREFUSED TIMEOUT EOF FILE NOMEM DESTRUCTION ' +
        'BADSTR BADFLAGS NONAME BADHINTS NOTINITIALIZED LOADIPHLPAPI ' +
        'ADDRGETNETWORKPARAMS CANCELLED getServers '),
    guarded: names(
        'lookup lookupService Resolver setServers resolve resolve4 resolve6 ' +
        'resolveAny resolveCaa resolveCname resolveMx resolveNaptr resolveNs ' +
        'resolvePtr resolveSoa resolveSrv resolveTxt reverse promises ' +
        'resolveTlsa '),
  }),
  'dns/promises': module_({
    free: names(
        'getDefaultResultOrder setDefaultResultOrder NODATA FORMERR SERVFAIL ' +
        'NOTFOUND NOTIMP REFUSED BADQUERY BADNAME BADFAMILY BADRESP CONNREFUSED ' +
        'TIMEOUT EOF FILE NOMEM DESTRUCTION BADSTR BADFLAGS NONAME BADHINTS ' +
        'NOTINITIALIZED LOADIPHLPAPI ADDRGETNETWORKPARAMS CANCELLED getServers '),
    guarded: names(
        'lookup lookupService Resolver setServers resolve resolve4 resolve6 ' +
        'resolveAny resolveCaa resolveCname resolveMx resolveNaptr resolveNs ' +
        'resolvePtr resolveSoa resolveSrv resolveTxt reverse resolveTlsa '),
  }),
  domain: module_({
    free: names(
        '_stack Domain createDomain create active '),
  }),
  events: module_({
    free: names(
        'addAbortListener once on getEventListeners getMaxListeners ' +
        'EventEmitter usingDomains captureRejectionSymbol captureRejections ' +
        'EventEmitterAsyncResource errorMonitor defaultMaxListeners ' +
        'setMaxListeners init listenerCount kMaxEventTargetListeners ' +
        'kMaxEventTargetListenersWarned '),
  }),
  fs: module_({
    free: names(
        'Dirent Stats ReadStream WriteStream FileReadStream FileWriteStream ' +
        '_toUnixTimestamp F_OK R_OK W_OK X_OK constants promises Utf8Stream '),
    guarded: names(
        'appendFile appendFileSync access accessSync chown chownSync chmod ' +
        'chmodSync close closeSync copyFile copyFileSync cp cpSync ' +
        'createReadStream createWriteStream exists existsSync fchown fchownSync ' +
        'fchmod fchmodSync fdatasync fdatasyncSync fstat fstatSync fsync ' +
        'fsyncSync ftruncate ftruncateSync futimes futimesSync lchown ' +
        'lchownSync lchmod lchmodSync link linkSync lstat lstatSync lutimes ' +
        'lutimesSync mkdir mkdirSync mkdtemp mkdtempSync open openSync ' +
        'openAsBlob readdir readdirSync read readSync readv readvSync readFile ' +
        'readFileSync readlink readlinkSync realpath realpathSync rename ' +
        'renameSync rm rmSync rmdir rmdirSync stat statfs statSync statfsSync ' +
        'symlink symlinkSync truncate truncateSync unwatchFile unlink ' +
        'unlinkSync utimes utimesSync watch watchFile writeFile writeFileSync ' +
        'write writeSync writev writevSync Dir opendir opendirSync glob ' +
        'globSync mkdtempDisposableSync openAsBlobSync '),
  }),
  'fs/promises': module_({
    free: names(
        'constants '),
    guarded: names(
        'access copyFile cp open opendir rename truncate rm rmdir mkdir readdir ' +
        'readlink symlink lstat stat statfs link unlink chmod lchmod lchown ' +
        'chown utimes lutimes realpath mkdtemp writeFile appendFile readFile ' +
        'watch glob mkdtempDisposable '),
  }),
  http: module_({
    free: names(
        '_connectionListener METHODS STATUS_CODES IncomingMessage ' +
        'OutgoingMessage ServerResponse validateHeaderName validateHeaderValue ' +
        'setMaxIdleHTTPParsers maxHeaderSize isValidHeaderName ' +
        'isValidHeaderValue websocketMask websocketUnmask CloseEvent ' +
        'MessageEvent '),
    guarded: names(
        'Agent ClientRequest Server createServer get request globalAgent ' +
        'WebSocket '),
    refused: names(
        'setGlobalProxyFromEnv '),
  }),
  http2: module_({
    free: names(
        'constants getDefaultSettings getPackedSettings getUnpackedSettings ' +
        'performServerHandshake sensitiveHeaders Http2ServerRequest ' +
        'Http2ServerResponse '),
    guarded: names(
        'connect createServer createSecureServer '),
  }),
  https: module_({
    guarded: names(
        'Agent globalAgent Server createServer get request '),
  }),
  inspector,
  'inspector/promises': inspector,
  module: module_({
    free: names(
        '_cache _pathCache globalPaths _debug isBuiltin _nodeModulePaths ' +
        '_resolveLookupPaths _initPaths _preloadModules syncBuiltinESMExports ' +
        'builtinModules findSourceMap SourceMap wrap wrapper constants ' +
        'findPackageJSON flushCompileCache getCompileCacheDir ' +
        'stripTypeScriptTypes getSourceMapsSupport '),
    asks: {
      __proto__: null,
      setSourceMapsSupport: ['fs.read'],
    },
    guarded: names(
        '_extensions _findPath _load _resolveFilename createRequire Module ' +
        'runMain register _stat _readPackage registerHooks enableCompileCache '),
  }),
  net: module_({
    free: names(
        '_normalizeArgs _setSimultaneousAccepts BlockList SocketAddress isIP ' +
        'isIPv4 isIPv6 getDefaultAutoSelectFamily setDefaultAutoSelectFamily ' +
        'getDefaultAutoSelectFamilyAttemptTimeout ' +
        'setDefaultAutoSelectFamilyAttemptTimeout '),
    guarded: names(
        '_createServerHandle connect createConnection createServer Server ' +
        'Socket Stream _TransferredBoundSocket BoundSocket '),
  }),
  'node:ffi': module_({
    refused: names(
        'DynamicLibrary dlopen dlclose dlsym exportArrayBuffer ' +
        'exportArrayBufferView exportString exportBuffer getInt8 getUint8 ' +
        'getInt16 getUint16 getInt32 getUint32 getInt64 getUint64 getFloat32 ' +
        'getFloat64 getCurrentEventLoop getRawPointer setInt8 setUint8 setInt16 ' +
        'setUint16 setInt32 setUint32 setInt64 setUint64 setFloat32 setFloat64 ' +
        'suffix toString toArrayBuffer toBuffer types '),
  }),
  'node:sea': module_({
    free: names(
        'isSea getAsset getRawAsset getAssetAsBlob getAssetKeys '),
  }),
  'node:sqlite': module_({
    free: names(
        'Statement StatementSync Session constants '),
    guarded: names(
        'Database DatabaseSync backup '),
  }),
  'node:test': module_({
    free: names(
        'expectFailure skip todo only after afterEach before beforeEach ' +
        'describe getTestContext it suite test mock assert '),
    refused: names(
        'run snapshot '),
  }),
  'node:test/reporters': module_({
    free: names(
        'dot junit spec tap lcov '),
  }),
  os: module_({
    free: names(
        'arch endianness platform tmpdir type machine constants EOL devNull '),
    asks: {
      __proto__: null,
      cpus: ['sys.info', 'cpus'],
      availableParallelism: ['sys.info', 'cpus'],
      freemem: ['sys.info', 'systemMemoryInfo'],
      totalmem: ['sys.info', 'systemMemoryInfo'],
      getPriority: ['sys.info', 'getPriority'],
      setPriority: ['sys.info', 'setPriority'],
      homedir: ['sys.info', 'homedir'],
      hostname: ['sys.info', 'hostname'],
      loadavg: ['sys.info', 'loadavg'],
      networkInterfaces: ['sys.info', 'networkInterfaces'],
      release: ['sys.info', 'osRelease'],
      version: ['sys.info', 'osRelease'],
      uptime: ['sys.info', 'osUptime'],
      userInfo: ['sys.info', 'userInfo'],
    },
  }),
  path,
  'path/posix': path,
  'path/win32': path,
  perf_hooks: module_({
    free: names(
        'Performance PerformanceEntry PerformanceMark PerformanceMeasure ' +
        'PerformanceObserver PerformanceObserverEntryList ' +
        'PerformanceResourceTiming monitorEventLoopDelay createHistogram ' +
        'performance constants eventLoopUtilization timerify ' +
        'createSlidingWindowHistogram importHistogram '),
  }),
  punycode: module_({
    free: names(
        'version ucs2 decode encode toASCII toUnicode '),
  }),
  querystring: module_({
    free: names(
        'unescapeBuffer unescape escape stringify encode parse decode '),
  }),
  readline: module_({
    free: names(
        'Interface clearLine clearScreenDown createInterface cursorTo ' +
        'emitKeypressEvents moveCursor promises '),
  }),
  'readline/promises': module_({
    free: names(
        'Interface Readline createInterface '),
  }),
  repl: module_({
    free: names(
        'writer REPL_MODE_SLOPPY REPL_MODE_STRICT Recoverable isValidSyntax ' +
        'builtinModules _builtinLibs '),
    asks: {
      __proto__: null,
      start: ['code.eval'],
      REPLServer: ['code.eval'],
    },
  }),
  stream: module_({
    free: names(
        'isDestroyed isDisturbed isErrored isReadable isWritable Readable ' +
        'Writable Duplex Transform PassThrough duplexPair pipeline ' +
        'addAbortSignal finished destroy compose setDefaultHighWaterMark ' +
        'getDefaultHighWaterMark promises Stream _isArrayBufferView ' +
        '_isUint8Array _uint8ArrayToBuffer '),
  }),
  'stream/consumers': module_({
    free: names(
        'arrayBuffer blob buffer text json bytes '),
  }),
  'stream/promises': module_({
    free: names(
        'finished pipeline '),
  }),
  'stream/web': module_({
    free: names(
        'ReadableStream ReadableStreamDefaultReader ReadableStreamBYOBReader ' +
        'ReadableStreamBYOBRequest ReadableByteStreamController ' +
        'ReadableStreamDefaultController TransformStream ' +
        'TransformStreamDefaultController WritableStream ' +
        'WritableStreamDefaultWriter WritableStreamDefaultController ' +
        'ByteLengthQueuingStrategy CountQueuingStrategy TextEncoderStream ' +
        'TextDecoderStream CompressionStream DecompressionStream ' +
        'ReadableStreamTee '),
  }),
  string_decoder: module_({
    free: names(
        'StringDecoder '),
  }),
  sys: util,
  timers: module_({
    free: names(
        'setTimeout clearTimeout setImmediate clearImmediate setInterval ' +
        'clearInterval _unrefActive active unenroll enroll promises '),
  }),
  'timers/promises': module_({
    free: names(
        'setTimeout setImmediate setInterval scheduler '),
  }),
  tls: module_({
    free: names(
        'CLIENT_RENEG_LIMIT CLIENT_RENEG_WINDOW DEFAULT_CIPHERS ' +
        'DEFAULT_ECDH_CURVE DEFAULT_MIN_VERSION DEFAULT_MAX_VERSION getCiphers ' +
        'rootCertificates convertALPNProtocols checkServerIdentity ' +
        'getCertificateCompressionAlgorithms getCACertificates ' +
        'setDefaultCACertificates '),
    guarded: names(
        'createSecureContext SecureContext TLSSocket Server createServer ' +
        'connect createSecurePair '),
  }),
  trace_events: module_({
    free: names(
        'getEnabledCategories '),
    refused: names(
        'createTracing '),
  }),
  tty: module_({
    free: names(
        'isatty '),
    guarded: names(
        'ReadStream WriteStream '),
  }),
  url: module_({
    free: names(
        'Url parse resolve resolveObject format URL URLSearchParams ' +
        'domainToASCII domainToUnicode pathToFileURL fileURLToPath ' +
        'urlToHttpOptions URLPattern fileURLToPathBuffer '),
  }),
  util,
  'util/types': module_({
    free: names(
        'isExternal isDate isArgumentsObject isBigIntObject isBooleanObject ' +
        'isNumberObject isStringObject isSymbolObject isNativeError isRegExp ' +
        'isAsyncFunction isGeneratorFunction isGeneratorObject isPromise isMap ' +
        'isSet isMapIterator isSetIterator isWeakMap isWeakSet isArrayBuffer ' +
        'isDataView isSharedArrayBuffer isProxy isModuleNamespaceObject ' +
        'isAnyArrayBuffer isBoxedPrimitive isArrayBufferView isTypedArray ' +
        'isUint8Array isUint8ClampedArray isUint16Array isUint32Array ' +
        'isInt8Array isInt16Array isInt32Array isFloat32Array isFloat64Array ' +
        'isBigInt64Array isBigUint64Array isKeyObject isCryptoKey ' +
        'isFloat16Array '),
  }),
  v8: module_({
    free: names(
        'cachedDataVersionTag getHeapStatistics getHeapSpaceStatistics ' +
        'getHeapCodeStatistics Serializer Deserializer DefaultSerializer ' +
        'DefaultDeserializer deserialize takeCoverage stopCoverage serialize ' +
        'promiseHooks GCProfiler getCppHeapStatistics ' +
        'isStringOneByteRepresentation startCpuProfile startHeapProfile '),
    guarded: names(
        'writeHeapSnapshot '),
    refused: names(
        'setFlagsFromString startupSnapshot setHeapSnapshotNearHeapLimit ' +
        'setHeapProfileNearHeapLimit '),
    asks: {
      __proto__: null,
      getHeapSnapshot: ['debug.attach'],
      queryObjects: ['debug.attach'],
    },
  }),
  vm: module_({
    free: names(
        'isContext measureMemory constants '),
    asks: {
      __proto__: null,
      createContext: ['code.eval'],
      Script: ['code.eval'],
      createScript: ['code.eval'],
      runInContext: ['code.eval'],
      runInNewContext: ['code.eval'],
      runInThisContext: ['code.eval'],
      compileFunction: ['code.eval'],
    },
  }),
  wasi: module_({
    guarded: names(
        'WASI '),
  }),
  worker_threads: module_({
    free: names(
        'isMainThread MessagePort MessageChannel markAsUntransferable ' +
        'receiveMessageOnPort resourceLimits ' +
        'postMessageToThread threadId SHARE_ENV parentPort workerData ' +
        'BroadcastChannel setEnvironmentData getEnvironmentData ' +
        'isInternalThread markAsUncloneable isMarkedAsUntransferable threadName ' +
        'locks '),
    guarded: names(
        'Worker '),
    asks: {
      __proto__: null,
      moveMessagePortToContext: ['code.eval'],
    },
  }),
  zlib: module_({
    free: names(
        'crc32 Deflate Inflate Gzip Gunzip DeflateRaw InflateRaw Unzip ' +
        'BrotliCompress BrotliDecompress deflate deflateSync gzip gzipSync ' +
        'deflateRaw deflateRawSync unzip unzipSync inflate inflateSync gunzip ' +
        'gunzipSync inflateRaw inflateRawSync brotliCompress brotliCompressSync ' +
        'brotliDecompress brotliDecompressSync createDeflate createInflate ' +
        'createDeflateRaw createInflateRaw createGzip createGunzip createUnzip ' +
        'createBrotliCompress createBrotliDecompress constants codes Z_NO_FLUSH ' +
        'Z_PARTIAL_FLUSH Z_SYNC_FLUSH Z_FULL_FLUSH Z_FINISH Z_BLOCK Z_OK ' +
        'Z_STREAM_END Z_NEED_DICT Z_ERRNO Z_STREAM_ERROR Z_DATA_ERROR ' +
        'Z_MEM_ERROR Z_BUF_ERROR Z_VERSION_ERROR Z_NO_COMPRESSION Z_BEST_SPEED ' +
        'Z_BEST_COMPRESSION Z_DEFAULT_COMPRESSION Z_FILTERED Z_HUFFMAN_ONLY ' +
        'Z_RLE Z_FIXED Z_DEFAULT_STRATEGY ZLIB_VERNUM DEFLATE INFLATE GZIP ' +
        'GUNZIP DEFLATERAW INFLATERAW UNZIP Z_MIN_WINDOWBITS Z_MAX_WINDOWBITS ' +
        'Z_DEFAULT_WINDOWBITS Z_MIN_CHUNK Z_MAX_CHUNK Z_DEFAULT_CHUNK ' +
        'Z_MIN_MEMLEVEL Z_MAX_MEMLEVEL Z_DEFAULT_MEMLEVEL Z_MIN_LEVEL ' +
        'Z_MAX_LEVEL Z_DEFAULT_LEVEL ZstdCompress ZstdDecompress zstdCompress ' +
        'zstdCompressSync zstdDecompress zstdDecompressSync createZstdCompress ' +
        'createZstdDecompress ZipEntry ZipFile ZipBuffer createZipArchive ' +
        'createZipArchiveSync zipFiles getMaxZipContentSize ' +
        'setMaxZipContentSize ZSTD_DECOMPRESS ZSTD_COMPRESS ZSTD_e_continue ' +
        'ZSTD_e_flush ZSTD_e_end ZSTD_fast ZSTD_dfast ZSTD_greedy ZSTD_lazy ' +
        'ZSTD_lazy2 ZSTD_btlazy2 ZSTD_btopt ZSTD_btultra ZSTD_btultra2 ' +
        'ZSTD_c_compressionLevel ZSTD_c_windowLog ZSTD_c_hashLog ' +
        'ZSTD_c_chainLog ZSTD_c_searchLog ZSTD_c_minMatch ZSTD_c_targetLength ' +
        'ZSTD_c_strategy ZSTD_c_enableLongDistanceMatching ZSTD_c_ldmHashLog ' +
        'ZSTD_c_ldmMinMatch ZSTD_c_ldmBucketSizeLog ZSTD_c_ldmHashRateLog ' +
        'ZSTD_c_contentSizeFlag ZSTD_c_checksumFlag ZSTD_c_dictIDFlag ' +
        'ZSTD_c_nbWorkers ZSTD_c_jobSize ZSTD_c_overlapLog ZSTD_d_windowLogMax ' +
        'ZSTD_CLEVEL_DEFAULT ZSTD_error_no_error ZSTD_error_GENERIC ' +
        'ZSTD_error_prefix_unknown ZSTD_error_version_unsupported ' +
        'ZSTD_error_frameParameter_unsupported ' +
        'ZSTD_error_frameParameter_windowTooLarge ' +
        'ZSTD_error_corruption_detected ZSTD_error_checksum_wrong ' +
        'ZSTD_error_literals_headerWrong ZSTD_error_dictionary_corrupted ' +
        'ZSTD_error_dictionary_wrong ZSTD_error_dictionaryCreation_failed ' +
        'ZSTD_error_parameter_unsupported ' +
        'ZSTD_error_parameter_combination_unsupported ' +
        'ZSTD_error_parameter_outOfBound ZSTD_error_tableLog_tooLarge ' +
        'ZSTD_error_maxSymbolValue_tooLarge ZSTD_error_maxSymbolValue_tooSmall ' +
        'ZSTD_error_stabilityCondition_notRespected ZSTD_error_stage_wrong ' +
        'ZSTD_error_init_missing ZSTD_error_memory_allocation ' +
        'ZSTD_error_workSpace_tooSmall ZSTD_error_dstSize_tooSmall ' +
        'ZSTD_error_srcSize_wrong ZSTD_error_dstBuffer_null ' +
        'ZSTD_error_noForwardProgress_destFull ' +
        'ZSTD_error_noForwardProgress_inputEmpty '),
  }),
  process: module_({
    free: names(
        'version versions arch platform release _rawDebug moduleLoadList ' +
        '_events _eventsCount _maxListeners domain _exiting exitCode config ' +
        'uptime _getActiveRequests _getActiveHandles getActiveResourcesInfo ' +
        'reallyExit cpuUsage resourceUsage constrainedMemory ' +
        'availableMemory exit hrtime openStdin allowedNodeEnvironmentFlags ' +
        'assert features _fatalException setUncaughtExceptionCaptureCallback ' +
        'hasUncaughtExceptionCaptureCallback emitWarning nextTick _tickCallback ' +
        'sourceMapsEnabled stdout stdin stderr abort umask ' +
        'cwd title argv execArgv pid ppid execPath debugPort argv0 ' +
        '_preload_modules noProcessWarnings threadCpuUsage ref unref ' +
        'finalization addUncaughtExceptionCaptureCallback '),
    guarded: names(
        'getuid geteuid getgid getegid getgroups dlopen chdir kill _kill env ' +
        'loadEnvFile report permission getBuiltinModule mainModule ' +
        'setSourceMapsEnabled memoryUsage '),
    refused: names(
        'binding _linkedBinding _debugProcess _debugEnd execve setuid seteuid ' +
        'setgid setegid setgroups initgroups _startProfilerIdleNotifier ' +
        '_stopProfilerIdleNotifier '),
  }),
});
