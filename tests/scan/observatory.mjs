// node observatory.mjs HOST PLAIN TLS: the MDN HTTP Observatory's own scan of HOST, as it is; only that ports 80
// and 443 of HOST are those two of this machine. Prints its result as JSON.
import net from "node:net";
const [host, plain, tls] = process.argv.slice(2);
const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...args) {
  const options = Array.isArray(args[0]) ? args[0][0] : args[0];
  if (options && options.host === host) {
    options.port = Number(options.port) === 443 ? Number(tls) : Number(plain);
    options.host = "127.0.0.1";
  }
  return connect.apply(this, args);
};
const { scan } = await import("@mdn/mdn-http-observatory");
console.log(JSON.stringify(await scan(host)));
process.exit(0);
