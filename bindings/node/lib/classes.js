'use strict';

// Classes that Node keeps to itself, taken from objects that hold one. Whoever
// holds a socket can reach them, so their methods are where sockets are guarded.

const quiet = () => {};

function prototypeOf(make) {
  try {
    const handle = make();
    return handle === undefined || handle === null ?
        undefined : Object.getPrototypeOf(handle);
  } catch {
    return undefined;  // Node itself denies the network
  }
}

function socketHandle(net, options) {
  const socket = new net.Socket();
  socket.on('error', quiet);
  socket.connect(options);
  const handle = socket._handle;
  socket.destroy();
  return handle;
}

function stateSymbol(socket) {
  return Object.getOwnPropertySymbols(socket).find(
      (symbol) => symbol.description === 'state symbol');
}

// Undefined for what there is none of.
module.exports = function findClasses({child_process, dgram, dns, net}) {
  const datagrams = dgram.createSocket('udp4');
  const state = stateSymbol(datagrams);
  const found = {
    __proto__: null,
    // Nothing is looked up, and "/" is no socket.
    tcp: prototypeOf(() => socketHandle(net, {host: 'a.invalid', port: 1,
                                         lookup: quiet})),
    pipe: prototypeOf(() => socketHandle(net, {path: '/'})),
    udp: prototypeOf(() => datagrams[state].handle),
    process: prototypeOf(() => new child_process.ChildProcess()._handle),
    resolver: prototypeOf(() => new dns.Resolver()._handle),
    datagramState: state,
  };
  datagrams.close();
  return Object.freeze(found);
};
