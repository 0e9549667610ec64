'use strict';

// Sockets, names and datagrams, through every door that Node has to them.

const dgram = require('dgram');
const dns = require('dns');
const fs = require('fs');
const http = require('http');
const net = require('net');
const {works, denied, fails, called} = require('./check.js');

const D = process.env.APP_WORLD + '/data/';
const PORT = +process.env.APP_PORT;
const OTHER = PORT + 1;

const connect = (...args) => called((done) => {
  const socket = net.connect(...args);
  socket.on('error', done).on('connect', () => {
    socket.destroy();
    done(null, 'connected');
  });
});
const listen = (...args) => called((done) => {
  const server = net.createServer();
  server.on('error', done).listen(...args, () => server.close(() => done()));
});

async function tcp() {
  const server = net.createServer((socket) => {
    socket.on('error', () => {}).end('hello');
  });
  await works('listen', called((done) => {
    server.on('error', done).listen(PORT, '127.0.0.1', done);
  }));
  await denied('listen elsewhere', listen(OTHER, '127.0.0.1'), 'Net');
  await denied('listen anywhere', listen(0), 'Net');
  await denied('listen on all', listen(PORT, '0.0.0.0'), 'Net');
  await fails('listen by descriptor', listen({fd: 9}), 'EINVAL');
  await works('connect', connect(PORT, '127.0.0.1'), 'connected');
  await denied('connect elsewhere', connect(OTHER, '127.0.0.1'), 'Net');
  await denied('connect IPv6', connect(PORT, '::1'), 'Net');
  await works('name', connect(PORT, 'localhost'), 'connected');
  await denied('name, other port', connect(OTHER, 'localhost'), 'Net');
  await denied('unknown name', connect(PORT, 'other.invalid'), 'Net');
  await denied('lookup of the guest', connect({
    host: 'localhost', port: PORT,
    lookup: (host, options, done) => options.all ?
      done(null, [{address: '127.0.0.2', family: 4}]) :
      done(null, '127.0.0.2', 4),
  }), 'Net');
  await denied('host that is an endpoint', called((done) =>
    net.connect({host: 'unix:/run/x', port: PORT}).on('error', (error) =>
      done(error.code === 'ENOTFOUND' ? Object.assign(error, {
        code: 'ERR_ACCESS_DENIED', permission: 'Net', resource: ''}) : error))));
  await denied('http', called((done) =>
    http.get(`http://127.0.0.1:${OTHER}/`).on('error', done)), 'Net');
  await denied('fetch', () => fetch(`http://127.0.0.1:${OTHER}/`).catch(
    (error) => { throw error.cause; }), 'Net');
  await denied('tls', called((done) =>
    require('tls').connect(OTHER, '127.0.0.1').on('error', done)), 'Net');
  await denied('http2', called((done) =>
    require('http2').connect(`http://127.0.0.1:${OTHER}`).on('error', done)),
  'Net');
  await works('handle', called((done) => {
    const socket = net.connect(PORT, '127.0.0.1', () => {
      const Handle = socket._handle.constructor;
      const handle = socket._handle;
      const results = [typeof Handle, handle.connect({}, '127.0.0.1', OTHER),
                       handle.connect6({}, '::1', OTHER),
                       handle.bind('127.0.0.1', OTHER), handle.listen(1),
                       handle.open(5)];
      socket.destroy();
      done(null, results.join());
    });
  }), 'undefined,-13,-13,-13,-13,-13');
  server.close();
}

async function unix() {
  const server = net.createServer((socket) => socket.end('hello'));
  await works('listen', called((done) =>
    server.on('error', done).listen(D + 'socket', done)));
  await works('connect', called((done) =>
    net.connect(D + 'socket').on('error', done).on('data', (data) =>
      done(null, data.toString()))), 'hello');
  await denied('connect elsewhere', connect('/run/dbus/system_bus_socket'), 'Net');
  await denied('listen elsewhere', listen(D + 'other'), 'Net');
  await denied('abstract', connect('\0postern-test'), 'Net');
  fs.symlinkSync('/run/nothing', D + 'path');
  await denied('link', connect(D + 'path'));
  server.close();
}

async function datagrams() {
  const socket = dgram.createSocket('udp4');
  socket.on('error', () => {});
  await works('send', called((done) =>
    socket.send('x', PORT, '127.0.0.1', done)), undefined || (() => true));
  await denied('send elsewhere', called((done) =>
    socket.send('x', OTHER, '127.0.0.1', done)), 'Net');
  socket.close();
  const bound = dgram.createSocket('udp4');
  await denied('bind', called((done) => bound.on('error', done).bind(0, done)),
               'Net');
  const connected = dgram.createSocket('udp4');
  await denied('connect', called((done) =>
    connected.connect(OTHER, '127.0.0.1', done)), 'Net');
  connected.close();
}

// Without a grant to listen a socket hears only those it wrote to: the peer has
// somebody else write before it answers.
async function answersOnly() {
  const asker = dgram.createSocket('udp4');
  const heard = [];
  asker.on('message', (text) => heard.push(text.toString()));
  await works('answer', called((done) => {
    asker.on('message', () => done(null, heard.join()));
    asker.send('question', PORT + 2, '127.0.0.1');
  }), 'answer');
  asker.close();
}

async function names() {
  await denied('lookup', called((done) => dns.lookup('localhost', done)), 'Net');
  await denied('lookup promise', () => dns.promises.lookup('a.invalid'), 'Net');
  await denied('resolve', called((done) => dns.resolve4('a.invalid', done)), 'Net');
  await denied('resolve promise', () => dns.promises.resolve('a.invalid'), 'Net');
  await denied('resolver', called((done) =>
    new dns.Resolver().resolveTxt('a.invalid', done)), 'Net');
  await denied('reverse', called((done) => dns.reverse('127.0.0.1', done)), 'Net');
  await denied('service', called((done) =>
    dns.lookupService('127.0.0.1', 22, done)), 'Net');
  await denied('servers', () => dns.setServers(['127.0.0.9']), 'Net');
  await denied('servers promise', () => dns.promises.setServers(['127.0.0.9']),
               'Net');
  await works('address', called((done) => dns.lookup('127.0.0.1', done)),
              '127.0.0.1');
}

tcp().then(unix).then(datagrams).then(answersOnly).then(names).then(
  () => process.exit());
