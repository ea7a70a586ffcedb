#!/usr/bin/python3 -B
"""Calls an engine as a kubelet does, through the Container Runtime Interface.

    cri.py METHOD [REQUEST]             one call: request and answer in JSON, bytes as text; "-" reads the request
    cri.py exec [-t] [-i TEXT] ID COMMAND...   as kubectl exec, through the URL that the engine gives for it: the command's
                                        output, and its status; with -t in a terminal of 132 columns; TEXT is typed

CONTAINERD is the engine's socket, CRI_MESSAGES the directory where protoc has put cri_pb2.py. An error of the engine is
printed as "CODE: text", with status 1.
"""
import argparse
import base64
import json
import os
import socket
import struct
import sys
import urllib.parse

import grpc
from google.protobuf import json_format

sys.path.insert(0, os.environ["CRI_MESSAGES"])
import cri_pb2 as messages  # noqa: E402


def call(method, request):
    """The answer to a request (a dict), as a dict."""
    answer = getattr(messages, method + "Response")
    message = json_format.ParseDict(request, getattr(messages, method + "Request")())
    with grpc.insecure_channel("unix:" + os.environ["CONTAINERD"]) as channel:
        ask = channel.unary_unary(
            "/runtime.v1.RuntimeService/" + method,
            request_serializer=lambda m: m.SerializeToString(),
            response_deserializer=answer.FromString,
        )
        reply = ask(message, timeout=40)
    out = json_format.MessageToDict(reply, including_default_value_fields=True, preserving_proto_field_name=True)
    for field in reply.DESCRIPTOR.fields:
        if field.type == field.TYPE_BYTES:
            out[field.name] = getattr(reply, field.name).decode(errors="replace")
    return out


class Streams:
    """The streams of an exec: a websocket (RFC 6455) whose messages begin with the number of a stream."""

    STDIN, STDOUT, STDERR, STATUS, RESIZE = range(5)

    def __init__(self, url):
        where = urllib.parse.urlsplit(url)
        self.socket = socket.create_connection((where.hostname, where.port), timeout=40)
        self.socket.sendall(
            f"GET {where.path} HTTP/1.1\r\nHost: {where.netloc}\r\nOrigin: http://{where.netloc}\r\nConnection: Upgrade\r\n"
            "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: v4.channel.k8s.io\r\n"
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n\r\n".encode()
        )
        self.reader = self.socket.makefile("rb")
        status = self.reader.readline()
        while self.reader.readline().strip():
            pass
        if b" 101 " not in status:
            raise SystemExit(f"exec: {status.decode().strip()}")

    def send(self, stream, data):
        """A message, masked as a client's must be; the mask is zero, which changes nothing."""
        message = bytes([stream]) + data
        self.socket.sendall(struct.pack("!BBHI", 0x82, 0x80 | 126, len(message), 0) + message)

    def messages(self):
        """(stream, data) of each message until the other side closes."""
        while head := self.reader.read(2):
            kind, length = head[0] & 0x0F, head[1] & 0x7F
            if length >= 126:
                length = int.from_bytes(self.reader.read(2 if length == 126 else 8), "big")
            data = self.reader.read(length)
            if kind == 8:
                return
            if kind in (0, 1, 2) and data:
                yield data[0], data[1:]


def execute(arguments):
    parser = argparse.ArgumentParser(prog="cri.py exec")
    parser.add_argument("-t", action="store_true")
    parser.add_argument("-i", metavar="TEXT")
    parser.add_argument("id")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args(arguments)
    request = {"container_id": options.id, "cmd": options.command, "stdout": True}
    request.update({"tty": options.t, "stdin": options.i is not None, "stderr": not options.t})
    streams = Streams(call("Exec", request)["url"])
    if options.t:
        streams.send(Streams.RESIZE, b'{"Width": 132, "Height": 43}')
    if options.i is not None:
        streams.send(Streams.STDIN, options.i.encode())
    outputs = {Streams.STDOUT: sys.stdout.buffer, Streams.STDERR: sys.stderr.buffer}
    status = {"status": "none came"}
    for stream, data in streams.messages():
        if stream == Streams.STATUS:
            status = json.loads(data)
        elif stream in outputs:
            outputs[stream].write(data)
    if status["status"] == "Success":
        return 0
    for cause in status.get("details", {}).get("causes", []):
        if cause.get("reason") == "ExitCode":
            return int(cause["message"])
    print(status.get("message", status), file=sys.stderr)
    return 1


def main(arguments):
    try:
        if arguments[0] == "exec":
            return execute(arguments[1:])
        request = arguments[1] if len(arguments) > 1 else "{}"
        print(json.dumps(call(arguments[0], json.loads(sys.stdin.read() if request == "-" else request))))
    except grpc.RpcError as error:
        print(f"{error.code().name}: {error.details()}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
