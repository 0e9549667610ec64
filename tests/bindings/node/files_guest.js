'use strict';

// Every way of Node to a file, in each of its three forms.

const fs = require('fs');
const {works, denied, fails, called} = require('./check.js');

const W = process.env.APP_WORLD;
const D = W + '/data/';
const OUT = W + '/outside/file';
const promises = fs.promises;
const READ = 'FileSystemRead', WRITE = 'FileSystemWrite';

// One name in all forms that Node takes, for one operation in all its forms.
async function everywhere(name, key, args, permission) {
  const spellings = [
    [args[0], 'string'],
    [Buffer.from(args[0]), 'Buffer'],
    [new URL('file://' + args[0]), 'URL'],
    [D + '../' + args[0].slice(W.length + 1), '..'],
  ];
  for (const [file, kind] of spellings) {
    const list = [file, ...args.slice(1)];
    if (fs[key + 'Sync'] !== undefined) {
      await denied(`${name} sync ${kind}`, () => fs[key + 'Sync'](...list),
                   permission);
    }
    if (fs[key] !== undefined) {
      await denied(`${name} callback ${kind}`,
                   called((done) => fs[key](...list, done)), permission);
    }
    if (promises[key] !== undefined) {
      await denied(`${name} promise ${kind}`, () => promises[key](...list),
                   permission);
    }
  }
}

async function outside() {
  await everywhere('read', 'readFile', [OUT], READ);
  await everywhere('stat', 'stat', [OUT], READ);
  await everywhere('lstat', 'lstat', [OUT], READ);
  await everywhere('statfs', 'statfs', [OUT], READ);
  await everywhere('access', 'access', [OUT], READ);
  await everywhere('list', 'readdir', [W + '/outside'], READ);
  await everywhere('opendir', 'opendir', [W + '/outside'], READ);
  await everywhere('realpath', 'realpath', [OUT], READ);
  await everywhere('readlink', 'readlink', [OUT], READ);
  await everywhere('open', 'open', [OUT, 'r'], READ);
  await everywhere('write', 'writeFile', [OUT, 'x'], WRITE);
  await everywhere('append', 'appendFile', [OUT, 'x'], WRITE);
  await everywhere('truncate', 'truncate', [OUT, 0], WRITE);
  await everywhere('chmod', 'chmod', [OUT, 0o777], WRITE);
  await everywhere('chown', 'chown', [OUT, 1, 1], WRITE);
  await everywhere('lchown', 'lchown', [OUT, 1, 1], WRITE);
  await everywhere('utimes', 'utimes', [OUT, 1, 1], WRITE);
  await everywhere('lutimes', 'lutimes', [OUT, 1, 1], WRITE);
  await everywhere('unlink', 'unlink', [OUT], WRITE);
  await everywhere('rm', 'rm', [OUT]);
  await everywhere('rmdir', 'rmdir', [W + '/outside'], WRITE);
  await everywhere('mkdir', 'mkdir', [W + '/outside/new'], WRITE);
  await everywhere('mkdir -p', 'mkdir', [W + '/outside/a/b', {recursive: true}]);
  await everywhere('mkdtemp', 'mkdtemp', [W + '/outside/t-'], WRITE);
  await everywhere('rename', 'rename', [OUT, D + 'x']);
  await everywhere('link', 'link', [OUT, D + 'x']);
  await everywhere('copy', 'copyFile', [OUT, D + 'x'], READ);
  await denied('cp', () => fs.cpSync(OUT, D + 'x'), READ);
  await denied('cp promise', () => promises.cp(OUT, D + 'x'), READ);
  await denied('rename out', () => fs.renameSync(W + '/read/file', OUT));
  fs.writeFileSync(D + 'moved', '');
  for (const key of ['renameSync', 'copyFileSync', 'linkSync', 'symlinkSync']) {
    await works(key + ' names what was denied', () => {
      try {
        return fs[key](D + 'moved', OUT);
      } catch (error) {
        return error.resource;
      }
    }, OUT);
    // What it leads to is nothing that a guest may hear.
    for (const names of [[D + 'moved', D + 'folder/new'],
                         [D + 'folder/file', D + 'new']]) {
      if (key === 'symlinkSync' && names[1] === D + 'new') continue;
      await works(key + ' tells no links', () => {
        try {
          return fs[key](...names);
        } catch (error) {
          return names.includes(error.resource) && error.resource;
        }
      }, names[0] === D + 'moved' ? names[1] : names[0]);
    }
  }
  fs.unlinkSync(D + 'moved');
  await denied('copy out', () => fs.copyFileSync(W + '/read/file', OUT), WRITE);
  await denied('symlink out', () => fs.symlinkSync('/', W + '/outside/l'), WRITE);
  await denied('watch', () => fs.watch(OUT), READ);
  await works('a watch that the kernel refuses tells its name', () => {
    try {
      fs.watch(D).close();
      return true;
    } catch (error) {
      return error.path === D && error.message.endsWith(`'${D}'`);
    }
  }, true);
  await denied('watchFile', () => fs.watchFile(OUT, () => {}), READ);
  await denied('watch promise', async () => {
    for await (const one of promises.watch(OUT)) return one;
  }, READ);
  await denied('blob', () => fs.openAsBlob(OUT), READ);
  await denied('read stream', called((done) =>
    fs.createReadStream(OUT).on('error', done).on('data', (d) => done(null, d))),
  READ);
  await denied('write stream', called((done) =>
    fs.createWriteStream(OUT).on('error', done).on('open', () => done())), WRITE);
  await works('exists', () => fs.existsSync(OUT), false);
  await works('exists callback', called((done) =>
    fs.exists(OUT, (is) => done(null, is))), false);
  if (fs.globSync !== undefined) {
    await works('glob', () => fs.globSync(W + '/outside/*').length, 0);
    await works('glob below', () => fs.globSync('*', {cwd: D}).length > 0, true);
  }
  const esm = await import('fs');
  await denied('ES module', () => esm.readFileSync(OUT), READ);
  await denied('ES module default', () => esm.default.readFileSync(OUT), READ);
  const builtin = process.getBuiltinModule('fs');
  await denied('getBuiltinModule', () => builtin.readFileSync(OUT), READ);
}

async function links() {
  await denied('link', () => fs.readFileSync(D + 'link'), READ);
  await denied('link write', () => fs.writeFileSync(D + 'link', ''), WRITE);
  await denied('folder link', () => fs.readFileSync(D + 'folder/file'), READ);
  await denied('link stat', () => fs.statSync(D + 'link'), READ);
  await denied('link realpath', () => fs.realpathSync.native(D + 'link'), READ);
  await denied('link handle', () => promises.open(D + 'link'), READ);
  await works('link itself', () => fs.lstatSync(D + 'link').isSymbolicLink(),
              true);
  await works('link text', () => fs.readlinkSync(D + 'link'), OUT);
  fs.symlinkSync(OUT, D + 'own');
  await denied('own link', () => fs.readFileSync(D + 'own'), READ);
  await denied('secret', () => fs.readFileSync(D + 'secret/key'), READ);
  await denied('secret renamed', () => fs.renameSync(D + 'secret', D + 's'));
}

async function granted() {
  fs.writeFileSync(D + 'a', 'one');
  fs.appendFileSync(D + 'a', ' two');
  await works('read', () => fs.readFileSync(D + 'a', 'utf8'), 'one two');
  await works('bytes', () => Buffer.isBuffer(fs.readFileSync(D + 'a')), true);
  await works('hex', () => fs.readFileSync(D + 'a', 'hex'), '6f6e652074776f');
  await works('relative', () => fs.readFileSync('a', 'utf8'), 'one two');
  await works('URL', () => fs.readFileSync(new URL('file://' + D + 'a'), 'utf8'),
              'one two');
  const stats = fs.statSync(D + 'a');
  await works('stats', () => stats instanceof fs.Stats && stats.isFile() &&
              stats.size === 7 && stats.mtime instanceof Date &&
              Math.abs(stats.mtimeMs - Date.now()) < 60000, true);
  await works('bigint', () => fs.statSync(D + 'a', {bigint: true}).size === 7n,
              true);
  await works('no entry', () => fs.statSync(D + 'no', {throwIfNoEntry: false}),
              undefined);
  await fails('missing', () => fs.readFileSync(D + 'no'), 'ENOENT');
  await fails('exclusive', () => fs.openSync(D + 'a', 'wx'), 'EEXIST');
  await works('mkdir -p', () => fs.mkdirSync(D + 'b/c/d', {recursive: true}),
              D + 'b');
  await works('mkdir -p again', () => fs.mkdirSync(D + 'b/c', {recursive: true}),
              undefined);
  await works('cp -r', () => fs.cpSync(D + 'b', D + 'e', {recursive: true}));
  await works('copied', () => fs.statSync(D + 'e/c/d').isDirectory(), true);
  await works('list', () => fs.readdirSync(D + 'b', {recursive: true}).join(),
              'c,c/d');
  await works('types', () => fs.readdirSync(D + 'b', {withFileTypes: true})[0]
    .isDirectory(), true);
  await works('opendir', async () => {
    const names = [];
    for await (const one of await promises.opendir(D + 'b')) names.push(one.name);
    return names.join();
  }, 'c');
  await works('rm -r', () => fs.rmSync(D + 'b', {recursive: true}));
  await fails('rm folder', () => fs.rmSync(D + 'e'), 'ERR_FS_EISDIR');
  await works('rm -f', () => fs.rmSync(D + 'none', {force: true}));
  await works('realpath', () => fs.realpathSync(D + './a'), fs.realpathSync(D + 'a'));
  await works('mkdtemp', () => fs.mkdtempSync('t-').startsWith('t-'), true);
  await works('stream', called((done) => {
    let text = '';
    fs.createReadStream(D + 'a', 'utf8').on('error', done)
      .on('data', (more) => { text += more; }).on('close', () => done(null, text));
  }), 'one two');
  // The kernel, which knows no folders for it, refuses watches to a confined
  // process.
  const confined = process.env.APP_CONFINED !== undefined;
  const watches = confined ? (name, work) => fails(name, work, 'EACCES') : works;
  await watches('watch', called((done) => {
    const watcher = fs.watch(D, (type, name) => {
      watcher.close();
      done(null, name);
    });
    fs.writeFileSync(D + 'seen', '');
  }), 'seen');
  await works('utimes', () => {
    fs.utimesSync(D + 'a', 1, 2.5);
    return fs.statSync(D + 'a').mtimeMs;
  }, 2500);
}

async function handles() {
  const fd = fs.openSync(D + 'a', 'r');
  await works('fstat', () => fs.fstatSync(fd).isFile(), true);
  await works('read', () => fs.readSync(fd, Buffer.alloc(3)), 3);
  await denied('fchmod', () => fs.fchmodSync(fd, 0o777), WRITE);
  await denied('fchown', () => fs.fchownSync(fd, 1, 1), WRITE);
  await denied('futimes', () => fs.futimesSync(fd, 1, 1), WRITE);
  await denied('ftruncate', () => fs.ftruncateSync(fd, 0), WRITE);
  await denied('write', () => fs.writeSync(fd, 'x'), WRITE);
  fs.closeSync(fd);
  await fails('closed twice', () => fs.closeSync(fd), 'EBADF');
  for (let strange = 3; strange < 40; strange++) {
    await denied('strange descriptor', () => fs.fstatSync(strange), READ);
    await denied('strange read', () => fs.readFileSync(strange), READ);
    await fails('strange close', () => fs.closeSync(strange), 'EBADF');
  }
  const handle = await promises.open(D + 'a', 'r');
  await works('handle', async () => (await handle.stat()).isFile(), true);
  await denied('handle chmod', () => handle.chmod(0o777), WRITE);
  await denied('handle utimes', () => handle.utimes(1, 1), WRITE);
  await denied('handle truncate', () => handle.truncate(0), WRITE);
  await works('handle read', () => handle.readFile('utf8'), 'one two');
  await handle.close();
  const writing = await promises.open(D + 'h', 'w');
  await works('handle write', () => writing.writeFile('abc'));
  await works('handle chmod', () => writing.chmod(0o600));
  await writing.close();
  await works('promise read', () => promises.readFile(D + 'h', 'utf8'), 'abc');
  await works('promise write', () => promises.writeFile(D + 'h', ['d', 'e']));
  await works('promise append', () => promises.appendFile(D + 'h', 'f'));
  await works('written', () => fs.readFileSync(D + 'h', 'utf8'), 'def');
}

async function badInput() {
  let asked = 0;
  const getter = {get href() { asked++; return 'file://' + OUT; },
                  get protocol() { asked++; return 'file:'; },
                  get pathname() { return asked++ % 2 ? D + 'a' : OUT; },
                  hostname: ''};
  for (const [name, file, code] of [
    ['NUL', D + 'a\0b', 'ERR_INVALID_ARG_VALUE'],
    ['NUL bytes', Buffer.from(D + 'a\0b'), 'ERR_INVALID_ARG_VALUE'],
    ['half a pair', D + '\ud800', 'ERR_INVALID_ARG_VALUE'],
    ['number', 1.5, 'ERR_INVALID_ARG_TYPE'],
    ['nothing', undefined, 'ERR_INVALID_ARG_TYPE'],
    ['object', {}, 'ERR_INVALID_ARG_TYPE'],
    ['proxy', new Proxy({}, {}), 'ERR_INVALID_ARG_TYPE'],
    ['text object', {toString: () => OUT}, 'ERR_INVALID_ARG_TYPE'],
    ['huge', 'a'.repeat(1 << 26), 'ERR_INVALID_ARG_VALUE'],
    ['long', D + 'a'.repeat(5000), 'ENAMETOOLONG'],
    ['words', new Uint16Array(4), 'ERR_INVALID_ARG_TYPE'],
  ]) {
    await fails(name + ' stat', () => fs.statSync(file), code);
    await fails(name + ' rename', () => fs.renameSync(D + 'a', file), code);
    await fails(name + ' promise', () => promises.stat(file), code);
  }
  await denied('getters', () => fs.readFileSync(getter).toString() === 'outside\n' ?
    'outside' : Promise.reject(Object.assign(new Error(), {
      code: 'ERR_ACCESS_DENIED', permission: READ, resource: ''})), READ);
  await fails('flags', () => fs.openSync(D + 'a', 'zz'), 'ERR_INVALID_ARG_VALUE');
  await fails('O_PATH', () => fs.openSync(D + 'a', 0o10000000),
              'ERR_INVALID_ARG_VALUE');
  await fails('mode', () => fs.chmodSync(D + 'a', '9'), 'ERR_INVALID_ARG_VALUE');
  await fails('no callback', () => fs.stat(D + 'a'), 'ERR_INVALID_ARG_TYPE');
  await works('other name', () => fs.existsSync(D + '\ufffd'), false);
}

// Errors are those that Node has without a guard, to the letter.
async function errors() {
  const no = D + 'no', kept = D + 'kept', folder = D + 'f';
  fs.mkdirSync(folder);
  fs.writeFileSync(folder + '/x', '');
  const ENOENT = 'ENOENT: no such file or directory, ';
  const EEXIST = 'EEXIST: file already exists, ';
  for (const [key, args, errno, message] of [
    ['open', [no], -2, ENOENT + `open '${no}'`],
    ['readFile', [no], -2, ENOENT + `open '${no}'`],
    ['stat', [no], -2, ENOENT + `stat '${no}'`],
    ['lstat', [no], -2, ENOENT + `lstat '${no}'`],
    ['access', [no], -2, ENOENT + `access '${no}'`],
    ['chmod', [no, 0o600], -2, ENOENT + `chmod '${no}'`],
    ['chown', [no, 1, 1], -2, ENOENT + `chown '${no}'`],
    ['lchown', [no, 1, 1], -2, ENOENT + `lchown '${no}'`],
    ['utimes', [no, 1, 1], -2, ENOENT + `utime '${no}'`],
    ['lutimes', [no, 1, 1], -2, ENOENT + `lutime '${no}'`],
    ['truncate', [no, 1], -2, ENOENT + `open '${no}'`],
    ['readdir', [no], -2, ENOENT + `scandir '${no}'`],
    ['statfs', [no], -2, ENOENT + `statfs '${no}'`],
    ['unlink', [no], -2, ENOENT + `unlink '${no}'`],
    ['rm', [no], -2, ENOENT + `lstat '${no}'`],
    ['rename', [no, no + 2], -2, ENOENT + `rename '${no}' -> '${no}2'`],
    ['link', [no, no + 2], -2, ENOENT + `link '${no}' -> '${no}2'`],
    ['copyFile', [no, no + 2], -2, ENOENT + `copyfile '${no}' -> '${no}2'`],
    ['symlink', ['x', kept], -17, EEXIST + `symlink 'x' -> '${kept}'`],
    ['mkdir', [folder], -17, EEXIST + `mkdir '${folder}'`],
    ['rmdir', [folder], -39, `ENOTEMPTY: directory not empty, rmdir '${folder}'`],
    ['readlink', [kept], -22, `EINVAL: invalid argument, readlink '${kept}'`],
    ['writeFile', [folder, ''], -21,
     `EISDIR: illegal operation on a directory, open '${folder}'`],
    ['stat', [kept + '/x'], -20, `ENOTDIR: not a directory, stat '${kept}/x'`],
  ]) {
    const [, code, syscall, path, dest] =
        /^(\w+): .*, (\w+) '(.*?)'(?: -> '(.*)')?$/.exec(message);
    const wanted = JSON.stringify({message, code, errno, syscall, path, dest});
    const told = (work) => async () => {
      try {
        await work();
      } catch ({message, code, errno, syscall, path, dest}) {
        return JSON.stringify({message, code, errno, syscall, path, dest});
      }
    };
    await works(key + 'Sync error', told(() => fs[key + 'Sync'](...args)), wanted);
    await works(key + ' error',
                told(called((done) => fs[key](...args, done))), wanted);
  }
}

outside().then(links).then(granted).then(handles).then(errors).then(badInput).then(
    () => process.exit());
