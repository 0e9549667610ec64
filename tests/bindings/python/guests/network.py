"""Sockets: they go where a rule lets them, by names and by addresses."""

# grant: "net.resolve" pattern: "both.postern.test"
# host: ::1 both.postern.test
# host: 127.0.0.1 both.postern.test

import errno
import os
import socket
import sys
import unittest

WORLD = sys.argv.pop(1)
SOCKET = f"{WORLD}/granted/socket"


class NetworkTest(unittest.TestCase):
    def denied(self, permission, call, *args):
        with self.assertRaises(PermissionError) as caught:
            call(*args)
        self.assertEqual(caught.exception.permission, permission)

    def setUp(self):
        self.own = socket.socket()
        self.addCleanup(self.own.close)

    def test_granted_addresses_work(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            client = socket.create_connection(server.getsockname(), 5)
            accepted, _ = server.accept()
            client.sendall(b"text")
            self.assertEqual(accepted.recv(4), b"text")
            accepted.close()
            client.close()

    def test_others_are_refused(self):
        for where in [("10.0.0.1", 80), ("0.0.0.0", 80), ("", 80),
                      ("127.0.0.2", 80), ("169.254.169.254", 80),
                      ("127.1", 80), ("2130706433", 80), ("0x7f.1", 80),
                      ("example.com", 80), ("<broadcast>", 80)]:
            with self.subTest(where):
                self.denied("net.connect", self.own.connect, where)
                self.denied("net.connect", self.own.connect_ex, where)
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                    self.denied("net.connect", sender.sendto, b"x", where)
                    self.denied("net.connect", sender.sendto, b"x", 0, where)
                    self.denied("net.connect", sender.sendmsg, [b"x"], [], 0, where)
        for where in [("", 0), ("0.0.0.0", 0), ("127.0.0.2", 0)]:
            self.denied("net.listen", self.own.bind, where)
        self.denied("net.listen", self.own.listen)
        with socket.socket(socket.AF_INET6) as six:
            self.denied("net.connect", six.connect, ("::1", 80))

    def test_an_address_is_read_once(self):
        class Host(str):
            def __str__(self):
                return "127.0.0.1"

            def encode(self, *_):
                return b"127.0.0.1"

        class Port:
            ports = [80, 81]

            def __index__(self):
                return self.ports.pop(0)

        self.denied("net.connect", self.own.connect, (Host("10.0.0.1"), 80))
        self.denied("net.connect", self.own.connect, ("10.0.0.1", Port()))

        class Mine(socket.socket):
            def fileno(self):
                return 0

        with Mine() as own:
            self.denied("net.connect", own.connect, ("10.0.0.1", 80))

    def test_kinds_of_sockets(self):
        for family, kind in [("AF_PACKET", socket.SOCK_RAW),
                             ("AF_NETLINK", socket.SOCK_RAW),
                             ("AF_INET", socket.SOCK_RAW),
                             ("AF_VSOCK", socket.SOCK_STREAM),
                             ("AF_ALG", socket.SOCK_SEQPACKET),
                             ("AF_BLUETOOTH", socket.SOCK_STREAM)]:
            if hasattr(socket, family):
                self.denied("net.connect", socket.socket,
                            getattr(socket, family), kind)
        self.denied("net.connect", socket.socket, socket.AF_INET,
                    socket.SOCK_STREAM, 262)

    def test_unix_sockets(self):
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(SOCKET)
            server.listen()
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(5)
                client.connect("socket")
                accepted, _ = server.accept()
                client.sendall(b"x")
                self.assertEqual(accepted.recv(1), b"x")
                accepted.close()
        os.remove(SOCKET)
        with socket.socket(socket.AF_UNIX) as own:
            for name in [f"{WORLD}/other/socket", f"{WORLD}/granted/out/socket",
                         "\0postern-test", b"\0postern-test"]:
                self.denied("net.connect", own.connect, name)
                self.denied("net.listen", own.bind, name)

    def test_names(self):
        for call in [lambda: socket.getaddrinfo("example.com", 80),
                     lambda: socket.gethostbyname("example.com"),
                     lambda: socket.gethostbyname_ex("example.com"),
                     lambda: socket.gethostbyaddr("127.0.0.1"),
                     lambda: socket.getnameinfo(("127.0.0.1", 80), 0)]:
            self.denied("net.resolve", call)
        self.assertEqual(
            socket.getaddrinfo("127.0.0.1", "80", type=socket.SOCK_STREAM)[0][4],
            ("127.0.0.1", 80))
        self.assertEqual(socket.gethostbyname("127.0.0.1"), "127.0.0.1")
        self.assertEqual(
            socket.getnameinfo(("127.0.0.1", 80), socket.NI_NUMERICHOST |
                               socket.NI_NUMERICSERV), ("127.0.0.1", "80"))
        self.assertTrue(socket.getaddrinfo(None, 80))
        for empty in ["", b"", bytearray()]:
            self.assertRaises(socket.gaierror, socket.getaddrinfo, empty, 80)

    def test_names_of_both_families(self):
        try:
            found = socket.getaddrinfo("both.postern.test", 80)
        except socket.gaierror as error:
            self.skipTest(f"no hosts of its own: {error}")
        self.assertEqual({one[4][0] for one in found}, {"::1", "127.0.0.1"})
        # Each passes over addresses of the other, wherever they stand.
        for family, address in [(socket.AF_INET, "127.0.0.1"),
                                (socket.AF_INET6, "::1")]:
            found = socket.getaddrinfo("both.postern.test", 80, family)
            self.assertEqual({one[4][0] for one in found}, {address})

    def test_bad_addresses(self):
        for bad in [None, 5, "127.0.0.1", ("127.0.0.1",), ["127.0.0.1", 80],
                    (5, 80), ("127.0.0.1", "80"), ("127.0.0.1", 1.5)]:
            self.assertRaises(TypeError, self.own.connect, bad)
        for port in [-1, 65536, 1 << 70]:
            self.assertRaises(OverflowError, self.own.connect, ("127.0.0.1", port))
        self.assertRaises(ValueError, self.own.connect, ("127.0.0.1\0x", 80))
        self.denied("net.connect", self.own.connect, ("x" * 100_000, 80))
        self.own.close()
        with self.assertRaises(OSError) as caught:
            self.own.connect(("127.0.0.1", 80))
        self.assertEqual(caught.exception.errno, errno.EBADF)


if __name__ == "__main__":
    unittest.main()
