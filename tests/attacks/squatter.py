"""squatter.py - what a process without privileges can do to locks, for tests/attacks/*.sh

  name NAME         bind the abstract AF_UNIX name, listen, and keep it
  close NAME        and end each connection at once
  backlog NAME      and fill the queue of connections
  dead NAME         and be dead: a child keeps the name, SO_PEERCRED names its parent
  read FILE         hold a read lock on the file
  write FILE        hold a write lock on the file
  ofd FILE          the same, of the open file description

Prints "ready" when it is, and stays until it is killed.
"""
import fcntl
import os
import socket
import struct
import sys
import time


def listen(name, backlog=16):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    s.bind("\0" + name)
    s.listen(backlog)
    return s


def ready():
    print("ready", flush=True)


def stay():
    while True:
        time.sleep(3600)


what, target = sys.argv[1:]
if what == "name":
    s = listen(target)
    ready()
    stay()
elif what == "close":
    s = listen(target)
    ready()
    while True:
        s.accept()[0].close()
elif what == "backlog":
    s = listen(target, 0)
    waiting = []
    try:
        while True:
            c = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            c.setblocking(False)
            c.connect("\0" + target)
            waiting.append(c)
    except BlockingIOError:
        pass
    ready()
    stay()
elif what == "dead":
    s = listen(target)
    if os.fork() > 0:
        os._exit(0)
    ready()
    stay()
elif what in ("read", "write"):
    f = open(target, "r+" if what == "write" else "r")
    fcntl.lockf(f, fcntl.LOCK_SH if what == "read" else fcntl.LOCK_EX)
    ready()
    stay()
elif what == "ofd":  # of an open file description: it belongs to no process
    f = open(target, "r+")
    fcntl.fcntl(f, 37, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))  # F_OFD_SETLK
    ready()
    stay()
