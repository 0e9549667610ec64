'use strict';

// Classes that Node keeps to itself. Whoever holds a socket can reach them, so
// their methods are where sockets are guarded.

function stateSymbol(socket) {
  return Object.getOwnPropertySymbols(socket).find(
      (symbol) => symbol.description === 'state symbol');
}

// Their prototypes; `binding` gives Node's inside.
module.exports = function findClasses({dgram}, binding) {
  const datagrams = dgram.createSocket('udp4');
  const datagramState = stateSymbol(datagrams);
  datagrams.close();
  return Object.freeze({
    __proto__: null,
    tcp: binding('tcp_wrap').TCP.prototype,
    pipe: binding('pipe_wrap').Pipe.prototype,
    udp: binding('udp_wrap').UDP.prototype,
    process: binding('process_wrap').Process.prototype,
    resolver: binding('cares_wrap').ChannelWrap.prototype,
    terminal: binding('tty_wrap').TTY.prototype,
    datagramState,
  });
};
