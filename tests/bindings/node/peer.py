"""peer.py PORT: answers datagrams, after another socket wrote to the asker."""

import socket
import sys

peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
peer.bind(("127.0.0.1", int(sys.argv[1])))
stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
while True:
  _, asker = peer.recvfrom(100)
  stranger.sendto(b"stray", asker)
  peer.sendto(b"answer", asker)
