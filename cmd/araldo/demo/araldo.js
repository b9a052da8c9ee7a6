// A WebSocket client for pages that stays connected. It is one file without dependencies: copy it beside your page.
//
//   import { connect } from "./araldo.js";
//   const hub = connect("/ws");
//   const stop = hub.subscribe((value) => console.log(value));   // every message; stop() ends it
//   hub.subscribe("order", (order) => console.log(order));       // JSON messages with {"type": "order"}
//   hub.send({ type: "order", item: "tea" });                    // objects go as JSON, text and bytes as they are
//   hub.watch((state) => console.log(state));                    // connecting, open, reconnecting, closed
//
// What is sent while there is no connection waits for the next one, in order. What was sent just before a connection
// broke may be lost: WebSocket does not tell.

const defaults = {
  first: 250, // ms: the pause before the first attempt to reconnect; it doubles ...
  longest: 5000, // ... up to this
  patience: 10000, // ms: how long one attempt may take
  silence: 0, // ms without a message after which the connection counts as lost; 0: never
  keep: 1000, // how many messages wait for a connection at most
  key: "type", // the field of JSON messages that subscribe(type, ...) goes by
};

const restarting = 1012; // close code: the server is back in a moment

/** Connects to url, relative to the page, and stays connected until close(). */
export function connect(url = "/ws", options = {}) {
  return new Client(url, { ...defaults, ...options });
}

class Client {
  /** connecting, open, reconnecting or closed. */
  state = "connecting";
  #options;
  #address;
  #socket = null;
  #attempts = 0;
  #opened = 0;
  #retry = 0;
  #alarm = 0;
  #queue = [];
  #handlers = new Map();
  #watchers = new Set();

  constructor(url, options) {
    const address = new URL(url, location.href);
    address.protocol = address.protocol.replace(/^http/, "ws");
    this.#address = address.href;
    this.#options = options;
    addEventListener("online", this.#hurry);
    document.addEventListener("visibilitychange", this.#hurry);
    this.#dial();
  }

  /** How many messages wait for a connection. */
  get waiting() {
    return this.#queue.length;
  }

  /** Sends now or with the next connection. False: it can't be kept, as too much waits or the client is closed. */
  send(value) {
    const raw = typeof value === "string" || value instanceof Blob || value instanceof ArrayBuffer ||
      ArrayBuffer.isView(value);
    const data = raw ? value : JSON.stringify(value);
    if (this.state === "open" && this.#socket.readyState === WebSocket.OPEN) {
      this.#socket.send(data);
      return true;
    }
    if (this.state === "closed" || this.#queue.length >= this.#options.keep) return false;
    this.#queue.push(data);
    return true;
  }

  /** Calls handler(value, data) for each message, or for those of a type; returns the function that ends it. */
  subscribe(type, handler) {
    if (typeof type === "function") [type, handler] = [undefined, type];
    if (!this.#handlers.has(type)) this.#handlers.set(type, new Set());
    this.#handlers.get(type).add(handler);
    return () => this.unsubscribe(type, handler);
  }

  /** Ends subscribe(type, handler) or subscribe(handler); without a handler, all of the type. */
  unsubscribe(type, handler) {
    if (typeof type === "function") [type, handler] = [undefined, type];
    const handlers = this.#handlers.get(type);
    if (!handlers) return;
    if (handler) handlers.delete(handler);
    if (!handler || handlers.size === 0) this.#handlers.delete(type);
  }

  /** Calls handler(state) now and at each change; returns the function that ends it. */
  watch(handler) {
    this.#watchers.add(handler);
    handler(this.state);
    return () => this.#watchers.delete(handler);
  }

  /** Ends the connection for good. */
  close() {
    removeEventListener("online", this.#hurry);
    document.removeEventListener("visibilitychange", this.#hurry);
    const socket = this.#socket;
    this.#leave();
    this.#queue = [];
    socket?.close(1000);
    this.#enter("closed");
  }

  #dial() {
    const socket = new WebSocket(this.#address);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    this.#watchFor(this.#options.patience);
    socket.onopen = () => {
      this.#opened = Date.now();
      this.#watchFor(this.#options.silence);
      for (const data of this.#queue.splice(0)) socket.send(data);
      this.#enter("open");
    };
    socket.onmessage = (event) => {
      this.#watchFor(this.#options.silence);
      this.#hand(event.data);
    };
    socket.onclose = (event) => this.#lost(event.code);
  }

  // After ms without news the connection counts as lost; a dead one would not say so itself.
  #watchFor(ms) {
    clearTimeout(this.#alarm);
    if (ms > 0) this.#alarm = setTimeout(() => this.#lost(0), ms);
  }

  // Events of the connection that was have nothing more to say.
  #leave() {
    clearTimeout(this.#retry);
    clearTimeout(this.#alarm);
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #lost(code) {
    this.#leave();
    const { first, longest } = this.#options;
    if (code === restarting || (this.#opened && Date.now() - this.#opened > longest)) this.#attempts = 0;
    this.#opened = 0;
    const pause = Math.min(longest, first * 2 ** this.#attempts++);
    // Half of the pause is chance, so that all pages of a server that was away do not come back at once.
    this.#retry = setTimeout(() => this.#again(), pause / 2 + (Math.random() * pause) / 2);
    this.#enter("reconnecting");
  }

  #again() {
    this.#retry = 0;
    this.#dial();
  }

  // Back online or in sight, the page does not sit out its pause.
  #hurry = () => {
    if (!this.#retry || document.hidden) return;
    clearTimeout(this.#retry);
    this.#again();
  };

  #hand(data) {
    const value = parsed(data);
    const type = value?.[this.#options.key];
    const lists = [this.#handlers.get(undefined), type === undefined ? undefined : this.#handlers.get(type)];
    for (const handler of lists.flatMap((set) => [...(set ?? [])])) {
      try {
        handler(value, data);
      } catch (error) {
        reportError(error); // one handler's fault is not the others'
      }
    }
  }

  #enter(state) {
    if (state === this.state) return;
    this.state = state;
    for (const watcher of [...this.#watchers]) watcher(state);
  }
}

// JSON objects and lists as values; other text and bytes as they are.
function parsed(data) {
  if (typeof data !== "string" || !/^\s*[[{]/.test(data)) return data;
  try {
    return JSON.parse(data);
  } catch {
    return data;
  }
}
