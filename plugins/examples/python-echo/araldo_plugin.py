"""The plugin's side of proto/README.md, for endpoints in Python, on Debian's python3-grpcio and python3-protobuf.

An endpoint is a subclass of Endpoint; main(...) is the whole program. plugin_pb2 comes from the contract itself:

    protoc --python_out=. plugin.proto
"""

import concurrent.futures
import json
import os
import signal
import sys
import threading
import time

import grpc
import plugin_pb2 as pb

FRAME_LIMIT = 4 << 20  # bytes of one frame
FRAME_TARGET = 256 << 10  # bytes after which a batch ends, so that a frame never reaches the limit
WINDOW_MESSAGES = 256  # credit of a lane
WINDOW_BYTES = 1 << 20
OUTBOX = 256  # messages that may wait for the hub's credit
BEAT_SECONDS = 5
DEAD_SECONDS = 15


class Failure(Exception):
    """Says why messages were not delivered; retry tells whether trying again can help."""

    def __init__(self, detail, retry=True, attempted=pb.ATTEMPTED_UNKNOWN, scope=pb.FAILURE_SCOPE_ENDPOINT):
        super().__init__(detail)
        kind = pb.FAILURE_CLASS_RETRYABLE if retry else pb.FAILURE_CLASS_PERMANENT
        self.wire = pb.Failure(**{"class": kind}, scope=scope, attempted=attempted, detail=detail[:1024])


class Message:
    """A payload (bytes) with its media type."""

    def __init__(self, payload, content_type=""):
        self.payload = payload
        self.content_type = content_type


class Ended(Exception):
    """The lane, its epoch, its stream or the instance is over."""


class Endpoint:
    """What an author writes: the class says what it is, an instance is one entry of a configuration.

    start(emit) is called once it is open: emit(message, alive) blocks while the hub gives no credit and raises Ended
    when it never will. send(messages, alive) takes messages out, in order, and raises Failure if none of them arrived;
    one thread per lane calls it. alive() is false when nobody waits for the result any more.
    """

    id = summary = ""
    keys = {}  # name -> JSON Schema of the value, with a default
    inbound = outbound = None  # pb.InboundCapabilities, pb.OutboundCapabilities

    def __init__(self, config):
        self.config = config

    def start(self, emit):
        pass

    def send(self, messages, alive):
        raise Failure("it takes nothing out", retry=False, attempted=pb.ATTEMPTED_NO)

    def close(self):
        pass


def schema_of(kind):
    return json.dumps({
        "$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
        "properties": kind.keys, "additionalProperties": False,
    }).encode()


TYPES = {"string": str, "integer": int, "boolean": bool}


def read_config(kind, text):
    """Returns the keys with their defaults, and what is wrong as (JSON pointer, sentence)."""
    try:
        given = json.loads(text)
    except ValueError as err:
        return {}, [("", "it is no JSON: %s" % err)]
    if not isinstance(given, dict):
        return {}, [("", "an object is wanted")]
    wrong = []
    for key, value in given.items():
        if key not in kind.keys:
            wrong.append(("/" + key.replace("~", "~0").replace("/", "~1"), "there is no such key"))
        elif type(value) is not TYPES[kind.keys[key]["type"]]:
            wrong.append(("/" + key, "a value of the type %s is wanted" % kind.keys[key]["type"]))
    defaults = {key: schema.get("default") for key, schema in kind.keys.items()}
    return {**defaults, **given}, wrong


class Lane:
    """An outlet's epoch: a queue, which credit bounds, and the thread that empties it."""

    def __init__(self, instance, session, number, opened):
        self.instance, self.session, self.number = instance, session, number
        self.epoch, self.strict = opened.epoch, opened.strict
        self.queue, self.next, self.over, self.busy, self.failed = [], 1, False, False, False
        threading.Thread(target=self.work, daemon=True).start()

    def alive(self):
        return not self.over

    def work(self):
        changed = self.instance.changed
        while True:
            with changed:
                changed.wait_for(lambda: self.queue or self.over)
                if self.over:
                    return
                first, messages = self.queue.pop(0)
                self.busy = True
            failure = self.deliver(messages)
            with changed:
                self.busy = False
                if not self.over:
                    self.settle(first, messages, failure)
                changed.notify_all()

    def deliver(self, messages):
        """Returns why none of the messages arrived, None if all did."""
        if not self.instance.enabled:
            return Failure("it is disabled", attempted=pb.ATTEMPTED_NO)
        try:
            self.instance.endpoint.send(messages, self.alive)
        except Failure as failure:
            return failure
        except Ended:
            return Failure("it is over", attempted=pb.ATTEMPTED_NO)
        except Exception as err:  # a defect of the endpoint: the hub hears of it, and its process goes on
            return Failure("%s: %s" % (type(err).__name__, err))
        return None

    def settle(self, first, messages, failure):
        """Says what became of messages. On a strict lane everything behind a failure is void until the next epoch."""
        if self.failed:
            return
        receipt = pb.Receipt(lane=self.number, epoch=self.epoch, settled_up_to=first + len(messages) - 1)
        if failure:
            self.failed = self.strict
            count = 1 if self.strict else len(messages)
            receipt.settled_up_to = first + count - 1
            receipt.exceptions.add(first=first, count=count, outcome=pb.OUTCOME_FAILED, failure=failure.wire)
        self.session.frame.receipts.append(receipt)
        self.session.grant(self.number, self.epoch, len(messages), sum(len(m.payload) for m in messages))


class Session:
    """One stream to an instance. Everything in it is guarded by the instance's condition."""

    def __init__(self, instance):
        self.instance = instance
        self.frame = pb.StreamResponse()  # what waits to be sent
        self.lanes = {}
        self.epoch = self.messages = self.bytes = 0  # lane 0: its epoch and credit
        self.sequence = 1
        self.over = self.replaced = False
        self.sent = 0  # frames
        self.heard = time.monotonic()

    def grant(self, lane, epoch, messages, size):
        self.frame.credits.add(lane=lane, epoch=epoch, messages=messages, bytes=size)

    def take(self, request):
        """Applies a frame of the hub, in the order of its fields."""
        self.heard = time.monotonic()
        for opened in request.lane_opens:
            self.open_lane(opened)
        for batch in request.batches:
            lane = self.lanes.get(batch.lane)
            if lane and lane.epoch == batch.epoch:
                self.queue(lane, batch)
        for credit in request.credits:
            if credit.lane == 0 and credit.epoch == self.epoch:
                self.messages += credit.messages
                self.bytes += credit.bytes
        for closed in request.lane_closes:
            self.close_lane(closed.lane)

    def open_lane(self, opened):
        if opened.lane == 0:
            self.epoch, self.sequence, self.messages, self.bytes = opened.epoch, 1, 0, 0
            return
        self.close_lane(opened.lane)
        self.lanes[opened.lane] = Lane(self.instance, self, opened.lane, opened)
        self.grant(opened.lane, opened.epoch, WINDOW_MESSAGES, WINDOW_BYTES)

    def close_lane(self, number):
        lane = self.lanes.pop(number, None)
        if lane:
            lane.over = True

    def queue(self, lane, batch):
        if batch.sequence != lane.next:
            raise ValueError("sequence %d, must be %d" % (batch.sequence, lane.next))
        messages = []
        for i, payload in enumerate(batch.payloads):
            of = batch.header_of[i] if batch.header_of else 0
            messages.append(Message(payload, batch.headers[of].content_type if batch.headers else ""))
        lane.queue.append((lane.next, messages))
        lane.next += len(messages)

    def end(self):
        self.over = True
        for number in list(self.lanes):
            self.close_lane(number)

    def can_send(self):
        return self.instance.outbox and self.instance.enabled and self.epoch and self.messages > 0 and self.bytes > 0

    def ready(self):
        return self.over or self.can_send() or self.frame.receipts or self.frame.credits or self.frame.events

    def next_frame(self):
        """Returns all that waits, or a heartbeat where nothing does."""
        frame, self.frame = self.frame, pb.StreamResponse()
        if self.can_send():
            frame.batches.append(self.batch())
        if not frame.ByteSize():
            frame.heartbeat.SetInParent()
        self.sent += 1
        return frame

    def batch(self):
        """Takes messages from the outbox, as many as there is credit for; the last one may overdraw that of bytes."""
        batch = pb.Batch(lane=0, epoch=self.epoch, sequence=self.sequence)
        size, types = 0, {}
        while self.can_send() and size < FRAME_TARGET:
            message = self.instance.outbox.pop(0)
            batch.payloads.append(message.payload)
            batch.header_of.append(types.setdefault(message.content_type, len(types)))
            size += len(message.payload)
            self.messages -= 1
            self.bytes -= len(message.payload)
        batch.headers.extend(pb.Header(content_type=name) for name in types)
        self.sequence += len(batch.payloads)
        return batch


class Instance:
    """One open entry of a configuration. `changed` guards it, and is notified whenever something changes."""

    def __init__(self, name, endpoint, enabled):
        self.name, self.endpoint, self.enabled = name, endpoint, enabled
        self.changed = threading.Condition()
        self.session, self.outbox = None, []
        self.drained = self.closed = False

    def emit(self, message, alive=lambda: True):
        with self.changed:
            self.changed.wait_for(lambda: self.closed or not alive() or len(self.outbox) < OUTBOX)
            if self.closed or self.drained or not alive():
                raise Ended()
            self.outbox.append(message)
            self.changed.notify_all()

    def attach(self):
        """Begins a stream and ends the one before."""
        with self.changed:
            if self.session:
                self.session.replaced = True
                self.session.end()
            self.session = Session(self)
            self.changed.notify_all()
            return self.session

    def read(self, session, requests):
        """Takes what the hub sends, until the stream ends."""
        try:
            for request in requests:
                with self.changed:
                    session.take(request)
                    self.changed.notify_all()
        except grpc.RpcError:
            pass  # it was cancelled, which is an end like others
        finally:
            with self.changed:
                session.end()
                self.changed.notify_all()

    def frames(self, session):
        """Yields what the hub is to get, until the stream ends."""
        while True:
            with self.changed:
                self.changed.wait_for(session.ready, BEAT_SECONDS)
                if session.over:
                    return
                if time.monotonic() - session.heard > DEAD_SECONDS:
                    os._exit(1)
                frame = session.next_frame()
                self.changed.notify_all()
            yield frame

    def drain_inbound(self, seconds):
        """Waits until all that was brought in is sent, and returns the number of frames that were."""
        with self.changed:
            self.drained = True
            self.changed.wait_for(lambda: not self.outbox or not self.session or self.session.over, seconds)
            if not self.session or self.session.over:
                return 0
            return self.session.sent

    def drain_outbound(self, seconds):
        """Waits until every lane is empty, and reports whether it is."""
        def idle():
            lanes = self.session.lanes.values() if self.session else ()
            return not any(lane.queue or lane.busy for lane in lanes)
        with self.changed:
            return self.changed.wait_for(idle, seconds)

    def close(self):
        with self.changed:
            self.closed = True
            if self.session:
                self.session.end()
            self.changed.notify_all()
        self.endpoint.close()


class Service:
    """araldo.plugin.v1.PluginService."""

    def __init__(self, name, version, kinds):
        self.name, self.version, self.kinds = name, version, {kind.id: kind for kind in kinds}
        self.lock, self.instances = threading.Lock(), {}

    def instance(self, name, context):
        with self.lock:
            found = self.instances.get(name)
        if not found:
            context.abort(grpc.StatusCode.NOT_FOUND, "instance %s is not open" % name)
        return found

    def GetInfo(self, request, context):
        info = pb.GetInfoResponse(name=self.name, version=self.version)
        for kind in self.kinds.values():
            info.types.add(id=kind.id, kind=pb.KIND_ENDPOINT, summary=kind.summary, config_schema=schema_of(kind),
                           capabilities=capabilities_of(kind))
        return info

    def ValidateConfig(self, request, context):
        kind = self.kinds.get(request.instance.id)
        if not kind:
            context.abort(grpc.StatusCode.NOT_FOUND, "there is no id %s" % request.instance.id)
        answer = pb.ValidateConfigResponse(capabilities=capabilities_of(kind))
        for path, sentence in read_config(kind, request.instance.config_json)[1]:
            answer.diagnostics.add(severity=pb.SEVERITY_ERROR, path=path, summary=sentence)
        return answer

    def Open(self, request, context):
        name, kind = request.instance.name, self.kinds.get(request.instance.id)
        if not kind:
            context.abort(grpc.StatusCode.NOT_FOUND, "there is no id %s" % request.instance.id)
        config, wrong = read_config(kind, request.instance.config_json)
        if wrong:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "%s: %s" % wrong[0])
        with self.lock:
            there = name in self.instances
            if not there:
                self.instances[name] = opened = Instance(name, kind(config), request.enabled)
        if there:
            context.abort(grpc.StatusCode.ALREADY_EXISTS, "instance %s is open" % name)
        opened.endpoint.start(opened.emit)
        return pb.OpenResponse()

    def SetEnabled(self, request, context):
        instance = self.instance(request.name, context)
        with instance.changed:
            instance.enabled = request.enabled
            instance.changed.notify_all()
        return pb.SetEnabledResponse()

    def SetDirections(self, request, context):
        instance = self.instance(request.name, context)
        with instance.changed:
            if not request.inbound and instance.session:
                instance.session.epoch = 0  # nothing before the next epoch
            instance.changed.notify_all()
        return pb.SetDirectionsResponse()

    def Drain(self, request, context):
        instance = self.instance(request.name, context)
        if request.direction == pb.DIRECTION_INBOUND:
            return pb.DrainResponse(frames=instance.drain_inbound(context.time_remaining()))
        if not instance.drain_outbound(context.time_remaining()):
            context.abort(grpc.StatusCode.DEADLINE_EXCEEDED, "not all was taken in time")
        return pb.DrainResponse()

    def Close(self, request, context):
        with self.lock:
            found = self.instances.pop(request.name, None)
        if found:
            found.close()
        return pb.CloseResponse()

    def Inspect(self, request, context):
        instance = self.instance(request.name, context)
        answer = pb.InspectResponse()
        answer.figures.add(name="waiting", value=len(instance.outbox))
        return answer

    def Stream(self, requests, context):
        attach = next(requests).attach
        instance = self.instance(attach.name, context)
        session = instance.attach()
        threading.Thread(target=instance.read, args=(session, requests), daemon=True).start()
        yield from instance.frames(session)
        if session.replaced:
            context.abort(grpc.StatusCode.ABORTED, "another stream took its place")

    def close_all(self):
        with self.lock:
            there, self.instances = list(self.instances.values()), {}
        for instance in there:
            instance.close()


def capabilities_of(kind):
    return pb.Capabilities(inbound=kind.inbound, outbound=kind.outbound)


def handlers(service):
    """The three services; health and control are so small that their messages are written out."""
    def unary(name):
        return grpc.unary_unary_rpc_method_handler(
            getattr(service, name), getattr(pb, name + "Request").FromString,
            getattr(pb, name + "Response").SerializeToString)
    calls = ("GetInfo", "ValidateConfig", "Open", "SetEnabled", "SetDirections", "Drain", "Close", "Inspect")
    methods = {name: unary(name) for name in calls}
    methods["Stream"] = grpc.stream_stream_rpc_method_handler(
        service.Stream, pb.StreamRequest.FromString, pb.StreamResponse.SerializeToString)

    def check(request, context):
        return b"\x08\x01"  # HealthCheckResponse{status: SERVING}

    def shutdown(request, context):
        context.add_callback(lambda: end(service))
        return b""

    return (
        grpc.method_handlers_generic_handler("araldo.plugin.v1.PluginService", methods),
        grpc.method_handlers_generic_handler(
            "grpc.health.v1.Health", {"Check": grpc.unary_unary_rpc_method_handler(check)}),
        grpc.method_handlers_generic_handler(
            "plugin.GRPCController", {"Shutdown": grpc.unary_unary_rpc_method_handler(shutdown)}),
    )


def end(service):
    service.close_all()
    os._exit(0)


def main(name, version, kinds):
    """Serves the plugin and does not return."""
    if os.environ.get("ARALDO_PLUGIN_COOKIE") != "araldo.plugin.v1":
        print("%s %s is a plugin of araldo: the hub starts it." % (name, version), file=sys.stderr)
        sys.exit(2)
    for ignored in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ignored, signal.SIG_IGN)
    service = Service(name, version, kinds)
    server = grpc.server(
        # A stream keeps a thread for as long as it stands.
        concurrent.futures.ThreadPoolExecutor(max_workers=256),
        options=[("grpc.max_receive_message_length", FRAME_LIMIT), ("grpc.max_send_message_length", FRAME_LIMIT)])
    server.add_generic_rpc_handlers(handlers(service))
    path = os.path.join(os.environ["PLUGIN_UNIX_SOCKET_DIR"], "plugin%d" % os.getpid())
    server.add_insecure_port("unix:" + path)
    server.start()
    print("1|1|unix|%s|grpc|" % path, flush=True)
    sys.stdin.buffer.read()  # until the hub is gone
    end(service)
