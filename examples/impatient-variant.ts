/** The acceptor runs return routability from the request on, and nobody waits for the socket to be empty. */
export default {
  name: 'impatient',
  description: 'Prepare at the request, Init right after the last send()',
  freezeAt: 'last-send',
  prepareAt: 'request',
  returnRoutability: 'at-prepare',
};
