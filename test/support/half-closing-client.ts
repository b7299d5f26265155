/** When a client closes its side: with its request, or when so many octets of the answer have come. */
export interface HalfClosing {
  readonly name: string;
  readonly afterOctets: number;
}

/**
 * bash: fetches `document` of a web server once for each of `clients`, by a stock HTTP/1.1 client's means but that it closes its side,
 * and compares what comes with `file`. Ends with status 1 at the first that is not whole.
 */
export function halfClosingClients(
  host: string,
  port: number,
  { document, file }: { readonly document: string; readonly file: string },
  clients: readonly HalfClosing[],
): readonly string[] {
  return [`cat >/tmp/half-closing.py <<'END'\n${PROGRAM}\nEND`].concat(
    clients.map(
      ({ name, afterOctets }) =>
        `timeout 300 python3 /tmp/half-closing.py '${host}' ${port} ${document} ${file} ${afterOctets} || { echo '${name} failed' >&2; exit 1; }`,
    ),
  );
}

const PROGRAM = `
import socket, sys, time
host, port, document, file, after = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4], int(sys.argv[5])
s = socket.socket(socket.AF_INET6)
s.settimeout(120)
s.connect((host, port))
# Route optimisation has its second, so that the first handoff is not too early for it.
time.sleep(1)
s.sendall(b'GET /%s HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n' % document.encode())
open_here, answer = True, b''
while True:
    if open_here and len(answer) >= after:
        s.shutdown(socket.SHUT_WR)
        open_here = False
    chunk = s.recv(65536)
    if not chunk:
        break
    answer += chunk
s.close()
body = answer.split(b'\\r\\n\\r\\n', 1)[-1]
with open(file, 'rb') as f:
    expected = f.read()
if body != expected:
    print('%d of %d octets' % (len(body), len(expected)), file=sys.stderr)
    sys.exit(1)
`.trim();
