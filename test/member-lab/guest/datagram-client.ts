import dgram from 'node:dgram';

/** `SERVER PORT EVERY_MS COUNT`: numbered datagrams at that pace, whether they are answered or not. */
const [server = '', port = '', everyMs = '', count = ''] = process.argv.slice(2);
const socket = dgram.createSocket({ type: 'udp6', ipv6Only: true });
socket.on('error', () => undefined);
socket.connect(Number(port), server, () => {
  let number = 0;
  const timer = setInterval(() => {
    const datagram = Buffer.alloc(16);
    datagram.writeUInt32BE(number++, 0);
    socket.send(datagram, () => undefined);
    if (number < Number(count)) return;
    clearInterval(timer);
    setTimeout(() => process.exit(0), 2000);
  }, Number(everyMs));
});
